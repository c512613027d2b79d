// The shapes of the console's JSON API. Ids are 64-bit integers as strings, times ISO 8601 UTC.

export type Id = string;
export type Time = string;
export type Severity = 1 | 2 | 3 | 4;

export interface Person {
  id: Id;
  name: string;
}

export interface Operator extends Person {
  username: string;
  /** An author writes answers and sees no case at all. */
  role: "author" | "operator" | "supervisor" | "admin";
  must_change_password: boolean;
}

export interface Category {
  slug: string;
  name: string;
  severity: Severity;
  restricted: boolean;
}

export interface Area {
  code: string;
  name: string;
  level: "kecamatan" | "kelurahan";
  parent: string | null;
  lat: number | null;
  lon: number | null;
}

export interface Agency {
  slug: string;
  name: string;
  phones: { number: string; label: string; confirmed_on: string | null }[];
}

/** A sentence that operators have ready; `keys` is the short word behind a slash that finds it. */
export interface QuickReply {
  slug: string;
  title: string;
  text: string;
  keys: string | null;
}

export interface City {
  slug: string;
  name: string;
  short_name: string;
  timezone: string;
  centre: [number, number];
  bounds: [[number, number], [number, number]];
  categories: Category[];
  close_reasons: { slug: string; name: string }[];
  areas: Area[];
  agencies: Agency[];
  quick_replies?: QuickReply[];
  /** What people dial for a voice; `{voice}` in a ready sentence. */
  voice_number?: string;
}

/** Words that may give away whom somebody in silent mode writes to. */
export interface Telltales {
  stems: string[];
  numbers: string[];
}

export interface Me {
  operator: Operator;
  csrf: string;
  server_time: Time;
  cities: City[];
  map: { tile_url: string | null; attribution: string };
  telltales: Telltales;
  templates: { channel: string; account: string }[];
}

export interface Place {
  text: string | null;
  kecamatan: string | null;
  kelurahan: string | null;
  landmark: string | null;
  lat: number | null;
  lon: number | null;
  accuracy_m?: number | null;
  source?: string | null;
  confidence?: number | null;
  nearest?: boolean;
}

export type Reason =
  | "emergency"
  | "unclear"
  | "bot_failed"
  | "wants_human"
  | "media"
  | "silent"
  | "pin"
  | "operator"
  | "by_hand"
  | "reply_after_close"
  | "rang";

export type Source = "chat" | "phone" | "radio" | "walk_in";
export type Fact = string | number | boolean | null;

export interface Contact extends Person {
  phone: string | null;
  cannot_call: boolean;
  address: string;
  channel?: string | null;
  language?: string | null;
}

export interface Incident {
  city: string;
  id: Id;
  code: string;
  number: number;
  status: "waiting" | "claimed" | "closed";
  reason: Reason;
  source: Source;
  category: string | null;
  categories: string[];
  severity: Severity;
  restricted: boolean;
  summary: string;
  place: Place | null;
  alternatives: Place[];
  outside: boolean;
  facts: Record<string, Fact>;
  why: string[];
  note: string;
  alarm: null | "disconnected" | "bot_failed" | "send_failed";
  conversation_id: Id | null;
  channel: string | null;
  contact: Contact | null;
  silent: boolean;
  opened_at: Time;
  heard_at: Time;
  claimed_at: Time | null;
  claimed_by: Person | null;
  closed_at: Time | null;
  close_reason: string | null;
  last_in_at: Time | null;
  last_text: string | null;
  version: number;
}

export interface Conversation {
  city: string;
  id: Id;
  contact: Contact;
  holder: "bot" | "operator";
  operator: Person | null;
  silent: boolean;
  incident_id: Id | null;
  state: string;
  last_in_at: Time | null;
  last_out_at: Time | null;
  last_text: string | null;
  window_until: Time | null;
  channel: string;
  account: string;
}

export type MessageState =
  | "queued"
  | "sending"
  | "sent"
  | "delivered"
  | "read"
  | "failed"
  | "dropped"
  | "stale"
  | "unsure";

export interface Attachment {
  id: Id;
  kind: string;
  mime: string | null;
  size: number | null;
  seconds: number | null;
  state: "queued" | "fetched" | "failed";
  url: string | null;
}

export interface Understanding {
  kind: string | null;
  categories: string[];
  severity: number | null;
  action: string | null;
  topics: unknown[];
  facts: Record<string, Fact>;
  reasons: string[];
  language: string | null;
  scores?: Record<string, number>;
}

export interface Message {
  id: Id;
  conversation_id: Id;
  direction: "in" | "out";
  author: "citizen" | "bot" | "operator" | "system";
  operator: Person | null;
  kind: string;
  text: string;
  place: { lat: number; lon: number; accuracy_m: number | null; label: string | null; live: boolean } | null;
  attachments: Attachment[];
  buttons: string[];
  at: Time;
  received_at: Time;
  state: MessageState | null;
  error: string | null;
  client_id: string | null;
  edited_text: string | null;
  deleted: boolean;
  understanding: Understanding | null;
}

export interface PastCase {
  code: string;
  category: string | null;
  opened_at: Time;
  close_reason: string | null;
}

export interface Queue {
  incidents: Incident[];
  conversations: Conversation[];
  at: Time;
}

export interface OpenedConversation {
  conversation: Conversation;
  messages: Message[];
  more: boolean;
  incident: Incident | null;
  history: PastCase[];
  viewers: Person[];
}

export interface CaseEvent {
  at: Time;
  who: string;
  verb: string;
  detail: unknown;
}

export interface Card {
  slug: string;
  kind: "card" | "sop";
  title: string;
  categories: string[];
  steps: string[];
  body: string;
  approved: boolean;
  expires: string | null;
}

export interface FoundPlace extends Pick<Place, "kecamatan" | "kelurahan" | "landmark" | "lat" | "lon"> {
  label: string;
}

export interface HealthPart {
  name: string;
  ok: boolean;
  detail: string;
}

/** What the server says on the live socket. */
export type Frame =
  | { type: "hello" | "ping"; server_time: Time }
  | { type: "incident"; incident: Incident }
  | { type: "conversation"; conversation: Conversation }
  | { type: "message"; city: string; conversation_id: Id; message: Message }
  | { type: "viewers"; city: string; conversation_id: Id; viewers: Person[] }
  | { type: "health"; parts: HealthPart[] };
