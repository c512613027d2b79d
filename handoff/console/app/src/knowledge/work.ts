// One entry as somebody is writing it: the server's copy, the words that are not saved yet, and who was faster.
// Unsaved words stand in localStorage with what they began from: no reload, lost line or other editor costs one of them.
import { computed, signal } from "@preact/signals";
import { complain } from "../acts";
import { ApiError, Unreachable } from "../api";
import { forgetLong, keepLong, keptLong, recallLong } from "../kept";
import { tell } from "../ui";
import { refreshAbout } from "./about";
import * as api from "./api";
import { k } from "./texts";
import type { Body, DraftShape, Entry, Fault, Report } from "./types";

interface Kept {
  body: Body;
  /** What stood there when the writing began, and which revision of the draft that was; null: no draft. */
  base: Body;
  revision: number | null;
}

const START = "kb:";
const plain = (value: unknown): string => JSON.stringify(value ?? null);
export const same = (a: unknown, b: unknown): boolean => plain(a) === plain(b);

/** Without the empty lines of its lists: somebody has begun a line and written nothing in it. */
const tidy = (body: Body): Body =>
  Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, Array.isArray(value) ? value.filter((one) => one !== "") : value]),
  );

/** The slugs of a kind for which this operator has unsaved words on this machine. */
export const unsavedSlugs = (city: string, kind: string): Set<string> => new Set(keptLong(`${START}${city}/${kind}/`));

export class Work {
  readonly entry = signal<Entry | null>(null);
  readonly body = signal<Body>({});
  readonly state = signal<"loading" | "idle" | "busy" | "missing">("loading");
  /** Why the last save did not reach the server; the words are kept here. */
  readonly unsaved = signal(false);
  /** Somebody else's draft that was saved since the words here were begun; null: their draft is gone. */
  readonly crossed = signal<DraftShape | null | undefined>(undefined);
  readonly faults = signal<readonly Fault[]>([]);
  /** What the check before publishing said. */
  readonly report = signal<Report | null>(null);
  readonly dirty = computed(() => this.entry.value !== null && !same(this.body.value, this.base.value));
  private readonly base = signal<Body>({});
  private revision: number | null = null;

  constructor(
    readonly city: string,
    readonly kind: string,
    readonly slug: string,
  ) {}

  private get name(): string {
    return `${START}${this.city}/${this.kind}/${this.slug}`;
  }

  get baseBody(): Body {
    return this.base.value;
  }

