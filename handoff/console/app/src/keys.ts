// The keyboard, everywhere: one letter an act, and none of them while somebody types.
import { signal } from "@preact/signals";
import { mayReply, release, takeThis, takingOf } from "./acts";
import { typedAhead } from "./ahead";
import type { Ahead } from "./ahead";
import { caseOf, isMine, me, onDesk, store } from "./desk";
import type { OnDesk } from "./desk";
import { draftOf } from "./drafts";
import { setSetting, setting } from "./kept";
import { mayEdit } from "./rights";
import { go, route } from "./route";
import { keyOf } from "./store";
import type { Key } from "./store";
import { TABS, dialog, focusOn, tab } from "./ui";

/** Whoever dictates to the machine, or types with a stick, may switch single letters off. */
export const singleKeys = signal(setting("single-keys") !== "off");

export function setSingleKeys(on: boolean): void {
  singleKeys.value = on;
  setSetting("single-keys", on ? "on" : "off");
}

const TYPING_MS = 700;
let typedAt = -Infinity;
/** The field to which the last key led; until it is there, keys are meant for it: a reply box's are kept in `typed`. */
let awaited: { id: string; until: number; talk: Key | null; typed: Ahead | null } | null = null;

export function listenToKeys(): void {
  addEventListener("keydown", (event) => {
    // Where answers are written, letters are letters: that part has keys of its own.
    if (route.value.at === "knowledge") return;
    if (!me.value || dialog.value || event.isComposing || event.defaultPrevented) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") return leave(event);
    if (typing(event.target)) {
      typedAt = event.timeStamp;
      return;
    }
    if (awaited) return ahead(event);
    if (!singleKeys.value || midSentence(event)) return;
    const act = acts[event.key];
    if (!act || (event.repeat && !steps.has(event.key))) return;
    if (act(event) !== false) event.preventDefault();
  });
}

/** Whoever types fast must not take or close a case because a field was not there yet, or lost its focus. */
function midSentence(event: KeyboardEvent): boolean {
  return event.key.length === 1 && event.timeStamp - typedAt < TYPING_MS;
}

/** A reply that is begun before its conversation has been drawn: not a letter of it is lost, and Enter means the box. */
function ahead(event: KeyboardEvent): void {
  if (!awaited?.typed || awaited.talk !== talkHere()) return;
  if (event.key.length !== 1 && event.key !== "Enter") return;
  // Else the browser's half of an Enter comes to the box as a new line, once it has the focus.
  event.preventDefault();
  typedAt = event.timeStamp;
  if (event.key !== "Enter" || !event.repeat) awaited.typed.write(event.key, event.shiftKey);
}

function talkHere(): Key | null {
  const here = route.value;
  return here.at === "conversation" ? keyOf(here.city, here.id) : null;
}

const PLAIN_INPUTS = new Set(["radio", "checkbox", "button", "submit"]);

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !PLAIN_INPUTS.has(target.type);
  return target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

/** False where the key keeps its usual meaning. */
type Act = (event: KeyboardEvent) => boolean | void;

const toTab = (place: number): Act => () => {
  tab.value = TABS[place] ?? "queue";
};

const acts: Record<string, Act> = {
  j: () => step(1),
  k: () => step(-1),
  ArrowDown: (event) => arrow(event, 1),
  ArrowUp: (event) => arrow(event, -1),
  a: () => void takeThis(takingOf(pointedAt())),
  r: () => toPane("chat", "reply"),
  t: () => toPane("case", "place-search"),
  c: close,
  h: giveBack,
  n: () => go({ at: "by_hand" }),
  "/": () => focusOn("search"),
  "?": () => void (dialog.value = "help"),
  "1": toTab(0),
  "2": toTab(1),
  "3": toTab(2),
};
const steps = new Set(["j", "k", "ArrowDown", "ArrowUp"]);

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("[data-row]")];

function step(by: 1 | -1): void {
  const all = rows();
  const focused = all.indexOf(document.activeElement as HTMLElement);
  const open = all.findIndex((row) => row.getAttribute("aria-current") === "true");
  const from = focused >= 0 ? focused : open;
  const next = from < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, from + by));
  all[next]?.focus();
}

/** Arrows scroll a transcript and move between radio buttons; only from the list, or from nowhere, do they walk it. */
function arrow(event: KeyboardEvent, by: 1 | -1): boolean | void {
  const target = event.target as HTMLElement;
  if (target !== document.body && !target.hasAttribute("data-row")) return false;
  step(by);
}

/** The row under the focus, else what is open. */
function pointedAt(): Pick<OnDesk, "conversation" | "incident"> {
  const row = document.activeElement?.closest<HTMLElement>("[data-row]");
  const { kind, city, id } = row?.dataset ?? {};
  if (!row || !kind || !city || !id) return onDesk.value ?? { conversation: null, incident: null };
  location.hash = row.getAttribute("href") ?? location.hash;
  const { incidents, conversations } = store.value;
  if (kind === "incident") return { conversation: null, incident: incidents.get(`${city}/${id}`) ?? null };
  return { conversation: conversations.get(`${city}/${id}`) ?? null, incident: caseOf(city, id) };
}

function toPane(pane: "chat" | "case", id: string): void {
  const here = route.value;
  if (here.at === "conversation" || here.at === "incident") go({ ...here, pane });
  giveUp();
  const talk = talkHere();
  const typed = id === "reply" && talk ? typedAhead(draftOf(talk)) : null;
  awaited = { id, until: performance.now() + AWAIT_MS, talk, typed };
  reach();
}

const AWAIT_MS = 1_500;

/** Focuses the awaited field as soon as it is drawn: its conversation may still be on its way. */
function reach(): void {
  if (!awaited) return;
  focusOn(awaited.id);
  const field = document.activeElement;
  if (field?.id === awaited.id) arrive(field);
  else if (performance.now() > awaited.until) giveUp();
  else setTimeout(reach, 16);
}

/** The field has the focus: the cursor stands behind what was typed, and an Enter is pressed after all. */
function arrive(field: Element): void {
  const { talk, typed } = awaited ?? {};
  if (talk !== talkHere()) return giveUp(); // another conversation's box: its draft is none of this Enter's business
  awaited = null;
  if (!(field instanceof HTMLTextAreaElement)) return;
  const toEnd = (): void => field.setSelectionRange(field.value.length, field.value.length);
  toEnd();
  const enter = { key: "Enter", bubbles: true, cancelable: true };
  // A reply that was picked is in the box with the next frame.
  if (typed?.play(() => field.dispatchEvent(new KeyboardEvent("keydown", enter)))) requestAnimationFrame(toEnd);
}

function giveUp(): void {
  awaited?.typed?.keep();
  awaited = null;
}

function close(): boolean | void {
  const incident = onDesk.value?.incident;
  if (!incident || !mayEdit(incident)) return false;
  dialog.value = "close";
}

/** A conversation goes back to the bot, a call taken by hand to the queue. */
function giveBack(): boolean | void {
  const desk = onDesk.value;
  if (desk && mayReply(desk, me.value?.operator.id)) dialog.value = "handback";
  else if (desk?.incident && !desk.conversation && isMine(desk.incident)) void release(desk.incident);
  else return false;
}

function leave(event: KeyboardEvent): void {
  giveUp();
  typedAt = -Infinity;
  if (typing(event.target)) {
    (event.target as HTMLElement).blur();
    return;
  }
  if (route.value.at !== "list") backToList();
}

export function backToList(): void {
  const open = document.querySelector<HTMLElement>('[data-row][aria-current="true"]');
  go({ at: "list" });
  setTimeout(() => open?.focus());
}
