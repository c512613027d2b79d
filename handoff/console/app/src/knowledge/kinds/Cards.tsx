import { useContext } from "preact/hooks";
import { factName } from "../../texts";
import { Prose } from "../../views/Prose";
import { dayWords } from "../dates";
import type { FormProps } from "../EntryPage";
import { Choice, FormOf, Items, Labelled, Line, Section, Words, useBound } from "../form";
import { KindPage } from "../KindPage";
import type { PageOf } from "../pages";
import { f, cardLabels } from "../texts_forms";
import { m } from "../texts_more";
import { PAGE_OF_KIND } from "./addresses";
import { cardSays } from "./reading";
import { Ticks } from "./Ticks";

const KINDS = Object.entries(f.card.kinds);

/** What citizens are told to do, and what operators go by: nothing of it is used before somebody has approved it. */
export function Cards(page: PageOf) {
  return (
    <KindPage
      {...page}
      kind="card"
      page={PAGE_OF_KIND["card"] ?? ""}
      title={m.pages.cards}
      intro={m.about["card"] ?? ""}
      fresh={{ ...f.fresh.card, body: (title) => ({ title, kind: "card", owner: "", categories: [], send_when: [], steps: [""], body: "" }) }}
      formats={["xlsx", "csv", "yaml"]}
      form={CardForm}
      labels={cardLabels}
      says={cardSays(page.city)}
    />
  );
}

function CardForm({ work, city }: FormProps) {
  const c = f.card;
  const { kind } = work.body.value;
  return (
    <div class="kb-fields">
      <Approval work={work} />
      <Line name="title" label={c.title} hint={c.titleHint} />
      <Choice name="kind" label={c.kind} hint={c.kindHint} options={KINDS} />
      {kind === "sop" ? <SopBody /> : <Steps />}
      <Ticks name="categories" label={c.categories} hint={c.categoriesHint} options={city.categories.map((one) => [one.slug, one.name])} />
      {kind === "card" && (
        <Items name="send_when" label={c.sendWhen} hint={c.sendWhenHint} add={c.sendWhenAdd} blank={city.categories[0]?.slug ?? ""}>
          {(path) => <Occasion name={path} city={city} />}
        </Items>
      )}
      <Line name="owner" label={c.owner} hint={c.ownerHint} />
      <Line name="expires" label={c.expires} hint={c.expiresHint} type="date" optional />
    </div>
  );
}

/** Whether it may be sent, and who says so: that comes of publishing, not of writing. */
function Approval({ work }: Pick<FormProps, "work">) {
  const { approved_by: by, expires, example } = (work.entry.value?.published?.body ?? {}) as Record<string, unknown>;
  const approved = typeof by === "string" && typeof expires === "string";
  return (
    <p class={approved ? "kb-notice" : "kb-notice amber"}>
      {approved ? f.card.approved(by, dayWords(expires)) : f.card.unapproved} {example === true && f.card.example}
    </p>
  );
}

function Steps() {
  const c = f.card;
  return (
    <Items name="steps" label={c.steps} hint={c.stepsHint} add={c.addStep} blank="">
      {(path) => <Words name={path} label={`${c.step} ${Number(path.split(".")[1]) + 1}`} rows={2} sms />}
    </Items>
  );
}

function SopBody() {
  const { body } = useContext(FormOf);
  return (
    <>
      <Words name="body" label={f.card.body} hint={f.card.bodyHint} rows={18} />
      <Section title={f.card.preview} names={[]}>
        <div class="kb-prose">
          <Prose text={String(body["body"] ?? "")} />
        </div>
      </Section>
    </>
  );
}

/** "kebakaran", or "kebakaran:hazard_gas" for a thing that was told. */
function Occasion({ name, city }: { name: string } & Pick<FormProps, "city">) {
  const { id, value, put, fault, locked } = useBound<string>(name);
  const [category = "", fact = ""] = value.split(":");
  const join = (one: string, told: string): void => put(told ? `${one}:${told}` : one);
  const facts = fact && !(fact in factName) ? [fact, ...Object.keys(factName)] : Object.keys(factName);
  return (
    <>
      <Labelled id={id} label={f.card.category} fault={fault}>
        <select id={id} value={category} disabled={locked} onChange={(event) => join(event.currentTarget.value, fact)}>
          {city.categories.map((one) => (
            <option key={one.slug} value={one.slug}>
              {one.name}
            </option>
          ))}
        </select>
      </Labelled>
      <Labelled id={`${id}-fact`} label={f.card.fact}>
        <select id={`${id}-fact`} value={fact} disabled={locked} onChange={(event) => join(category, event.currentTarget.value)}>
          <option value="">{f.card.sendAlways}</option>
          {facts.map((one) => (
            <option key={one} value={one}>
              {factName[one] ?? one}
            </option>
          ))}
        </select>
      </Labelled>
    </>
  );
}
