// One clock for the whole page: the server's, because an office machine's own may be minutes off.
import { computed, signal } from "@preact/signals";
import type { Time } from "./types";

/** Server time in milliseconds; moves once a second. */
export const now = signal(Date.now());

let ahead = 0;

export function setServerTime(time: Time): void {
  ahead = Date.parse(time) - Date.now();
  now.value = serverNow();
}

export function serverNow(): number {
  return Date.now() + ahead;
}

export function startClock(): void {
  const tick = (): void => {
    now.value = serverNow();
    setTimeout(tick, 1000 - (now.value % 1000));
  };
  tick();
}

/** True in every other second: what blinks does so by this, for an animation would draw every frame anew. */
export const lit = computed(() => Math.floor(now.value / 1000) % 2 === 0);

/** Milliseconds as mm:ss, from an hour on as h:mm:ss. */
export function elapsed(span: number): string {
  const seconds = Math.max(0, Math.floor(span / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = `${String(m).padStart(2, "0")}:${String(s).padStart(2, "0")}`;
  return h > 0 ? `${h}:${tail}` : tail;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatted(time: Time | number, zone: string, name: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${name} ${zone}`;
  let format = formats.get(key);
  if (!format) {
    // British digits with Indonesian words elsewhere: 14:03, not 14.03, the same as on every clock in the room.
    format = new Intl.DateTimeFormat(name === "day" ? "id-ID" : "en-GB", { timeZone: zone, ...options });
    formats.set(key, format);
  }
  return format.format(typeof time === "number" ? time : Date.parse(time));
}

export const hour = (time: Time | number, zone: string): string =>
  formatted(time, zone, "hour", { hour: "2-digit", minute: "2-digit" });

export const second = (time: Time | number, zone: string): string =>
  formatted(time, zone, "second", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export const day = (time: Time | number, zone: string): string =>
  formatted(time, zone, "day", { weekday: "long", day: "numeric", month: "long", year: "numeric" });

const ZONES: Record<string, string> = { "Asia/Jakarta": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT" };

/** The name that Indonesians give to a zone. */
export const zoneName = (zone: string): string => ZONES[zone] ?? zone;
