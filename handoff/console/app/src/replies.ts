// The operator's replies on their way to the server: kept until it has them, sent again until it says so.
// The same `client_id` every time makes sure that a citizen reads each only once.
import { signal } from "@preact/signals";
import * as api from "./api";
import { serverNow } from "./clock";
import { happened, me } from "./desk";
import { keep, recall } from "./kept";
import { uuid } from "./random";
import type { Key } from "./store";
import { keyOf } from "./store";
import type { Id } from "./types";

export interface Unsent {
  city: string;
  conversation_id: Id;
  words: api.Reply;
  at: number;
  /** Why the server will not take it, in its own words; null while it is on its way. */
  refused: string | null;
  /** Refused only until the operator says that these words are meant. */
  telltale?: boolean;
}

export const unsent = signal<readonly Unsent[]>([]);

const KEPT = "unsent";
const PAUSE_MS = 1_500;
const sending = new Set<Key>();
let again: number | undefined;

/** Brings back what an earlier life of this tab could not send. */
export function rememberReplies(): void {
  unsent.value = recall<Unsent[]>(KEPT, []);
}

/** The browser asks before the page is left with words that nobody has received. */
export function guardReplies(): void {
  addEventListener("beforeunload", (leaving) => {
    if (unsent.value.some((one) => one.refused === null)) leaving.preventDefault();
  });
}

export function reply(city: string, id: Id, words: Omit<api.Reply, "client_id">): void {
  const one: Unsent = {
    city,
    conversation_id: id,
    words: { ...words, client_id: uuid() },
    at: serverNow(),
    refused: null,
  };
  change([...unsent.value, one]);
  void sendIn(keyOf(city, id));
}

/** The operator has read what the words may give away, and means them. */
export function sendAnyway(one: Unsent): void {
  const meant = { ...one, words: { ...one.words, anyway: true }, refused: null, telltale: false };
  change(unsent.value.map((it) => (it.words.client_id === one.words.client_id ? meant : it)));
  void sendIn(keyOf(one.city, one.conversation_id));
}

export function forget(clientId: string): void {
  change(unsent.value.filter((one) => one.words.client_id !== clientId));
}

/** Sends whatever waits, each conversation in its own order. */
export function sendWaiting(): void {
  if (!me.value) return;
  for (const one of unsent.value) void sendIn(keyOf(one.city, one.conversation_id));
}

async function sendIn(key: Key): Promise<void> {
  if (sending.has(key)) return;
  sending.add(key);
  try {
    for (let one = next(key); one; one = next(key)) {
      if (!(await deliver(one))) {
        clearTimeout(again);
        again = setTimeout(sendWaiting, PAUSE_MS);
        return;
      }
    }
  } finally {
    sending.delete(key);
  }
}

const next = (key: Key): Unsent | undefined =>
  unsent.value.find((one) => one.refused === null && keyOf(one.city, one.conversation_id) === key);

/** False where it has to be tried again. */
async function deliver(one: Unsent): Promise<boolean> {
  try {
    const message = await api.reply(one.city, one.conversation_id, one.words);
    happened({ type: "message", city: one.city, conversation_id: one.conversation_id, message });
    forget(one.words.client_id);
    return true;
  } catch (error) {
    if (!(error instanceof api.ApiError) || error.passing) return false;
    const refused = error.detail || error.slug;
    const told = { ...one, refused, telltale: error.slug === "telltale" };
    change(unsent.value.map((it) => (it.words.client_id === one.words.client_id ? told : it)));
    return true;
  }
}

function change(to: readonly Unsent[]): void {
  unsent.value = to;
  keep(KEPT, to.length ? to : undefined);
}
