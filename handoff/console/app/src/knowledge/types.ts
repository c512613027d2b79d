// The shapes of the knowledge calls. Bodies are the city's files as JSON: each kind has its own form.
import type { Time } from "../types";

export type Body = Record<string, unknown>;
export type Day = string; // 2026-11-22

export interface KindInfo {
  slug: string;
  name: string;
  two_people: boolean;
  count: number;
  drafts: number;
  in_review: number;
  due: number;
}

export interface Named {
  username: string;
  name: string;
}

/** What the whole part must know of a city. */
export interface About {
  kinds: KindInfo[];
  me: { may_publish: boolean; may_write: boolean };
  kecamatan: string[];
  owners: Named[];
  /** What {city}, {voice} … become in this city. */
  placeholders?: Record<string, string>;
}

export type EntryState = "published" | "draft" | "review" | "withdrawn";

export interface Row {
  slug: string;
  title: string;
  state: EntryState;
  has_draft: boolean;
  draft_state: "draft" | "review" | null;
  version: number | null;
  owner: string | null;
  review_on: Day | null;
  due: boolean;
  updated_at: Time;
  updated_by: string;
  asked_7_days?: number | null;
}

export interface Published {
  title: string;
  body: Body;
  version: number;
  updated_at: Time;
  updated_by: string;
  withdrawn: boolean;
  edited: boolean;
}

export interface DraftShape {
  title: string;
  body: Body;
  revision: number;
  state: "draft" | "review";
  authors: string[];
  remark: string;
  updated_at: Time;
  updated_by: string;
  base_version: number | null;
}

/** `field`: a path into the body, "variants.2". */
export interface Fault {
  field: string;
  text: string;
}

export interface VersionRow {
  version: number;
  verb: string;
  who: string;
  approved_by: string | null;
  at: Time;
  note: string;
}

export interface Entry {
  slug: string;
  published: Published | null;
  draft: DraftShape | null;
  faults: Fault[];
  history: VersionRow[];
  /** What citizens made of it in 30 days. */
  feedback?: { answered: number; not_that: number; helped: number } | null;
}

export type Piece = ["=" | "-" | "+", string];

export interface Difference {
  field: string;
  old: unknown;
  new: unknown;
  parts: Piece[];
}

export interface Report {
  blocked: boolean;
  emergencies: { phrase: string; variant: string; score: number; why: string }[];
  newly_answered: { text: string; topic: string }[];
  changed: { text: string; from: string | null; to: string | null }[];
  tests: { question: string; expected: string | null; got: string | null }[];
  checked: { emergencies: number; recorded: number; tests: number };
  faults: Fault[];
}

export interface Imported {
  rows: number;
  new: number;
  changed: number;
  same: number;
  errors: { row: number; column: string | null; text: string }[];
  done: boolean;
}

export interface Hours {
  days: number[];
  opens: string;
  closes: string;
}

export interface Local {
  kecamatan: string[];
  answer: string;
  sms: string | null;
}

export interface Link {
  label: string;
  url: string;
}

export interface Phone {
  number: string;
  label: string;
  confirmed_on: Day | null;
}

/** An answer's body. */
export interface ArticleBody extends Body {
  title: string;
  answer: string;
  sms: string;
  ask: string;
  confirmed_on: Day | null;
  source: string | null;
  variants: string[];
  tests: string[];
  ambonese: string | null;
  kendari: string | null;
  local: Local[];
  links: Link[];
  phones: Phone[];
  hours: Hours[];
  hours_note: string | null;
  closed_on_holidays: boolean;
  picture: string | null;
  owner: string | null;
  review_on: Day | null;
}
