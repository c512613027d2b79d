import assert from "node:assert/strict";
import { test } from "node:test";
import { EMPTY, after, byUrgency, keyOf, merged } from "../src/store";
import type { News, Store } from "../src/store";
import type { Conversation, Incident, Message, OpenedConversation } from "../src/types";

const CITY = "kendari";
const at = (second: number): string => new Date(Date.UTC(2026, 10, 21, 3, 0, second)).toISOString();

const incident = (id: string, more: Partial<Incident> = {}): Incident =>
  ({ city: CITY, id, status: "waiting", severity: 2, heard_at: at(0), opened_at: at(0), version: 1, ...more }) as Incident;
const message = (id: string, second: number, more: Partial<Message> = {}): Message =>
  ({ id, at: at(second), text: id, state: null, ...more }) as Message;
const talk = { city: CITY, id: "7", holder: "bot" } as Conversation;
const opened = (messages: Message[], more = false): OpenedConversation => ({
  conversation: talk,
  messages,
  more,
  incident: null,
  history: [],
  viewers: [],
});

const play = (...news: News[]): Store => news.reduce(after, EMPTY);
const said = (store: Store): string[] =>
  (store.threads.get(keyOf(CITY, "7"))?.messages ?? []).map((one) => one.id);
const heard = (one: Message): News => ({ type: "message", city: CITY, conversation_id: "7", message: one });

test("the same news twice changes nothing more", () => {
  const news: News[] = [
    { type: "incident", incident: incident("1", { version: 2 }) },
    { type: "conversation", conversation: talk },
    { type: "opened", opened: opened([message("11", 1)]) },
    heard(message("12", 2)),
  ];
  const once = play(...news);
  assert.deepEqual(news.reduce(after, once), once);
  assert.deepEqual(said(once), ["11", "12"]);
});

test("an incident of a lower version never replaces a higher one", () => {
  const claimed = incident("1", { version: 3, status: "claimed" });
  const store = play(
    { type: "incident", incident: claimed },
    { type: "incident", incident: incident("1", { version: 2 }) },
    { type: "queue", queue: { incidents: [incident("1", { version: 2 })], conversations: [], at: at(9) } },
  );
  assert.equal(store.incidents.get(keyOf(CITY, "1")), claimed);
});

test("a snapshot ends what it does not name, and keeps what was closed", () => {
  const store = play(
    { type: "incident", incident: incident("1") },
    { type: "incident", incident: incident("2", { status: "closed" }) },
    { type: "queue", queue: { incidents: [incident("3")], conversations: [], at: at(9) } },
  );
  assert.deepEqual([...store.incidents.values()].map((one) => one.id), ["2", "3"]);
});

test("most urgent first, then longest waiting, then the older number", () => {
  const queue = [
    incident("99", { severity: 2, heard_at: at(5) }),
    incident("101", { severity: 2, heard_at: at(1) }),
    incident("100", { severity: 2, heard_at: at(1) }),
    incident("98", { severity: 2, heard_at: at(1) }),
    incident("102", { severity: 1, heard_at: at(30) }),
  ];
  assert.deepEqual([...queue].sort(byUrgency).map((one) => one.id), ["102", "98", "100", "101", "99"]);
});

test("a transcript follows the providers' time, whatever came in first", () => {
  assert.deepEqual(merged([message("13", 3)], [message("12", 1), message("9", 3), message("14", 2)]).map((one) => one.id), [
    "12",
    "14",
    "9",
    "13",
  ]);
});

test("what has become of a message never steps back", () => {
  const store = play(
    { type: "opened", opened: opened([message("11", 1, { state: "delivered" })]) },
    heard(message("11", 1, { state: "queued" })),
    { type: "opened", opened: opened([message("11", 1, { state: "sent" })]) },
  );
  assert.equal(store.threads.get(keyOf(CITY, "7"))?.messages[0]?.state, "delivered");
});

test("what is said while a transcript is on its way is not lost", () => {
  const store = play(
    { type: "opening", city: CITY, conversation_id: "7" },
    heard(message("12", 2)),
    { type: "opened", opened: opened([message("11", 1)]) },
  );
  assert.deepEqual(said(store), ["11", "12"]);
});

test("older pages stay unless a hole would lie before the newer ones", () => {
  const known: News[] = [
    { type: "opened", opened: opened([message("11", 1), message("12", 2)], true) },
    { type: "older", city: CITY, conversation_id: "7", messages: [message("10", 0)], more: false },
  ];
  const joined = play(...known, { type: "opened", opened: opened([message("12", 2), message("13", 3)], true) });
  assert.deepEqual(said(joined), ["10", "11", "12", "13"]);
  assert.equal(joined.threads.get(keyOf(CITY, "7"))?.more, false);
  const apart = play(...known, { type: "opened", opened: opened([message("20", 8)], true) });
  assert.deepEqual(said(apart), ["20"]);
  assert.equal(apart.threads.get(keyOf(CITY, "7"))?.more, true);
});
