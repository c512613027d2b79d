// The list's search: every word somewhere in what the row is about.
import { cityOf } from "./desk";
import { describePlace } from "./places";
import type { Conversation, Incident } from "./types";

function holds(words: string, ...texts: (string | null | undefined)[]): boolean {
  const hay = texts.filter(Boolean).join(" ").toLowerCase();
  const digits = hay.replace(/\D/g, "");
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => hay.includes(word) || (/^\+?\d{4,}$/.test(word) && digits.includes(word.replace(/^\+?62|^0|\+/, ""))));
}

export function matchesCase(one: Incident, words: string): boolean {
  if (!words.trim()) return true;
  const category = cityOf(one.city)?.categories.find((each) => each.slug === one.category)?.name;
  const { contact } = one;
  return holds(
    words.trim(),
    one.code,
    category,
    describePlace(one.place),
    one.place?.text,
    one.summary,
    one.last_text,
    one.note,
    contact?.name,
    contact?.phone,
    one.claimed_by?.name,
  );
}

export function matchesTalk(one: Conversation, words: string): boolean {
  if (!words.trim()) return true;
  return holds(words.trim(), one.contact.name, one.contact.phone, one.contact.address, one.last_text, one.state);
}
