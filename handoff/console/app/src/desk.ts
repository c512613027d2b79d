// The operator's desk: who sits there, what is known, what is open. Everything that the views read.
import { computed, effect, signal } from "@preact/signals";
import * as api from "./api";
import { keepFor } from "./kept";
import { route } from "./route";
import { EMPTY, after, byClosing, byLastWord, byUrgency, keyOf } from "./store";
import type { Key, News, Store, Thread } from "./store";
import { now, setServerTime } from "./clock";
import type { City, Conversation, HealthPart, Id, Incident, Me } from "./types";

/** undefined: not asked yet; null: nobody is logged in. */
export const me = signal<Me | null | undefined>(undefined);
export const store = signal<Store>(EMPTY);
export const health = signal<readonly HealthPart[]>([]);
/** When the queue was last known to be whole, server time; null before the first time. */
export const asOf = signal<number | null>(null);

/** True where the operator did not leave but was put out: nobody would hear a P1 ring. */
export const sessionEnded = signal(false);

export function signedIn(who: Me): void {
  sessionEnded.value = false;
  keepFor(who.operator.id);
  setServerTime(who.server_time);
  me.value = who;
}

/** The server no longer knows the session. */
export function putOut(): void {
  if (me.value) sessionEnded.value = true;
  signedOut();
}

export function signedOut(): void {
  me.value = null;
  store.value = EMPTY;
  asOf.value = null;
  health.value = [];
}

const mineId = computed(() => me.value?.operator.id);
const recordings = new Set<News[]>();

/** A piece of news from the live socket. */
export function heard(news: News): void {
  for (const recording of recordings) recording.push(news);
  happened(news);
}

/** A change known otherwise, from an answer of the API. */
export function happened(news: News): void {
  store.value = after(store.value, news);
}

/**
 * Applies an answer, then once more the live news that came while it was under way: an answer may be older than they are,
 * and applying them twice does no harm.
 */
export async function settle<Answer>(asked: Promise<Answer>, news: (answer: Answer) => News[]): Promise<Answer> {
  const recording: News[] = [];
  const operator = mineId.peek();
  recordings.add(recording);
  try {
    const answer = await asked;
    // What one operator may see is not shown to the next who logs in.
    if (operator !== mineId.peek()) return answer;
    let next = store.value;
    for (const one of [...news(answer), ...recording]) next = after(next, one);
    store.value = next;
    return answer;
  } finally {
    recordings.delete(recording);
  }
}

export async function refreshQueue(): Promise<void> {
  const queue = await settle(api.queue(), (answer) => [{ type: "queue", queue: answer }]);
  asOf.value = Date.parse(queue.at);
}

export async function refreshConversation(city: string, id: Id): Promise<void> {
  happened({ type: "opening", city, conversation_id: id });
  await settle(api.conversation(city, id), (opened) => [{ type: "opened", opened }]);
}

const incidents = computed(() => [...store.value.incidents.values()]);

export const isMine = (incident: Incident): boolean =>
  incident.status === "claimed" && incident.claimed_by?.id === mineId.value;

const open = (which: (incident: Incident) => boolean) => (): Incident[] =>
  incidents.value.filter((one) => one.status !== "closed" && which(one)).sort(byUrgency);

export const waiting = computed(open((one) => one.status === "waiting"));
export const mine = computed(open(isMine));
export const others = computed(open((one) => one.status === "claimed" && !isMine(one)));
export const ringing = computed(() => waiting.value.filter((one) => one.severity === 1));
export const closedToday = computed(() => incidents.value.filter((one) => one.status === "closed").sort(byClosing));

const RECENT_MS = 2 * 3600 * 1000;
/** Moves once a minute: enough to let old conversations leave the bot's list. */
const minute = signal(0);
effect(() => {
  minute.value = Math.floor(now.value / 60_000);
});

/** Those whom the bot serves alone; who waits for a person as well stands in the queue. */
export const withBot = computed(() => {
  const oldest = minute.value * 60_000 - RECENT_MS;
  return [...store.value.conversations.values()]
    .filter((one) => one.holder === "bot" && !one.incident_id && Date.parse(one.last_in_at ?? one.last_out_at ?? "") >= oldest)
    .sort(byLastWord);
});

/** What the route points at. An incident that came by chat is shown by its conversation. */
export interface OnDesk {
  city: City;
  key: Key | null;
  conversation: Conversation | null;
  thread: Thread | null;
  incident: Incident | null;
}

export const onDesk = computed<OnDesk | null>(() => {
  const here = route.value;
  if (here.at !== "conversation" && here.at !== "incident") return null;
  const city = cityOf(here.city);
  if (!city) return null;
  const { incidents: cases, conversations, threads } = store.value;
  const key = keyOf(here.city, here.id);
  if (here.at === "incident") {
    return { city, key: null, conversation: null, thread: null, incident: cases.get(key) ?? null };
  }
  const conversation = conversations.get(key) ?? null;
  return { city, key, conversation, thread: threads.get(key) ?? null, incident: caseOf(here.city, here.id) };
});

/** The conversation's open case, else the last one that was closed. */
export function caseOf(city: string, id: Id): Incident | null {
  const its = incidents.value.filter((one) => one.city === city && one.conversation_id === id);
  return its.find((one) => one.status !== "closed") ?? its.sort(byClosing)[0] ?? null;
}

export function cityOf(slug: string): City | undefined {
  return me.value?.cities.find((one) => one.slug === slug);
}

export const severalCities = computed(() => (me.value?.cities.length ?? 0) > 1);
