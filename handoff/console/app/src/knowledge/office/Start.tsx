import type { ComponentChildren } from "preact";
import { me } from "../../desk";
import type { City } from "../../types";
import { addressOf, kindOf } from "../about";
import * as entries from "../api";
import { dayWords, momentWords } from "../dates";
import { useFetched } from "../fetched";
import * as api from "../learning_api";
import { MissedRate } from "../learning/MissedRate";
import { LEARNING } from "../learning/Learning";
import { DraftButton } from "../learning/WeeklyTen";
import type { PageOf } from "../pages";
import { m } from "../texts_more";
import type { About, Row } from "../types";
import { Waiting } from "../Waiting";
import { pageOfKind } from "../kinds/addresses";

const SHOWN = 6;

/** Where a day begins: what waits for whom, and what citizens ask in vain. */
export function Start({ city, about }: PageOf) {
  const learned = useFetched(`start ${city.slug}`, () => api.learning(city.slug));
  const lists = useFetched(`start lists ${city.slug}`, () => waitingRows(city.slug, about));
  const article = kindOf(about, "article");
  const sum = (what: "in_review" | "due"): number => about.kinds.reduce((total, one) => total + one[what], 0);
  const judges = me.value?.operator.role !== "author";
  return (
    <div class="kb-page">
      <header class="kb-head">
        <h1>{m.start.title(city.short_name)}</h1>
      </header>
      <ul class="kb-tiles">
        <Tile number={article?.count ?? 0} says={m.start.tiles.published} to={addressOf(city.slug, "jawaban")} />
        <Tile number={sum("in_review")} says={m.start.tiles.review} loud />
        <Tile number={sum("due")} says={m.start.tiles.due} loud />
        {judges && <Tile number={learned.value?.missed.waiting ?? 0} says={m.start.tiles.judge} to={addressOf(city.slug, "periksa")} loud />}
      </ul>
      <div class="kb-columns">
        <div>
          {lists.value ? (
            <>
              <Block title={m.start.review} none={m.start.reviewNone} rows={lists.value.review} city={city} about={about} />
              <Block title={m.start.mine} none={m.start.mineNone} rows={lists.value.mine} city={city} about={about} />
              <Block title={m.start.due} none={m.start.dueNone} rows={lists.value.due} city={city} about={about} />
            </>
          ) : (
            <Waiting on={lists} />
          )}
        </div>
        <div>
          {learned.value ? <Asked city={city} learned={learned.value} /> : <Waiting on={learned} />}
        </div>
      </div>
    </div>
  );
}

interface Found {
  review: KindRow[];
  mine: KindRow[];
  due: KindRow[];
}
type KindRow = Row & { kind: string };

async function waitingRows(city: string, about: About): Promise<Found> {
  const own = me.peek()?.operator.username;
  const rows = async (state: string, counted: "in_review" | "due" | "drafts"): Promise<KindRow[]> => {
    const kinds = about.kinds.filter((one) => one[counted] > 0);
    const found = await Promise.all(kinds.map((one) => entries.list(city, one.slug, { state })));
    return found.flatMap(({ entries: some }, place) => some.map((row) => ({ ...row, kind: kinds[place]?.slug ?? "" })));
  };
  const [review, drafts, due] = await Promise.all([rows("review", "in_review"), rows("draft", "drafts"), rows("due", "due")]);
  return { review, due, mine: drafts.filter((one) => one.updated_by === own) };
}

function Tile({ number, says, to, loud = false }: { number: number; says: string; to?: string; loud?: boolean }) {
  const inside = (
    <>
      <b>{number}</b> <span>{says}</span>
    </>
  );
  return <li class={loud && number > 0 ? "loud" : ""}>{to ? <a href={to}>{inside}</a> : <p>{inside}</p>}</li>;
}

function Panel({ title, children, more }: { title: string; children: ComponentChildren; more?: ComponentChildren }) {
  return (
    <section class="kb-block">
      <header>
        <h2>{title}</h2>
        {more}
      </header>
      {children}
    </section>
  );
}

interface BlockOf {
  title: string;
  none: string;
  rows: readonly KindRow[];
  city: City;
  about: About;
}

function Block({ title, none, rows, city, about }: BlockOf) {
  return (
    <Panel title={title}>
      {!rows.length && <p class="empty">{none}</p>}
      <ul class="kb-rows">
        {rows.slice(0, SHOWN).map((one) => (
          <li key={`${one.kind}/${one.slug}`}>
            <span>
              <a href={addressOf(city.slug, pageOfKind(one.kind), one.slug)}>{one.title || one.slug}</a>
              <small>{kindOf(about, one.kind)?.name}</small>
            </span>
            <small>{one.review_on && one.due ? dayWords(one.review_on) : one.updated_at && momentWords(one.updated_at, city.timezone)}</small>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN && <p class="kb-figures">{m.of(SHOWN, rows.length)}</p>}
    </Panel>
  );
}

function Asked({ city, learned }: { city: City; learned: Awaited<ReturnType<typeof api.learning>> }) {
  return (
    <>
      <Panel title={m.start.weekly} more={<a href={addressOf(city.slug, LEARNING)}>{m.start.all}</a>}>
        {!learned.weekly.length && <p class="empty">{m.start.weeklyNone}</p>}
        <ol class="kb-rows">
          {learned.weekly.map((one) => (
            <li key={`${one.id}/${one.topic}`}>
              <span>
                {one.title} <small>{m.learning.asked(one.week, one.size)}</small>
              </span>
              {one.topic ? (
                <a class="kb-button" href={addressOf(city.slug, "jawaban", one.topic)} aria-label={`${m.learning.mend}: ${one.title}`}>
                  {m.learning.mend}
                </a>
              ) : (
                <DraftButton city={city} id={one.id} slug={one.slug} about={one.title} />
              )}
            </li>
          ))}
        </ol>
      </Panel>
      <Panel title={m.start.missed}>
        <MissedRate missed={learned.missed} />
      </Panel>
    </>
  );
}
