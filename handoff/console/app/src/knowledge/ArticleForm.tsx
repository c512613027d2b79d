import { dayOf } from "./days";
import type { FormProps } from "./EntryPage";
import { filling, hoursRead } from "./article";
import { Check, Choice, Items, Line, Lines, Section, Words } from "./form";
import { HoursField } from "./HoursField";
import { LocalField } from "./LocalField";
import { PictureField } from "./PictureField";
import { k } from "./texts";
import type { ArticleBody, Link, Phone } from "./types";

const MOST = 600;

/** An answer. What every answer needs stands open; the rest is folded until it is needed. */
export function ArticleForm({ work, city, about }: FormProps) {
  const body = work.body.value as Partial<ArticleBody>;
  const fill = filling(city, about);
  const f = k.article;
  return (
    <div class="kb-fields">
      <Line name="title" label={f.title} hint={f.titleHint} />
      <Lines name="variants" label={f.variants} hint={seeded(work) ? f.variantsMore : f.variantsHint} add={f.addVariant} placeholder={f.variantExample} />
      <Words name="answer" label={f.answer} hint={f.answerHint} rows={7} most={MOST} fill={fill} />
      <Words name="sms" label={f.sms} hint={f.smsHint} rows={3} sms fill={fill} />
      <Section title={f.hours} summary={hoursSaid(body)} names={["hours", "hours_note", "closed_on_holidays"]}>
        <HoursField />
        <Line name="hours_note" label={f.hoursNote} hint={f.hoursNoteHint} optional />
        <Check name="closed_on_holidays" label={f.holidays} hint={f.holidaysHint} />
      </Section>
      <Section title={f.contacts} summary={k.form.several(count(body.phones) + count(body.links))} names={["phones", "links"]}>
        <Items<Phone> name="phones" label={f.phones} hint={f.phonesHint} add={f.addPhone} blank={{ number: "", label: "", confirmed_on: null }}>
          {(path) => (
            <>
              <Line name={`${path}.number`} label={f.number} type="tel" />
              <Line name={`${path}.label`} label={f.phoneLabel} />
              <Line name={`${path}.confirmed_on`} label={f.confirmed} type="date" optional />
            </>
          )}
        </Items>
        <Items<Link> name="links" label={f.links} hint={f.linksHint} add={f.addLink} blank={{ label: "", url: "https://" }}>
          {(path) => (
            <>
              <Line name={`${path}.label`} label={f.linkLabel} />
              <Line name={`${path}.url`} label={f.url} type="url" />
            </>
          )}
        </Items>
      </Section>
      <Section title={f.local} summary={k.form.several(count(body.local))} names={["local"]}>
        <LocalField about={about} fill={fill} />
      </Section>
      <Section title={f.tongues} summary={tongues(body)} names={["ambonese", "kendari"]}>
        <Words name="ambonese" label={f.ambonese} hint={f.tongueHint} rows={4} most={MOST} fill={fill} optional />
        <Words name="kendari" label={f.kendari} hint={f.tongueHint} rows={4} most={MOST} fill={fill} optional />
      </Section>
      <Section title={f.picture} summary={body.picture ? k.form.several(1) : k.form.several(0)} names={["picture"]}>
        <PictureField city={city.slug} />
      </Section>
      <Section title={f.origin} summary={originSaid(body, about)} names={["ask", "confirmed_on", "source", "owner", "review_on"]}>
        <Line name="ask" label={f.ask} hint={f.askHint} />
        <Line name="confirmed_on" label={f.confirmedOn} hint={f.confirmedHint} type="date" optional />
        <Line name="source" label={f.source} hint={f.sourceHint} optional />
        <Choice name="owner" label={f.owner} hint={f.ownerHint} optional options={[["", k.form.nobody], ...about.owners.map((one): [string, string] => [one.username, one.name])]} />
        <Line name="review_on" label={f.review} hint={f.reviewHint} type="date" optional />
      </Section>
      <Section title={f.tests} summary={k.form.several(count(body.tests))} names={["tests"]}>
        <Lines name="tests" label={f.tests} hint={f.testsHint} add={f.addTest} />
      </Section>
    </div>
  );
}

/** Whether the bot has been taught this topic from the files' own phrases, of which none stands here. */
const seeded = (work: FormProps["work"]): boolean => work.entry.value?.history.at(-1)?.verb === "seeded";

const count = (list: readonly unknown[] | undefined): number => list?.length ?? 0;

const hoursSaid = ({ hours }: Partial<ArticleBody>): string => hours?.map(hoursRead).join("; ") || k.form.several(0);

const tongues = ({ ambonese, kendari }: Partial<ArticleBody>): string =>
  [ambonese && k.article.ambonese, kendari && k.article.kendari].filter(Boolean).join(", ") || k.form.several(0);

function originSaid({ owner, review_on: review }: Partial<ArticleBody>, about: FormProps["about"]): string {
  const who = about.owners.find((one) => one.username === owner)?.name;
  return [who, review && k.article.reviewBy(dayOf(review))].filter(Boolean).join(" · ") || k.article.noOwner;
}
