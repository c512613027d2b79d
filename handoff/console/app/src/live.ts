// The live socket: opened while somebody is logged in, and again by itself whenever it breaks.
import { effect, signal } from "@preact/signals";
import { ApiError } from "./api";
import { noticeMessage } from "./attention";
import { setServerTime } from "./clock";
import { caseOf, health, heard, me, putOut, refreshConversation, refreshQueue } from "./desk";
import { saveWaiting } from "./edits";
import { sendWaiting } from "./replies";
import { seesCases } from "./rights";
import { route } from "./route";
import type { Frame, Id } from "./types";

/** "lost" from the moment at which the line broke until the queue is whole again. */
export const link = signal<"connecting" | "live" | "lost">("connecting");

const SILENCE_MS = 25_000; // the server pings every 10 s
const HANDSHAKE_MS = 4_000;
// A restarted server is found again within two seconds.
const PAUSES_MS = [250, 500, 1_000, 1_500];
const NOT_LOGGED_IN = 4401;

let socket: WebSocket | null = null;
let watchdog: number | undefined;
let retry: number | undefined;
let failures = 0;

/** Keeps the line open as long as somebody is logged in. */
export function stayLive(): void {
  effect(() => {
    // Whoever still has the one-time password is not let in, and to an author nothing is told.
    const who = me.value?.operator;
    const admitted = who?.must_change_password === false && seesCases(who.role);
    if (admitted && !socket) connect();
    if (!admitted) hangUp();
  });
  effect(() => {
    void route.value;
    if (link.value === "live") sayWhatIsViewed();
  });
  addEventListener("online", () => again(0));
  addEventListener("offline", () => broken());
}

function connect(): void {
  clearTimeout(retry);
  const opened = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/live`);
  socket = opened;
  watch(HANDSHAKE_MS);
  opened.onmessage = ({ data }) => {
    if (opened !== socket) return;
    watch(SILENCE_MS);
    hear(JSON.parse(String(data)) as Frame);
  };
  opened.onclose = ({ code }) => {
    if (opened !== socket) return;
    if (code === NOT_LOGGED_IN) putOut();
    else broken();
  };
}

function watch(patience: number): void {
  clearTimeout(watchdog);
  watchdog = setTimeout(broken, patience);
}

function hear(frame: Frame): void {
  switch (frame.type) {
    case "hello":
      setServerTime(frame.server_time);
      void catchUp();
      break;
    case "ping":
      setServerTime(frame.server_time);
      socket?.send(JSON.stringify({ type: "pong" }));
      break;
    case "health":
      health.value = frame.parts;
      break;
    case "message":
      heard(frame);
      if (frame.message.direction === "in") noticeMessage(caseOf(frame.city, frame.conversation_id));
      break;
    default:
      heard(frame);
  }
}

/** Listening comes before asking, so nothing can fall between the snapshot and the first news. */
async function catchUp(): Promise<void> {
  const asking = socket;
  const here = route.value;
  try {
    await Promise.all([refreshQueue(), here.at === "conversation" && refreshOpen(here.city, here.id)]);
    if (asking !== socket) return;
    failures = 0;
    link.value = "live";
    sendWaiting();
    saveWaiting();
  } catch {
    if (asking === socket) broken();
  }
}

async function refreshOpen(city: string, id: Id): Promise<void> {
  try {
    await refreshConversation(city, id);
  } catch (error) {
    // A conversation that is not there, or not for these eyes, does not keep the queue from being up to date.
    if (!(error instanceof ApiError) || error.passing) throw error;
  }
}

function sayWhatIsViewed(): void {
  const here = route.value;
  const viewed = here.at === "conversation" ? { city: here.city, conversation_id: here.id } : {};
  if (socket?.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ type: "view", city: null, conversation_id: null, ...viewed }));
  }
}

function broken(): void {
  drop();
  if (!me.value) return;
  link.value = "lost";
  again(PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)] ?? 0);
}

function again(pause: number): void {
  if (link.value === "live" || !me.value) return;
  clearTimeout(retry);
  retry = setTimeout(() => {
    drop();
    connect();
  }, pause);
}

function hangUp(): void {
  drop();
  clearTimeout(retry);
  failures = 0;
  link.value = "connecting";
}

function drop(): void {
  clearTimeout(watchdog);
  const dropped = socket;
  socket = null;
  dropped?.close();
}
