// The shapes of the calls by which the city learns: groups of questions, examples, judging, models, and of accounts.
import type { Id, Operator, Time } from "../types";

/** One of the ten answers most worth writing. `topic` without `slug`: people say "bukan itu" to this answer. */
export interface Weekly {
  id: Id;
  title: string;
  size: number;
  week: number;
  examples: string[];
  slug: string | null;
  topic: string | null;
}

export interface Group {
  id: Id;
  title: string;
  size: number;
  last_at: Time;
  examples: string[];
  state: GroupState;
  slug: string | null;
}
export type GroupState = "open" | "drafted" | "ignored";

export interface Feedback {
  topic: string;
  title: string;
  answered: number;
  not_that: number;
  helped: number;
}

/** Shares in 0..1, with the 95 % interval. */
export interface Share {
  rate: number;
  low: number;
  high: number;
  judged: number;
  emergencies: number;
}
export interface Missed extends Share {
  waiting: number;
  by: (Share & { taken_for: string })[];
}

export interface Learning {
  weekly: Weekly[];
  groups: Group[];
  total: number;
  feedback: Feedback[];
  missed: Missed;
}

export interface Example {
  id: Id;
  text: string;
  intent: string | null;
  intent_name: string | null;
  severity: number | null;
  place: Record<string, string | null> | null;
  was: Record<string, unknown>;
  source: string;
  state: "proposed" | "accepted" | "rejected";
  proposed_by: string;
  at: Time;
}

/** A meaning that a sentence may have: darurat_kebakaran, faq_ktp, iseng. */
export interface Intent {
  intent: string;
  name: string;
}

export interface Judgement {
  id: Id;
  text: string;
  taken_for: string;
  topic: string | null;
  at: Time;
  conversation_id: Id;
  before: string[];
}
export type Verdict = "emergency" | "right" | "wrong_kind" | "unclear";
/** `open`: the conversation is fresh and nobody has a case of it. */
export interface Judged {
  open?: { city: string; conversation_id: Id } | null;
}

export interface Figure {
  slug: string;
  name: string;
  value: number;
  unit: "count" | "share" | "ms";
  floor: number | null;
  /** True where the floor is the most that is allowed, else the least. */
  at_most: boolean;
  in_use: number | null;
  ok: boolean;
}

export interface Model {
  id: Id;
  state: "queued" | "training" | "ready" | "refused" | "failed";
  why: string;
  asked_by: string;
  asked_at: Time | null;
  ended_at: Time | null;
  /** 0..1 */
  progress: number;
  step: string;
  phrases: number | null;
  report: { figures?: Figure[]; missed?: string[]; changed?: Record<string, string>[] } | null;
  detail: string;
  active: boolean;
  built_in: boolean;
  /** Its file was thrown away to save room. */
  gone?: boolean;
}
export interface Models {
  models: Model[];
  changed_since: number;
}

export interface Account {
  username: string;
  name: string;
  role: Operator["role"];
  cities: string[];
  must_change_password: boolean;
  disabled_at: Time | null;
}
export type AboutAccount = Pick<Account, "name" | "role" | "cities">;
