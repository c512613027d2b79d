// Up to where the operator has read each conversation, so that a row can say that there is something new.
import { signal } from "@preact/signals";
import { keep, recall } from "./kept";
import { keyOf } from "./store";
import type { Key } from "./store";
import type { Id, Incident, Time } from "./types";

const KEPT = "seen";
const seen = signal<ReadonlyMap<Key, Time>>(new Map());

export function rememberSeen(): void {
  seen.value = new Map(recall<[Key, Time][]>(KEPT, []));
}

export function sawUpTo(city: string, conversationId: Id, time: Time | null): void {
  const key = keyOf(city, conversationId);
  if (!time || seen.peek().get(key) === time) return;
  seen.value = new Map(seen.peek()).set(key, time);
  keep(KEPT, [...seen.peek()]);
}

export function unread(incident: Incident): boolean {
  const { conversation_id: id, last_in_at: last } = incident;
  if (!id || !last) return false;
  const until = seen.value.get(keyOf(incident.city, id));
  return until === undefined || Date.parse(last) > Date.parse(until);
}
