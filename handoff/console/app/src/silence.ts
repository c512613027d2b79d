// Silent mode: whoever holds the phone may read along, so no word may tell whom the person writes to.
const STEMS = ["polisi", "polres", "polsek", "petugas", "operator", "kdrt", "lapor", "darurat", "damkar", "ambulan"];
const NUMBERS = ["110", "112", "113", "119"];

/** The telltale words in a text. */
export function telltales(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const tells = (word: string): boolean => NUMBERS.includes(word) || STEMS.some((stem) => word.includes(stem));
  return [...new Set(words.filter(tells))];
}
