import { useComputed } from "@preact/signals";
import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { day } from "../clock";
import { t } from "../texts";
import type { City } from "../types";
import { addressOf, kindOf, nameOf } from "./about";
import { Crossed } from "./Crossed";
import { CheckReport } from "./CheckReport";
import { Changes } from "./Differences";
import { EntryActs } from "./EntryActs";
import { FormOf } from "./form";
import { History } from "./History";
import { k } from "./texts";
import type { About, Entry, Fault } from "./types";
import { Work } from "./work";

export interface FormProps {
  work: Work;
  city: City;
  about: About;
}

interface EntryPageOf {
  city: City;
  about: About;
  kind: string;
  slug: string;
  /** The page that lists them: where one goes back to. */
  page: string;
  form: ComponentType<FormProps>;
  /** Beside the form, where the window has room: what the change would do. */
  side?: ComponentType<FormProps>;
  /** What the way to it is called where it stands below the form. */
  sideName?: string;
  /** The name of a field, by its path without numbers, for differences: "variants", "agencies.first". */
  labels: Readonly<Record<string, string>>;
  /** How a value of a field reads, where its JSON would not. */
  says?: (field: string, value: unknown) => string | undefined;
}

export type Labels = Pick<EntryPageOf, "labels" | "says">;

/** One thing that staff change, of whatever kind: its form, what may be done with it, its history. */
export function EntryPage({ city, about, kind, slug, page, form: Form, side: Side, sideName, labels, says }: EntryPageOf) {
  const work = useMemo(() => new Work(city.slug, kind, slug), [city.slug, kind, slug]);
  useEffect(() => void work.load(), [work]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
      event.preventDefault();
      void work.save();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [work]);
  const form = useComputed(() => ({
    body: work.body.value,
    set: (change: Record<string, unknown>) => work.set(change),
    faults: [...work.faults.value, ...catching(work)],
    locked: !about.me.may_write || work.entry.value?.draft?.state === "review",
  }));
  const entry = work.entry.value;
  if (work.state.value === "missing") return <Missing back={addressOf(city.slug, page)} />;
  if (!entry) {
    return (
      <p class="starting" role="status">
        {t.loading}
      </p>
    );
  }
  const naming: Labels = {
    labels,
    says: (field, value) => says?.(field, value) ?? (field === "owner" && value ? nameOf(about, String(value)) : undefined),
  };
  return (
    <article class="kb-entry">
      <header class="kb-head">
        <a class="kb-back" href={addressOf(city.slug, page)}>
          ‹ {k.entry.back}
        </a>
        <h1>{titleOf(work) || slug}</h1>
        <StateTags entry={entry} dirty={work.dirty.value} />
        {Side && (
          <button type="button" class="kb-to-side" onClick={() => document.querySelector<HTMLElement>(".kb-side :is(textarea, input)")?.focus()}>
            {sideName ?? k.rehearsal.title} ↓
          </button>
        )}
        <EntryActs work={work} about={about} kind={kindOf(about, kind)} back={addressOf(city.slug, page)} />
        <Where work={work} city={city} about={about} two={kindOf(about, kind)?.two_people ?? false} />
      </header>
      <Crossed work={work} about={about} zone={city.timezone} naming={naming} />
      <CheckReport work={work} about={about} />
      <div class={Side ? "kb-body with-side" : "kb-body"}>
        <div class="kb-form">
          {entry.draft && (
            <Changes key={entry.draft.revision} work={work} naming={naming} open={entry.draft.state === "review"} />
          )}
          <FormOf.Provider value={form.value}>
            <Form work={work} city={city} about={about} />
          </FormOf.Provider>
          <History work={work} about={about} zone={city.timezone} naming={naming} />
        </div>
        {Side && (
          <aside class="kb-side">
            <Side work={work} city={city} about={about} />
          </aside>
        )}
      </div>
    </article>
  );
}

/** Where the check says which variant catches an emergency, the variant itself says so too. */
function catching(work: Work): Fault[] {
  const variants = (work.body.value["variants"] as string[] | undefined) ?? [];
  const caught = new Set(work.report.value?.emergencies.map(({ variant }) => variant));
  return variants.flatMap((one, place) => (caught.has(one) ? [{ field: `variants.${place}`, text: k.report.here }] : []));
}

/** What the thing is called while it is being written: most kinds have a title or a name. */
const titleOf = (work: Work): string => {
  const { title, name } = work.body.value;
  const entry = work.entry.value;
  return String(title || name || entry?.draft?.title || entry?.published?.title || "");
};

function Missing({ back }: { back: string }) {
  return (
    <p class="starting">
      {k.entry.missing} <a href={back}>{k.entry.back}</a>
    </p>
  );
}

export function StateTags({ entry, dirty }: { entry: Entry; dirty: boolean }) {
  const { published, draft } = entry;
  return (
    <span class="tags">
      {published?.withdrawn && <b class="tag alarm">{k.states.withdrawn}</b>}
      {published && !published.withdrawn && <span class="tag good">{k.states.published}</span>}
      {draft && <span class={draft.state === "review" ? "tag news" : "tag warn"}>{k.states[draft.state]}</span>}
      {dirty && <b class="tag warn">{k.states.unsaved}</b>}
    </span>
  );
}

/** One line: what citizens get now, and what the next step is. */
function Where({ work, city, about, two }: { work: Work; city: City; about: About; two: boolean }) {
  const entry = work.entry.value;
  if (!entry) return null;
  const last = entry.draft ?? entry.published;
  return (
    <p class="kb-where">
      {nextStep(entry, work.dirty.value, two)}{" "}
      {last && <small>{k.entry.changed(nameOf(about, last.updated_by), day(last.updated_at, city.timezone))}</small>}
      {entry.feedback && entry.feedback.answered > 0 && <small>{k.entry.feedback(entry.feedback)}</small>}
      {entry.draft?.remark && <Remark>{k.entry.remark(entry.draft.remark)}</Remark>}
      {entry.draft && work.faults.value.length > 0 && <Faults faults={work.faults.value} />}
      {work.unsaved.value && <Remark>{k.entry.notStored}</Remark>}
    </p>
  );
}

/** How much is to be mended; what belongs to no single field is said here. */
function Faults({ faults }: { faults: readonly Fault[] }) {
  const whole = faults.filter(({ field }) => !field).map(({ text }) => text);
  return <Remark>{[k.entry.faults(faults.length), ...whole].join(" ")}</Remark>;
}

function Remark({ children }: { children: ComponentChildren }) {
  return <strong class="kb-remark">{children}</strong>;
}

function nextStep({ published, draft }: Entry, dirty: boolean, two: boolean): string {
  if (dirty) return k.next.dirty;
  if (draft?.state === "review") return k.next.review;
  if (draft) return two ? k.next.draftTwo : k.next.draftOne;
  if (published?.withdrawn) return k.next.withdrawn;
  return k.next.published;
}
