import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { complain } from "../acts";
import { ApiError } from "../api";
import { t } from "../texts";
import type { City } from "../types";
import { tell } from "../ui";
import { addressOf, kindOf, nameOf, open, refreshAbout } from "./about";
import * as api from "./api";
import { BulkBar } from "./BulkBar";
import { dayOf, shortDay } from "./days";
import { Dialog } from "./Dialog";
import { SheetsDialog } from "./SheetsDialog";
import { k } from "./texts";
import type { About, Body, Row } from "./types";
import { unsavedSlugs } from "./work";

export interface ListOf {
  city: City;
  about: About;
  kind: string;
  /** The page's slug: rows lead to `page/slug`. */
  page: string;
  title: string;
  /** What these things are for, in one or two lines. */
  intro: string;
  /** The button for a new one, and what its name is called; none: nobody makes new ones. */
  fresh?: { button: string; name: string; hint: string; body?: (title: string) => Body };
  /** Offered for export and import; none: neither. */
  formats?: readonly string[];
  /** Owner, review date and bulk acts make sense. */
  owned?: boolean;
  /** Said small under a row's title. */
  note?: (row: Row) => string;
  /** Something beside the buttons. */
  children?: ComponentChildren;
}

const PAGE = 50;
const PAUSE_MS = 250;

/** A kind's entries: search, filter, tick several, open one. */
export function EntryList(props: ListOf) {
  const { city, about, kind, owned } = props;
  const search = useSignal<api.Search>({ q: "", state: "all", owner: "", sort: "title", offset: 0 });
  const found = useSignal<{ entries: Row[]; total: number } | null>(null);
  const ticked = useSignal<ReadonlySet<string>>(new Set());
  const dialog = useSignal<"fresh" | "sheets" | null>(null);
  const asked = useRef(0);
  const fetch = async (): Promise<void> => {
    const mine = ++asked.current;
    try {
      const answer = await api.list(city.slug, kind, search.value);
      if (mine === asked.current) found.value = answer;
    } catch (error) {
      if (mine === asked.current) complain(error);
    }
  };
  const again = (): void => {
    ticked.value = new Set();
    void fetch();
    void refreshAbout(city.slug);
  };
  const { q, state, owner, sort, offset } = search.value;
  useEffect(() => {
    const pause = setTimeout(() => void fetch(), found.value ? PAUSE_MS : 0);
    return () => clearTimeout(pause);
  }, [city.slug, kind, q, state, owner, sort, offset]);
  useEffect(listenToSlash, []);
  const set = (change: Partial<api.Search>): void => {
    search.value = { ...search.value, offset: 0, ...change };
  };
  return (
    <div class="kb-list">
      <header class="kb-head">
        <h1>{props.title}</h1>
        <div class="kb-acts">
          {props.children}
          {props.formats && (
            <button type="button" onClick={() => (dialog.value = "sheets")}>
              {k.list.sheets}
            </button>
          )}
          {props.fresh && about.me.may_write && (
            <button type="button" class="primary" onClick={() => (dialog.value = "fresh")}>
              + {props.fresh.button}
            </button>
          )}
        </div>
        <p class="kb-where">{props.intro}</p>
      </header>
      <Filters search={search.value} set={set} about={about} kind={kind} owned={Boolean(owned)} />
      {owned && about.me.may_write && <BulkBar city={city} about={about} kind={kind} ticked={ticked} done={again} />}
      <Found {...props} found={found.value} ticked={ticked} searching={Boolean(q) || state !== "all" || Boolean(owner)} />
      {found.value && <Turning total={found.value.total} offset={offset} turn={(to) => set({ offset: to })} />}
      {dialog.value === "fresh" && props.fresh && <FreshDialog {...props} fresh={props.fresh} shut={() => (dialog.value = null)} />}
      {dialog.value === "sheets" && (
        <SheetsDialog city={city} kind={kind} formats={props.formats ?? []} done={again} shut={() => (dialog.value = null)} />
      )}
    </div>
  );
}

