// How many SMS a text takes (3GPP 23.038): seven bits a character while all are in its alphabet, else sixteen.
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENDED = "\f^{}\\[~]|€"; // two places each

const inAlphabet = (one: string): boolean => BASIC.includes(one) || EXTENDED.includes(one);

/** The signs, each once, for which a text leaves the alphabet of seven bits. */
export const strangers = (text: string): string[] => [...new Set([...text].filter((one) => !inAlphabet(one)))];

export interface Segments {
  parts: number;
  used: number;
  /** Places in all parts together. */
  room: number;
  unicode: boolean;
}

export function segments(text: string): Segments {
  const characters = [...text];
  const unicode = !characters.every(inAlphabet);
  const used = unicode ? text.length : characters.reduce((sum, one) => sum + (EXTENDED.includes(one) ? 2 : 1), 0);
  const [single, each] = unicode ? [70, 67] : [160, 153];
  const parts = used <= single ? 1 : Math.ceil(used / each);
  return { parts, used, room: parts === 1 ? single : parts * each, unicode };
}
