// What stands in braces in the bot's and the desk's sentences, and what becomes of it here.
import type { City } from "../../types";
import type { About } from "../types";

export type Fillings = Readonly<Record<string, string>>;

export const namesIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((one) => one[1] ?? "");

export const knownFillings = (city: City, about: About): Fillings => ({
  city: city.name,
  short: city.short_name,
  ...(city.voice_number && { voice: city.voice_number }),
  ...about.placeholders,
});

/** The sentence as it reads; what only the moment knows keeps its braces. */
export const read = (text: string, known: Fillings): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => known[name] ?? whole);
