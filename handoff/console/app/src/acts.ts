// What an operator does with a case: the call, what it changes here, and what the operator is told.
import { signal } from "@preact/signals";
import * as api from "./api";
import { happened, isMine, refreshConversation, settle } from "./desk";
import type { OnDesk } from "./desk";
import { go } from "./route";
import { keyOf } from "./store";
import type { Key, News } from "./store";
import { t } from "./texts";
import type { Conversation, Id, Incident, Person } from "./types";
import { tell } from "./ui";

/** Cases that are being taken by this very click: their claim is no surprise to be announced. */
export const taking = signal<ReadonlySet<Key>>(new Set());
/** What could not be opened. */
export const notFound = signal<Key | null>(null);

export function complain(error: unknown): void {
  if (error instanceof api.Unreachable) tell(t.unreachable, true);
  else if (error instanceof api.ApiError) tell(refusal(error), true);
  else throw error;
}

function refusal(error: api.ApiError): string {
  const by = error.body["by"] as Person | undefined;
  if (by && (error.slug === "claimed" || error.slug === "held")) return t.case.heldBy(by.name);
  return error.detail || t.trouble;
}

async function act(doing: () => Promise<void>): Promise<boolean> {
  try {
    await doing();
    return true;
  } catch (error) {
    complain(error);
    return false;
  }
}

const caseNews = (incident: Incident): News[] => [{ type: "incident", incident }];

export function openCase(incident: Incident): void {
  const chat = incident.conversation_id;
  go({ at: chat ? "conversation" : "incident", city: incident.city, id: chat ?? incident.id, pane: "chat" });
}

export function openConversation(one: Conversation): void {
  go({ at: "conversation", city: one.city, id: one.id, pane: "chat" });
}

/** Fetches what the route points at. */
export async function fetchOpen(at: "conversation" | "incident", city: string, id: Id): Promise<void> {
  const key = keyOf(city, id);
  try {
    if (at === "conversation") await refreshConversation(city, id);
    else await settle(api.incident(city, id), ({ incident }) => caseNews(incident));
    if (notFound.value === key) notFound.value = null;
  } catch (error) {
    // While the line is down, its return fetches once more.
    if (error instanceof api.ApiError && !error.passing) notFound.value = key;
  }
}

export async function claim(incident: Incident): Promise<boolean> {
  const key = keyOf(incident.city, incident.id);
  return holding(key, () =>
    act(async () => {
      const news = await settle(api.claim(incident.city, incident.id), caseNews);
      tell(t.case.taken(news.code));
    }),
  );
}

export async function takeOver(one: Conversation): Promise<boolean> {
  const key = keyOf(one.city, one.incident_id ?? one.id);
  return holding(key, () =>
    act(async () => {
      const { incident } = await settle(api.take(one.city, one.id), (answer) => [
        { type: "conversation", conversation: answer.conversation },
        ...caseNews(answer.incident),
      ]);
      tell(t.case.taken(incident.code));
    }),
  );
}

async function holding(key: Key, doing: () => Promise<boolean>): Promise<boolean> {
  if (taking.value.has(key)) return false;
  taking.value = new Set(taking.value).add(key);
  try {
    return await doing();
  } finally {
    taking.value = new Set([...taking.value].filter((one) => one !== key));
  }
}

export type Taking = { does: "claim"; incident: Incident } | { does: "take"; conversation: Conversation } | null;

/** What "Ambil" would do with this case: claim it, take its conversation from the bot, or nothing. */
export function takingOf(desk: Pick<OnDesk, "conversation" | "incident">): Taking {
  const { conversation, incident } = desk;
  if (incident?.status === "waiting") return { does: "claim", incident };
  if (incident?.status === "claimed" && !isMine(incident)) return null;
  if (conversation?.holder === "bot") return { does: "take", conversation };
  return null;
}

export async function takeThis(which: Taking): Promise<boolean> {
  if (which?.does === "claim") return claim(which.incident);
  if (which?.does === "take") return takeOver(which.conversation);
  return false;
}

export const release = (incident: Incident): Promise<boolean> =>
  act(async () => {
    await settle(api.release(incident.city, incident.id), caseNews);
    tell(t.case.released(incident.code));
  });

export const handBack = (one: Conversation): Promise<boolean> =>
  act(async () => {
    await settle(api.handBack(one.city, one.id), ({ conversation, incident }) => [
      { type: "conversation", conversation },
      ...(incident ? caseNews(incident) : []),
    ]);
    tell(t.case.handedBack);
  });

/** A case that changed meanwhile is closed all the same: the reason given does not depend on what changed. */
export const close = (incident: Incident, reason: string, note: string): Promise<boolean> =>
  act(async () => {
    const closing = (version: number): Promise<Incident> =>
      settle(api.close(incident.city, incident.id, version, reason, note), caseNews);
    try {
      await closing(incident.version);
    } catch (error) {
      const current = staleBy(error);
      if (!current) throw error;
      await closing(current.version);
    }
    tell(t.case.closedNow(incident.code));
  });

/** The incident as it stands, where the server refused a change because it was made on an older one. */
export function staleBy(error: unknown): Incident | null {
  if (!(error instanceof api.ApiError)) return null;
  const incident = (error.body["incident"] as Incident | undefined) ?? null;
  if (incident) happened({ type: "incident", incident });
  return error.slug === "stale" ? incident : null;
}

export async function sawAlarm(incident: Incident): Promise<void> {
  const saying = (version: number): Promise<Incident> =>
    settle(api.update(incident.city, incident.id, version, { alarm_seen: true }), caseNews);
  try {
    await saying(incident.version);
  } catch (error) {
    const current = staleBy(error);
    // A newer alarm has not been seen yet.
    if (current?.alarm === incident.alarm) await saying(current.version).catch(complain);
    else if (!current) complain(error);
  }
}

export const changeContact = (one: Conversation, change: api.ContactChange): Promise<boolean> =>
  act(async () => {
    await settle(api.changeContact(one.city, one.id, change), (conversation) => [
      { type: "conversation", conversation },
    ]);
  });

/** True where the operator at this desk may write to the citizen. */
export function mayReply(desk: Pick<OnDesk, "conversation" | "incident">, myId: Id | undefined): boolean {
  const { conversation } = desk;
  return conversation?.holder === "operator" && conversation.operator?.id === myId;
}
