// The knowledge calls: one function a call, errors as in ../api.
import { call } from "../api";
import type { About, Body, Difference, Entry, Imported, Report, Row } from "./types";

/** A check replays some hundred questions; a sheet may hold thousands of rows. */
const LONG_MS = 60_000;

export const path = (...parts: string[]): string => `/${parts.map(encodeURIComponent).join("/")}`;
const at = (city: string, ...parts: string[]): string => path("knowledge", city, ...parts);

export const about = (city: string): Promise<About> => call("GET", at(city));

export interface Search {
  q: string;
  state: string;
  owner: string;
  sort: string;
  offset: number;
}
export function list(city: string, kind: string, search: Partial<Search>): Promise<{ entries: Row[]; total: number }> {
  const asked = Object.entries(search).filter(([, value]) => value !== "" && value !== 0);
  const query = new URLSearchParams(asked.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return call("GET", `${at(city, kind)}${query && `?${query}`}`);
}

export const entry = (city: string, kind: string, slug: string): Promise<Entry> => call("GET", at(city, kind, slug));
export const create = (city: string, kind: string, title: string, body?: Body): Promise<Entry> =>
  call("POST", at(city, kind), { title, ...(body && { body }) });
export const saveDraft = (city: string, kind: string, slug: string, revision: number | null, body: Body): Promise<Entry> =>
  call("POST", at(city, kind, slug, "draft"), { revision, body });

/** What is done to an entry as it stands: drop, submit, send_back, publish, withdraw, restore, roll_back. */
export const act = (city: string, kind: string, slug: string, verb: string, more: Body): Promise<Entry> =>
  call("POST", at(city, kind, slug, verb), more, LONG_MS);

export interface VersionShape {
  version: number;
  title: string;
  body: Body;
  diff: Difference[];
}
export const version = (city: string, kind: string, slug: string, number: number): Promise<VersionShape> =>
  call("GET", at(city, kind, slug, "versions", String(number)));
export const diff = (city: string, kind: string, slug: string): Promise<Difference[] | { diff: Difference[] }> =>
  call("GET", at(city, kind, slug, "diff"));

export interface Bulk {
  slugs: string[];
  do: "withdraw" | "restore" | "owner" | "review_on" | "submit" | "publish";
  value?: string | null;
  /** Whoever publishes has read what the check found. */
  seen_report?: boolean;
}
export const bulk = (
  city: string,
  kind: string,
  what: Bulk,
): Promise<{ done: string[]; refused: { slug: string; text: string }[]; report: Report | null }> =>
  call("POST", at(city, kind, "bulk"), { value: null, ...what }, LONG_MS);

export interface DraftWords {
  kind: string;
  slug: string;
  body: Body;
}
export const rehearse = (city: string, text: string, channel: string, drafts: DraftWords[]): Promise<Body> =>
  call("POST", at(city, "rehearse"), { text, channel, drafts });
export const check = (city: string, drafts: DraftWords[]): Promise<Report> =>
  call("POST", at(city, "check"), { drafts }, LONG_MS);

export const exportAddress = (city: string, kind: string, format: string): string =>
  `/api${at(city, kind, "export")}?format=${encodeURIComponent(format)}`;
export const importFile = (city: string, kind: string, format: string, file: Blob, dry: boolean): Promise<Imported> =>
  call("POST", `${at(city, kind, "import")}?format=${encodeURIComponent(format)}&dry=${dry}`, file, LONG_MS);

export const addPicture = (city: string, file: Blob): Promise<{ id: string }> =>
  call("POST", at(city, "pictures"), file, LONG_MS);
export const pictureAddress = (city: string, id: string): string => `/api${at(city, "pictures", id)}`;
