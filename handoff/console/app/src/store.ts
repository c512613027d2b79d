// What this page knows, and how each piece of news changes it. Pure: no signal, no network, no document.
import type { Conversation, Frame, Id, Incident, Message, OpenedConversation, PastCase, Person, Queue } from "./types";

export type Key = string;

/** One conversation's transcript as far as it was fetched. */
export interface Thread {
  loaded: boolean;
  messages: readonly Message[];
  more: boolean;
  history: readonly PastCase[];
  viewers: readonly Person[];
}

export interface Store {
  incidents: ReadonlyMap<Key, Incident>;
  conversations: ReadonlyMap<Key, Conversation>;
  threads: ReadonlyMap<Key, Thread>;
}

export type News =
  | Exclude<Frame, { type: "hello" | "ping" | "health" }>
  | { type: "queue"; queue: Queue }
  | { type: "opening"; city: string; conversation_id: Id }
  | { type: "opened"; opened: OpenedConversation }
  | { type: "older"; city: string; conversation_id: Id; messages: Message[]; more: boolean };

export const EMPTY: Store = { incidents: new Map(), conversations: new Map(), threads: new Map() };

export const keyOf = (city: string, id: Id): Key => `${city}/${id}`;

/** The store after `news`. Idempotent: the same news twice changes nothing more. */
export function after(store: Store, news: News): Store {
  switch (news.type) {
    case "queue":
      return afterQueue(store, news.queue);
    case "incident":
      return { ...store, incidents: withIncident(store.incidents, news.incident) };
    case "conversation":
      return { ...store, conversations: withConversation(store.conversations, news.conversation) };
    case "message":
      return changeThread(store, keyOf(news.city, news.conversation_id), (thread) => ({
        ...thread,
        messages: merged(thread.messages, [news.message]),
      }));
    case "viewers":
      return changeThread(store, keyOf(news.city, news.conversation_id), (thread) => ({
        ...thread,
        viewers: news.viewers,
      }));
    case "older":
      return changeThread(store, keyOf(news.city, news.conversation_id), (thread) => ({
        ...thread,
        messages: merged(thread.messages, news.messages),
        more: news.more,
      }));
    case "opening":
      return afterOpening(store, keyOf(news.city, news.conversation_id));
    case "opened":
      return afterOpened(store, news.opened);
  }
}

function afterQueue(store: Store, queue: Queue): Store {
  let incidents: ReadonlyMap<Key, Incident> = new Map(
    // A snapshot holds every open incident: one that it does not name is open no more.
    [...store.incidents].filter(([, incident]) => incident.status === "closed"),
  );
  for (const incident of queue.incidents) {
    const known = store.incidents.get(keyOf(incident.city, incident.id));
    incidents = withIncident(incidents, known && known.version > incident.version ? known : incident);
  }
  const kept = [...store.conversations].filter(
    ([key, conversation]) => conversation.holder !== "bot" || store.threads.has(key),
  );
  const fresh = queue.conversations.map((one) => [keyOf(one.city, one.id), one] as const);
  return { ...store, incidents, conversations: new Map([...kept, ...fresh]) };
}

/** From now on what is said there is kept, although the transcript itself is still on its way. */
function afterOpening(store: Store, key: Key): Store {
  if (store.threads.has(key)) return store;
  const thread: Thread = { loaded: false, messages: [], more: false, history: [], viewers: [] };
  return { ...store, threads: new Map(store.threads).set(key, thread) };
}

function afterOpened(store: Store, opened: OpenedConversation): Store {
  const { conversation, incident, messages, history, viewers } = opened;
  const key = keyOf(conversation.city, conversation.id);
  const known = store.threads.get(key);
  const oldest = messages[0];
  // Older pages that were fetched before stay, unless a hole would lie between them and these.
  const meets = known?.loaded === true && (!oldest || known.messages.some((one) => one.id === oldest.id));
  const kept = known?.messages.filter((one) => meets || !oldest || byTime(one, oldest) >= 0) ?? [];
  const more = meets ? known.more : opened.more;
  const thread: Thread = { loaded: true, messages: merged(kept, messages), more, history, viewers };
  return {
    incidents: incident ? withIncident(store.incidents, incident) : store.incidents,
    conversations: withConversation(store.conversations, conversation),
    threads: new Map(store.threads).set(key, thread),
  };
}

function withIncident(incidents: ReadonlyMap<Key, Incident>, incident: Incident): ReadonlyMap<Key, Incident> {
  const key = keyOf(incident.city, incident.id);
  const known = incidents.get(key);
  if (known && known.version > incident.version) return incidents;
  return new Map(incidents).set(key, incident);
}

function withConversation(
  conversations: ReadonlyMap<Key, Conversation>,
  conversation: Conversation,
): ReadonlyMap<Key, Conversation> {
  return new Map(conversations).set(keyOf(conversation.city, conversation.id), conversation);
}

function changeThread(store: Store, key: Key, change: (thread: Thread) => Thread): Store {
  const thread = store.threads.get(key);
  // A thread that nobody opened is fetched whole when somebody does.
  return thread ? { ...store, threads: new Map(store.threads).set(key, change(thread)) } : store;
}

/** Both lists as one, each message once, in the order of the providers' time. */
export function merged(known: readonly Message[], news: readonly Message[]): readonly Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of news) {
    const before = byId.get(message.id);
    if (!before || !stepsBack(before, message)) byId.set(message.id, message);
  }
  return [...byId.values()].sort(byTime);
}

const STEP = { queued: 0, sending: 1, sent: 2, failed: 3, dropped: 3, stale: 3, unsure: 3, delivered: 4, read: 5 };

/** The answer to a POST may come after the live news of what became of it. */
function stepsBack(before: Message, next: Message): boolean {
  return before.state !== null && next.state !== null && STEP[next.state] < STEP[before.state];
}

/** By time, then by id: ids are 64-bit numbers in strings, so a longer one is the greater. */
function byTime(a: Message, b: Message): number {
  return Date.parse(a.at) - Date.parse(b.at) || byId(a.id, b.id);
}

function byId(a: Id, b: Id): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** Most urgent first, then the one that has waited longest. */
export function byUrgency(a: Incident, b: Incident): number {
  return a.severity - b.severity || Date.parse(a.heard_at) - Date.parse(b.heard_at) || byId(a.id, b.id);
}

/** Closed last first. */
export function byClosing(a: Incident, b: Incident): number {
  return Date.parse(b.closed_at ?? b.opened_at) - Date.parse(a.closed_at ?? a.opened_at) || byId(b.id, a.id);
}

/** The citizen who wrote last first. */
export function byLastWord(a: Conversation, b: Conversation): number {
  return Date.parse(b.last_in_at ?? "1970-01-01") - Date.parse(a.last_in_at ?? "1970-01-01") || byId(b.id, a.id);
}
