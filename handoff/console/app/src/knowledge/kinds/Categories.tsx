import { useContext } from "preact/hooks";
import { factName } from "../../texts";
import type { City } from "../../types";
import { addressOf } from "../about";
import type { FormProps } from "../EntryPage";
import { useFetched } from "../fetched";
import { Check, Choice, FormOf, Items, Labelled, Line, Section, described, faultsAt, useBound } from "../form";
import { KindPage } from "../KindPage";
import type { PageOf } from "../pages";
import { categoryLabels, f } from "../texts_forms";
import { m } from "../texts_more";
import type { Row } from "../types";
import { PAGE_OF_KIND } from "./addresses";
import { everyRow } from "./everyRow";
import { categorySays } from "./reading";
import { Ticks } from "./Ticks";

type Role = "first" | "also" | "operator_only";
const ROLES = Object.entries(f.category.roles);
const SEVERITIES = Object.entries(f.category.severities);

/** The kinds of emergency: what the bot asks, whom the desk sends. */
export function Categories(page: PageOf) {
  return (
    <KindPage
      {...page}
      kind="category"
      page={PAGE_OF_KIND["category"] ?? ""}
      title={m.pages.categories}
      intro={m.about["category"] ?? ""}
      formats={["xlsx", "csv", "yaml"]}
      form={CategoryForm}
      labels={categoryLabels}
      says={categorySays(page.city)}
    />
  );
}

const BLANK_QUESTION = { fact: "", wording: "", answer: "yes_no", yes_is: null };

function CategoryForm({ work, city }: FormProps) {
  const c = f.category;
  const cards = useFetched(`cards ${city.slug}`, () => everyRow(city.slug, "card"));
  const sentences = useFetched(`sentences ${city.slug}`, () => everyRow(city.slug, "wording", "ask_"));
  const care = work.entry.value?.published?.body ?? {};
  return (
    <div class="kb-fields">
      <Line name="name" label={c.name} hint={c.nameHint} />
      <Line name="description" label={c.description} hint={c.descriptionHint} />
      <Choice name="default_severity" label={c.severity} hint={c.severityHint} options={SEVERITIES} />
      <Items name="questions" label={c.questions} hint={c.questionsHint} add={c.addQuestion} blank={BLANK_QUESTION}>
        {(path, question: typeof BLANK_QUESTION) => (
          <Question path={path} question={question} city={city} sentences={sentences.value ?? []} />
        )}
      </Items>
      <Sent city={city} />
      <Section title={c.cards} summary={`${((work.body.value["cards"] as unknown[] | undefined) ?? []).length}`} names={["cards"]}>
        <Ticks name="cards" label={c.cards} hint={c.cardsHint} options={(cards.value ?? []).map((one) => [one.slug, one.title])} />
      </Section>
      <Section title={c.care} names={["restricted", "silent", "bot_prenotice"]}>
        {!care["restricted"] && <Check name="restricted" label={c.restricted} hint={c.restrictedHint} />}
        {!care["silent"] && <Check name="silent" label={c.silent} hint={c.silentHint} />}
        {Boolean(care["restricted"]) && <p class="kb-notice">{`${c.restricted}: ${c.restrictedHint}`}</p>}
        {Boolean(care["silent"]) && <p class="kb-notice">{`${c.silent}: ${c.silentHint}`}</p>}
        <Check name="bot_prenotice" label={c.prenotice} hint={c.prenoticeHint} />
      </Section>
    </div>
  );
}

interface QuestionOf {
  path: string;
  question: typeof BLANK_QUESTION;
  city: City;
  sentences: readonly Row[];
}

function Question({ path, question, city, sentences }: QuestionOf) {
  const c = f.category;
  const facts = question.fact in factName || !question.fact ? Object.entries(factName) : [[question.fact, question.fact] as const, ...Object.entries(factName)];
  const known = sentences.some((one) => one.slug === question.wording);
  const asked = sentences.map((one) => [one.slug, one.title || one.slug] as const);
  const options = known || !question.wording ? asked : [[question.wording, question.wording] as const, ...asked];
  return (
    <>
      <div class="whole">
        <Choice name={`${path}.wording`} label={c.wording} options={[["", f.nobody], ...options]} />
        {question.wording && <a href={addressOf(city.slug, PAGE_OF_KIND["wording"] ?? "", question.wording)}>{c.mend}</a>}
      </div>
      <Choice name={`${path}.fact`} label={c.fact} options={[["", f.nobody], ...facts]} />
      <Choice name={`${path}.answer`} label={c.answer} options={Object.entries(c.answers)} />
      {question.answer === "yes_no" && <YesIs path={path} />}
    </>
  );
}

/** What a yes means: it may raise a case, never lower it. */
function YesIs({ path }: { path: string }) {
  const { id, value, put, fault, locked } = useBound<number | null>(`${path}.yes_is`);
  return (
    <Labelled id={id} label={f.category.yes} fault={fault}>
      <select
        id={id}
        value={String(value ?? "")}
        disabled={locked}
        onChange={(event) => put(Number(event.currentTarget.value) || null)}
        {...described(id, "", fault)}
      >
        <option value="">{f.category.yesSame}</option>
        {[1, 2, 3].map((one) => (
          <option key={one} value={one}>{`P${one}`}</option>
        ))}
      </select>
    </Labelled>
  );
}

/** Each agency stands in one list at most: one choice a row. */
function Sent({ city }: { city: City }) {
  const { body, set, faults, locked } = useContext(FormOf);
  const c = f.category;
  const lists = (body["agencies"] ?? {}) as Partial<Record<Role, string[]>>;
  const roleOf = (slug: string): Role | "" =>
    (["first", "also", "operator_only"] as const).find((role) => lists[role]?.includes(slug)) ?? "";
  const put = (slug: string, role: string): void => {
    const next = Object.fromEntries(
      (["first", "also", "operator_only"] as const).map((one) => {
        const others = (lists[one] ?? []).filter((other) => other !== slug);
        return [one, one === role ? [...others, slug] : others];
      }),
    );
    set({ agencies: next });
  };
  const wrong = ["first", "also", "operator_only"].flatMap((role) => faultsAt(faults, `agencies.${role}`));
  const summary = (lists.first ?? []).map((slug) => city.agencies.find((one) => one.slug === slug)?.name ?? slug).join(", ");
  return (
    <Section title={c.agencies} summary={summary} names={["agencies"]}>
      <small class="hint">{c.agenciesHint}</small>
      <ul class="kb-assign">
        {city.agencies.map((one) => (
          <li key={one.slug}>
            <label>
              <span>{one.name}</span>
              <select value={roleOf(one.slug)} disabled={locked} onChange={(event) => put(one.slug, event.currentTarget.value)}>
                {ROLES.map(([role, name]) => (
                  <option key={role} value={role}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </li>
        ))}
      </ul>
      {wrong.length > 0 && <p class="fault">{wrong.join(" ")}</p>}
    </Section>
  );
}
