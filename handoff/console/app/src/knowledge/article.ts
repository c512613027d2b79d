// What an answer's fields mean on the page: placeholders filled in, days by their names.
import { k } from "./texts";
import type { About, Hours } from "./types";
import type { City } from "../types";

/** The text as a citizen of this city gets it; counted so, because a city's name is longer than {city}. */
export function filling(city: City, about: About): (text: string) => string {
  const known: Record<string, string> = { city: city.name, short: city.short_name, ...about.placeholders };
  return (text) => text.replace(/\{(\w+)\}/g, (whole, name: string) => known[name] ?? whole);
}

/** "Senin–Jumat 08.00–15.00" */
export function hoursRead({ days, opens, closes }: Hours): string {
  const clock = (time: string): string => time.replace(":", ".");
  return `${daysRead(days)} ${clock(opens)}–${clock(closes)}`;
}

/** "8", "8.30" and "0830" as "08:00", "08:30": what is no time stays as it was typed, and the server says so. */
export function clockOf(typed: string): string {
  const found = /^\s*(\d{1,2})(?:\s*[.:]?\s*(\d{2}))?\s*$/.exec(typed);
  return found ? `${(found[1] ?? "").padStart(2, "0")}:${found[2] ?? "00"}` : typed;
}

export function daysRead(days: readonly number[]): string {
  const sorted = [...days].sort();
  const first = sorted[0];
  const last = sorted[sorted.length - 1];
  const name = (day: number | undefined): string => k.days[(day ?? 1) - 1] ?? "";
  if (first === undefined) return k.hours.noDays;
  if (sorted.length === 7) return k.hours.daily;
  const row = sorted.length > 2 && (last ?? 0) - first === sorted.length - 1;
  return row ? `${name(first)}–${name(last)}` : sorted.map(name).join(", ");
}

/** How a field's value reads in differences, where its JSON would not. */
export function articleSays(field: string, value: unknown): string | undefined {
  if (field === "hours" && Array.isArray(value)) return (value as Hours[]).map(hoursRead).join("\n");
  if (field === "picture" && value) return k.picture.one;
  return undefined;
}
