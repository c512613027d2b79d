// Sentences that the desk has ready: found by their title or their short word, and filled with what is known of the case.
import type { QuickReply } from "./types";

export type Known = Partial<Record<string, string | undefined>>;

const PLACEHOLDER = /\{(\w+)\}/g;

/** The sentence as the citizen would read it; null where something that it names is not known. */
export function filled(text: string, known: Known): string | null {
  const names = [...text.matchAll(PLACEHOLDER)].map((one) => one[1] ?? "");
  if (names.some((name) => !known[name])) return null;
  return text.replace(PLACEHOLDER, (_, name: string) => known[name] ?? "");
}

export interface Ready {
  slug: string;
  title: string;
  keys: string | null;
  text: string;
}

/** What fits the typed word, the short word's exact match first; a sentence that cannot be filled is not offered. */
export function offered(all: readonly QuickReply[], word: string, known: Known): Ready[] {
  const sought = word.trim().toLowerCase();
  const ready = all.flatMap((one): Ready[] => {
    const text = filled(one.text, known);
    return text === null ? [] : [{ slug: one.slug, title: one.title, keys: one.keys, text }];
  });
  const fitting = ready.filter((one) => `${one.keys ?? ""}\n${one.title}\n${one.text}`.toLowerCase().includes(sought));
  return fitting.sort((a, b) => rank(a, sought) - rank(b, sought));
}

function rank({ keys, title }: Ready, sought: string): number {
  if (!sought) return 0;
  const short = keys?.toLowerCase() ?? "";
  if (short === sought) return 0;
  if (short.startsWith(sought)) return 1;
  return title.toLowerCase().startsWith(sought) ? 2 : 3;
}

/** The word after a slash that stands first in the box; null: nothing is sought. */
export function soughtIn(draft: string): string | null {
  return draft.startsWith("/") && !draft.includes("\n") ? draft.slice(1) : null;
}

/** The words with the sentence in place of the sought one, or where the cursor stands; and the cursor behind it. */
export function insertedIn(draft: string, caret: number, text: string): { words: string; caret: number } {
  if (soughtIn(draft) !== null) return { words: text, caret: text.length };
  const before = draft.slice(0, caret);
  const after = draft.slice(caret);
  const gap = before && !/\s$/.test(before) ? " " : "";
  const words = `${before}${gap}${text}`;
  return { words: after && !/^\s/.test(after) ? `${words} ${after}` : words + after, caret: words.length };
}
