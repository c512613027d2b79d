import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { complain } from "../acts";
import type { City } from "../types";
import { kindOf, refreshAbout } from "./about";
import * as api from "./api";
import { BulkBar } from "./BulkBar";
import { FreshDialog } from "./FreshDialog";
import { Filters } from "./ListFilters";
import { Found } from "./ListTable";
import { SheetsDialog } from "./SheetsDialog";
import { k } from "./texts";
import type { About, Body, Row } from "./types";

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

/** How many wait for a second person, for the navigation. */
export const inReview =
  (kind: string) =>
  (about: About): number =>
    kindOf(about, kind)?.in_review ?? 0;