/** The slash leads to the search, as on the desk. */
function listenToSlash(): () => void {
  const pressed = (event: KeyboardEvent): void => {
    const inside = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
    if (event.key !== "/" || inside || document.querySelector("dialog[open]")) return;
    document.getElementById("kb-search")?.focus();
    event.preventDefault();
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

interface FiltersOf {
  search: api.Search;
  set: (change: Partial<api.Search>) => void;
  about: About;
  kind: string;
  owned: boolean;
}

const STATES = ["all", "published", "draft", "review", "withdrawn", "due"] as const;
const SORTS = ["title", "updated", "review_on"] as const;

function Filters({ search, set, about, kind, owned }: FiltersOf) {
  const counts = kindOf(about, kind);
  const count: Partial<Record<string, number>> = counts
    ? { all: counts.count, draft: counts.drafts, review: counts.in_review, due: counts.due }
    : {};
  return (
    <div class="kb-filters" role="search">
      <label class="kb-find">
        <span class="unseen">{k.list.search}</span>
        <input id="kb-search" type="search" placeholder={k.list.search} value={search.q} onInput={(event) => set({ q: event.currentTarget.value })} />
      </label>
      <label>
        <span>{k.list.state}</span>
        <select value={search.state} onChange={(event) => set({ state: event.currentTarget.value })}>
          {STATES.filter((one) => owned || one !== "due").map((one) => (
            <option key={one} value={one}>
              {k.filters[one]}
              {count[one] ? ` (${count[one]})` : ""}
            </option>
          ))}
        </select>
      </label>
      {owned && (
        <>
          <label>
            <span>{k.list.owner}</span>
            <select value={search.owner} onChange={(event) => set({ owner: event.currentTarget.value })}>
              <option value="">{k.list.anyOwner}</option>
              {about.owners.map((one) => (
                <option key={one.username} value={one.username}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>{k.list.sort}</span>
            <select value={search.sort} onChange={(event) => set({ sort: event.currentTarget.value })}>
              {SORTS.map((one) => (
                <option key={one} value={one}>
                  {k.sorts[one]}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
    </div>
  );
}

interface FoundOf extends ListOf {
  found: { entries: Row[]; total: number } | null;
  ticked: Signal<ReadonlySet<string>>;
  searching: boolean;
}

function Found({ city, about, kind, page, owned, note, found, ticked, searching }: FoundOf) {
  if (!found) {
    return (
      <p class="starting" role="status">
        {t.loading}
      </p>
    );
  }
  if (!found.entries.length) return <p class="starting">{searching ? t.list.nothingFound : k.list.empty}</p>;
  const unsaved = unsavedSlugs(city.slug, kind);
  const all = found.entries.every((one) => ticked.value.has(one.slug));
  const tick = (slugs: string[], on: boolean): void => {
    const next = new Set(ticked.value);
    for (const slug of slugs) on ? next.add(slug) : next.delete(slug);
    ticked.value = next;
  };
  const ticks = Boolean(owned) && about.me.may_write;
  return (
    <table class="kb-table">
      <thead>
        <tr>
          {ticks && (
            <th class="tick">
              <input
                type="checkbox"
                aria-label={k.list.tickAll}
                checked={all}
                onChange={(event) => tick(found.entries.map((one) => one.slug), event.currentTarget.checked)}
              />
            </th>
          )}
          <th>{k.list.title}</th>
          <th>{k.list.state}</th>
          {owned && <th>{k.list.owner}</th>}
          {owned && <th>{k.list.review}</th>}
          {owned && <th class="number">{k.list.asked}</th>}
          <th>{k.list.changed}</th>
        </tr>
      </thead>
      <tbody>
        {found.entries.map((row) => (
          <tr key={row.slug}>
            {ticks && (
              <td class="tick">
                <input
                  type="checkbox"
                  aria-label={k.list.tick(row.title)}
                  checked={ticked.value.has(row.slug)}
                  onChange={(event) => tick([row.slug], event.currentTarget.checked)}
                />
              </td>
            )}
            <td class="name">
              <a href={addressOf(city.slug, page, row.slug)}>{row.title || row.slug}</a>
              {note && <small>{note(row)}</small>}
            </td>
            <td class="state">
              <RowTags row={row} unsaved={unsaved.has(row.slug)} />
            </td>
            {owned && <td class="owner">{nameOf(about, row.owner)}</td>}
            {owned && <td class={row.due ? "review due" : "review"}>{row.review_on && k.list.by(dayOf(row.review_on))}</td>}
            {owned && <td class="number">{row.asked_7_days ? k.list.times(row.asked_7_days) : ""}</td>}
            <td class="changed">{changed(row, about, city)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const changed = (row: Row, about: About, city: City): string =>
  row.updated_at ? `${shortDay(row.updated_at, city.timezone)} · ${nameOf(about, row.updated_by)}` : "";

function RowTags({ row, unsaved }: { row: Row; unsaved: boolean }) {
  const drafted = row.draft_state ?? (row.has_draft ? "draft" : null);
  return (
    <span class="tags">
      {row.state === "withdrawn" && <b class="tag alarm">{k.states.withdrawn}</b>}
      {row.state === "published" && <span class="tag good">{k.states.published}</span>}
      {(drafted || row.state === "draft" || row.state === "review") && (
        <span class={(drafted ?? row.state) === "review" ? "tag news" : "tag warn"}>
          {k.states[(drafted ?? row.state) === "review" ? "review" : "draft"]}
        </span>
      )}
      {row.due && <b class="tag warn">{k.states.due}</b>}
      {unsaved && <b class="tag warn">{k.states.unsaved}</b>}
    </span>
  );
}

function Turning({ total, offset, turn }: { total: number; offset: number; turn: (offset: number) => void }) {
  const last = Math.min(total, offset + PAGE);
  return (
    <p class="kb-turning">
      <span role="status">{total ? k.list.shown(offset + 1, last, total) : ""}</span>
      {total > PAGE && (
        <>
          <button type="button" disabled={offset === 0} onClick={() => turn(Math.max(0, offset - PAGE))}>
            {k.list.previous}
          </button>
          <button type="button" disabled={last >= total} onClick={() => turn(offset + PAGE)}>
            {k.list.next}
          </button>
        </>
      )}
    </p>
  );
}

interface FreshOf extends ListOf {
  fresh: NonNullable<ListOf["fresh"]>;
  shut: () => void;
}

function FreshDialog({ city, kind, page, fresh, shut }: FreshOf) {
  const title = useSignal("");
  const problem = useSignal("");
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const said = title.value.trim();
    problem.value = said ? "" : k.list.nameMissing;
    if (!said) return;
    try {
      const made = await api.create(city.slug, kind, said, fresh.body?.(said));
      void refreshAbout(city.slug);
      shut();
      tell(k.said.made);
      open(page, made.slug);
    } catch (error) {
      if (error instanceof ApiError && !error.passing) problem.value = error.detail || t.trouble;
      else complain(error);
    }
  };
  return (
    <Dialog title={fresh.button} shut={shut}>
      <form onSubmit={(event) => void make(event)}>
        <label class="field">
          <span>{fresh.name}</span>
          <input
            data-first
            value={title.value}
            autocomplete="off"
            aria-describedby="kb-fresh-hint"
            onInput={(event) => (title.value = event.currentTarget.value)}
          />
          <small id="kb-fresh-hint">{fresh.hint}</small>
        </label>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <div class="dialog-acts">
          <button type="button" onClick={shut}>
            {t.cancel}
          </button>
          <button type="submit" class="primary">
            {k.list.make}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** How many wait for a second person, for the navigation. */
export const inReview =
  (kind: string) =>
  (about: About): number =>
    kindOf(about, kind)?.in_review ?? 0;

