import * as api from "../api";
import type { Row } from "../types";

const MOST = 500;

/** A whole list, page after page: for choosing from, where there are a few dozen. */
export async function everyRow(city: string, kind: string, q = ""): Promise<Row[]> {
  const rows: Row[] = [];
  for (let total = 1; rows.length < Math.min(total, MOST); ) {
    const page = await api.list(city, kind, { q, offset: rows.length });
    if (!page.entries.length) break;
    rows.push(...page.entries);
    total = page.total;
  }
  return rows.filter((one) => one.state !== "withdrawn");
}