  async load(): Promise<void> {
    try {
      this.stands(await api.entry(this.city, this.kind, this.slug));
      this.recall();
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) this.state.value = "missing";
      else if (error instanceof ApiError && !error.passing) complain(error);
      else setTimeout(() => void this.load(), 2_000);
    }
  }

  /** The server's copy as it is now; what is being written here is another matter. */
  private stands(entry: Entry): void {
    this.entry.value = entry;
    this.faults.value = entry.faults;
    this.base.value = entry.draft?.body ?? entry.published?.body ?? {};
    this.revision = entry.draft?.revision ?? null;
    this.body.value = this.base.value;
    this.state.value = "idle";
    this.unsaved.value = false;
  }

  private recall(): void {
    const kept = recallLong<Kept | null>(this.name, null);
    if (!kept) return;
    const now = this.entry.value?.draft ?? null;
    const standing = this.base.value;
    this.body.value = kept.body;
    // Without a draft somebody else may have published meanwhile: that crosses the words here too.
    if (kept.revision === (now?.revision ?? null) && (now || same(kept.base, standing))) return;
    if (same(kept.body, standing)) return forgetLong(this.name);
    this.base.value = kept.base;
    this.revision = kept.revision;
    this.crossed.value = now;
  }

  set(change: Body): void {
    this.body.value = { ...this.body.value, ...change };
    this.keep();
  }

  private keep(): void {
    if (!this.dirty.value) return forgetLong(this.name);
    const kept: Kept = { body: this.body.value, base: this.base.value, revision: this.revision };
    keepLong(this.name, kept);
  }

  /** The entry as it is being written, for the calls that try it out. */
  get drafted(): api.DraftWords {
    return { kind: this.kind, slug: this.slug, body: tidy(this.body.value) };
  }

  /** True once the server has every word. */
  async save(): Promise<boolean> {
    if (!this.dirty.value) return true;
    if (this.crossed.value !== undefined || this.state.value === "busy") return false;
    if (this.revision === null && (await this.publishedMeanwhile())) return false;
    const sent = tidy(this.body.value);
    const saved = await this.doing(() => api.saveDraft(this.city, this.kind, this.slug, this.revision, sent));
    return saved !== null;
  }

  /** Saves what is unsaved, then does it; null where it was refused, and whoever sits here has been told why. */
  async act(verb: string, more: Body = {}): Promise<Entry | null> {
    if (!(await this.save())) return null;
    const known = ["drop", "submit", "send_back", "publish"].includes(verb) ? { revision: this.revision } : {};
    const done = await this.doing(() => api.act(this.city, this.kind, this.slug, verb, { ...known, ...more }));
    if (!done) return null;
    this.report.value = null;
    void refreshAbout(this.city);
    return done;
  }

  private async doing(call: () => Promise<Entry>): Promise<Entry | null> {
    const before = this.body.value;
    this.state.value = "busy";
    try {
      const entry = await call();
      const typed = this.body.value;
      if (entry?.slug) this.stands(entry);
      // Words typed while it was on its way wait for their own turn.
      if (!same(typed, before)) this.body.value = typed;
      this.keep();
      return entry;
    } catch (error) {
      this.refused(error);
      return null;
    } finally {
      if (this.state.value === "busy") this.state.value = "idle";
    }
  }

  private refused(error: unknown): void {
    const more = error instanceof ApiError ? error.body : {};
    if (error instanceof ApiError && error.slug === "stale") {
      this.crossed.value = (more["draft"] as DraftShape | undefined) ?? null;
      void this.lookAgain();
    } else if (error instanceof ApiError && error.slug === "faults") {
      this.faults.value = (more["faults"] as Fault[] | undefined) ?? [];
      tell(error.detail || k.entry.faults(this.faults.value.length), true);
    } else if (error instanceof ApiError && error.slug === "checked") {
      this.report.value = (more["report"] as Report | undefined) ?? null;
    } else {
      this.unsaved.value = error instanceof Unreachable || (error instanceof ApiError && error.passing);
      complain(error);
    }
  }

  /** The server counts revisions of drafts: where there was none, what was published since is seen only by looking. */
  private async publishedMeanwhile(): Promise<boolean> {
    try {
      const entry = await api.entry(this.city, this.kind, this.slug);
      if (entry.draft || same(entry.published?.body ?? {}, this.base.value)) return false;
      this.entry.value = entry;
      this.crossed.value = null;
      return true;
    } catch {
      return false; // the save itself will say what is wrong
    }
  }

  /** What stands there now, without touching the words that are being written. */
  private async lookAgain(): Promise<void> {
    try {
      const entry = await api.entry(this.city, this.kind, this.slug);
      this.entry.value = entry;
      if (this.crossed.value !== undefined) this.crossed.value = entry.draft;
    } catch (error) {
      complain(error);
    }
  }

  /** The own words are let go, the other's stand. */
  giveWay(): void {
    forgetLong(this.name);
    this.crossed.value = undefined;
    void this.load();
  }

  /** Both were seen: `body` is what of them shall be kept, and it is written over the other's draft at the next save. */
  settle(body: Body): void {
    const theirs = this.crossed.value;
    const entry = this.entry.value;
    if (theirs === undefined || !entry) return;
    this.entry.value = { ...entry, draft: theirs };
    this.base.value = theirs?.body ?? entry.published?.body ?? {};
    this.revision = theirs?.revision ?? null;
    this.body.value = body;
    this.crossed.value = undefined;
    this.keep();
  }

  /** Back to what is saved. */
  discard(): void {
    this.body.value = this.base.value;
    this.unsaved.value = false;
    this.keep();
  }
}
