// Silent mode: whoever holds the phone may read along, so no word may tell whom the person writes to.
import type { Telltales } from "./types";

/** The words of a text that tell; the list is the server's, which asks once more before it sends one of them. */
export function telltales(text: string, { stems, numbers }: Telltales): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const tells = (word: string): boolean => numbers.includes(word) || stems.some((stem) => word.includes(stem));
  return [...new Set(words.filter(tells))];
}
