// The console's JSON API: one function a call. Throws `ApiError` for an answer that is an error, `Unreachable` for none.
import type {
  Card,
  CaseEvent,
  Conversation,
  Fact,
  FoundPlace,
  Id,
  Incident,
  Me,
  Message,
  OpenedConversation,
  Place,
  Queue,
  Severity,
  Source,
} from "./types";

const PATIENCE_MS = 10_000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly slug: string,
    readonly detail: string,
    /** Whatever else the answer holds: `by`, `incident`, `retry_after`. */
    readonly body: Record<string, unknown>,
  ) {
    super(`${status} ${slug}`);
  }

  /** True where the same call may succeed later: the server stumbled, or the session ran out. */
  get passing(): boolean {
    return this.status >= 500 || [401, 408, 429].includes(this.status);
  }
}

export class Unreachable extends Error {}

let csrf = "";
let operatorId = "";
let onSignedOut: () => void = () => undefined;

export function whenSignedOut(act: () => void): void {
  onSignedOut = act;
}

/** `body`: a Blob goes as it is, anything else as JSON. `patience`: milliseconds. */
export async function call<Answer>(
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  patience = PATIENCE_MS,
): Promise<Answer> {
  let answer = await ask(method, path, body, patience);
  if (answer.status === 403 && (await answer.clone().json().catch(() => ({}))).error === "csrf") {
    await sameOperator();
    answer = await ask(method, path, body, patience);
  }
  if (answer.ok) return (answer.status === 204 ? undefined : await whole(answer)) as Answer;
  const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
  const error = new ApiError(answer.status, String(said["error"] ?? ""), String(said["detail"] ?? ""), said);
  if (error.status === 401 && error.slug !== "bad_login" && path !== "/me") onSignedOut();
  throw error;
}

async function ask(method: string, path: string, body: unknown, patience: number): Promise<Response> {
  const request: RequestInit = { method, credentials: "same-origin", signal: AbortSignal.timeout(patience) };
  if (method !== "GET") {
    const file = body instanceof Blob;
    const kind = file ? body.type || "application/octet-stream" : "application/json";
    request.headers = { "Content-Type": kind, "X-CSRF-Token": csrf };
    request.body = file ? body : JSON.stringify(body ?? {});
  }
  try {
    return await fetch(`/api${path}`, request);
  } catch {
    throw new Unreachable();
  }
}

async function whole(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    // Cut off half-way: what it said is not known.
    throw new Unreachable();
  }
}

/** Another tab has logged in anew since, and its session is ours too: unless it is somebody else's. */
async function sameOperator(): Promise<void> {
  const before = operatorId;
  const { operator } = await whoAmI();
  if (operator.id === before) return;
  location.reload();
  throw new Unreachable();
}

async function knowing(answer: Promise<Me>): Promise<Me> {
  const me = await answer;
  csrf = me.csrf;
  operatorId = me.operator.id;
  return me;
}

const at = (city: string, id: Id): string => `${encodeURIComponent(city)}/${encodeURIComponent(id)}`;

export const login = (username: string, password: string): Promise<Me> =>
  knowing(call("POST", "/login", { username, password }));
export const whoAmI = (): Promise<Me> => knowing(call("GET", "/me"));
export const logout = (): Promise<void> => call("POST", "/logout");
export const changePassword = (old: string, fresh: string): Promise<void> =>
  call("POST", "/password", { old, new: fresh });

export const queue = (): Promise<Queue> => call("GET", "/queue");

export const conversation = (city: string, id: Id): Promise<OpenedConversation> =>
  call("GET", `/conversations/${at(city, id)}`);
export const olderMessages = (city: string, id: Id, before: Id): Promise<{ messages: Message[]; more: boolean }> =>
  call("GET", `/conversations/${at(city, id)}/messages?before=${encodeURIComponent(before)}`);
export const take = (city: string, id: Id): Promise<{ conversation: Conversation; incident: Incident }> =>
  call("POST", `/conversations/${at(city, id)}/take`);
export const handBack = (city: string, id: Id): Promise<{ conversation: Conversation; incident: Incident | null }> =>
  call("POST", `/conversations/${at(city, id)}/handback`);

export interface Reply {
  text: string;
  client_id: string;
  ask_location?: boolean;
  card?: string;
  /** The operator has seen which words tell, and sends them all the same. */
  anyway?: boolean;
}
export const reply = (city: string, id: Id, words: Reply): Promise<Message> =>
  call("POST", `/conversations/${at(city, id)}/reply`, words);

export interface ContactChange {
  cannot_call?: boolean;
  name?: string;
  language?: string;
  silent?: boolean;
}
export const changeContact = (city: string, id: Id, change: ContactChange): Promise<Conversation> =>
  call("POST", `/conversations/${at(city, id)}/contact`, change);

export interface ByHand {
  /** The same at every try: one call is one case. */
  client_id: string;
  city: string;
  source: Exclude<Source, "chat">;
  category: string;
  severity: Severity;
  place: Place;
  caller_name?: string;
  caller_phone?: string;
  note: string;
}
export const openByHand = (report: ByHand): Promise<Incident> => call("POST", "/incidents", report);
export const incident = (city: string, id: Id): Promise<{ incident: Incident; events: CaseEvent[] }> =>
  call("GET", `/incidents/${at(city, id)}`);
export const claim = (city: string, id: Id): Promise<Incident> => call("POST", `/incidents/${at(city, id)}/claim`);
export const release = (city: string, id: Id): Promise<Incident> => call("POST", `/incidents/${at(city, id)}/release`);

export interface IncidentChange {
  category?: string;
  severity?: Severity;
  place?: Place;
  facts?: Record<string, Fact>;
  note?: string;
  alarm_seen?: boolean;
}
export const update = (city: string, id: Id, version: number, change: IncidentChange): Promise<Incident> =>
  call("POST", `/incidents/${at(city, id)}/update`, { version, ...change });
export const close = (city: string, id: Id, version: number, reason: string, note: string): Promise<Incident> =>
  call("POST", `/incidents/${at(city, id)}/close`, { version, reason, note });

export const places = (city: string, q: string): Promise<{ places: FoundPlace[] }> =>
  call("GET", `/places?city=${encodeURIComponent(city)}&q=${encodeURIComponent(q)}`);
export const cards = (city: string): Promise<{ cards: Card[] }> =>
  call("GET", `/cards?city=${encodeURIComponent(city)}`);
