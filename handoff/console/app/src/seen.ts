// Up to where the operator has read each conversation, so that a row can say that there is something new.
import { signal } from "@preact/signals";
import { keepLong, recallLong } from "./kept";
import { keyOf } from "./store";
import type { Key } from "./store";
import type { Id, Incident, Time } from "./types";

const KEPT = "seen";
const MOST = 500; // conversations
const seen = signal<ReadonlyMap<Key, Time>>(new Map());

export function rememberSeen(): void {
  seen.value = new Map(recallLong<[Key, Time][]>(KEPT, []));
}

export function sawUpTo(city: string, conversationId: Id, time: Time | null): void {
  const key = keyOf(city, conversationId);
  if (!time || seen.peek().get(key) === time) return;
  const others = [...seen.peek()].filter(([known]) => known !== key);
  seen.value = new Map([...others, [key, time]]);
  keepLong(KEPT, [...seen.peek()].slice(-MOST));
}

export function unread(incident: Incident): boolean {
  const { conversation_id: id, last_in_at: last } = incident;
  if (!id || !last) return false;
  // Whoever took the case had all that was written by then before their eyes, on whatever machine.
  const until = seen.value.get(keyOf(incident.city, id)) ?? incident.claimed_at;
  return until === null || Date.parse(last) > Date.parse(until);
}
