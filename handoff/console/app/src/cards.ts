// The city's cards and SOPs, fetched once in a while: they change by the day, not by the minute.
import { signal } from "@preact/signals";
import * as api from "./api";
import type { Card } from "./types";

const FRESH_MS = 5 * 60_000;
const fetched = new Map<string, number>();
const byCity = signal<ReadonlyMap<string, readonly Card[]>>(new Map());

/** The city's cards as far as they are known; undefined while the first answer is under way. */
export function cardsOf(city: string): readonly Card[] | undefined {
  if (Date.now() - (fetched.get(city) ?? 0) > FRESH_MS) void fetchCards(city);
  return byCity.value.get(city);
}

async function fetchCards(city: string): Promise<void> {
  fetched.set(city, Date.now());
  try {
    const { cards } = await api.cards(city);
    byCity.value = new Map(byCity.value).set(city, cards);
  } catch {
    fetched.delete(city);
  }
}

/** Those for this kind of event first, within their own order. */
export function fitting(cards: readonly Card[], categories: readonly string[]): { fit: Card[]; rest: Card[] } {
  const fits = (card: Card): boolean => card.categories.some((one) => categories.includes(one));
  return { fit: cards.filter(fits), rest: cards.filter((card) => !fits(card)) };
}
