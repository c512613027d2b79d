// Days and times as a clerk writes them: "22 Nov 2026", "22 Nov 14:03".
import { hour } from "../clock";
import type { Time } from "../types";
import type { Day } from "./types";

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  const known = formats.get(key) ?? new Intl.DateTimeFormat("id-ID", { timeZone: zone, ...options });
  formats.set(key, known);
  return known;
}

/** A calendar day, which has no zone. */
export const dayWords = (day: Day): string =>
  format("UTC", { day: "numeric", month: "short", year: "numeric" }).format(Date.parse(`${day}T00:00:00Z`));

export const momentWords = (time: Time, zone: string): string =>
  `${format(zone, { day: "numeric", month: "short" }).format(Date.parse(time))} ${hour(time, zone)}`;

const shares = new Intl.NumberFormat("id-ID", { style: "percent", maximumFractionDigits: 1 });
const counts = new Intl.NumberFormat("id-ID", { maximumFractionDigits: 1 });

/** 0.014 → "1,4 %". */
export const shareWords = (share: number): string => shares.format(share).replace("%", " %").replace(/\s+%/, " %");
export const countWords = (count: number): string => counts.format(count);
