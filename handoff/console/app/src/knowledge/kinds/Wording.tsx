import { segments } from "../../segments";
import type { FormProps } from "../EntryPage";
import { Words } from "../form";
import { KindPage } from "../KindPage";
import type { PageOf } from "../pages";
import { f, wordingLabels } from "../texts_forms";
import { m } from "../texts_more";
import { PAGE_OF_KIND } from "./addresses";
import { knownFillings, namesIn, read } from "./fillings";

/** What the bot says, sentence by sentence. */
export function Wording(page: PageOf) {
  return (
    <KindPage
      {...page}
      kind="wording"
      page={PAGE_OF_KIND["wording"] ?? ""}
      title={m.pages.wording}
      intro={m.about["wording"] ?? ""}
      formats={["xlsx", "csv", "yaml"]}
      form={WordingForm}
      labels={wordingLabels}
      note={(row) => formsOf(row.slug).join(" ")}
    />
  );
}

/** For whom or where a sentence is meant, by the ends of its key. */
const formsOf = (key: string): string[] =>
  Object.entries(f.wording.forms).flatMap(([form, says]) => (`${key}_`.includes(`${form}_`) ? [says] : []));

function WordingForm({ work, city, about }: FormProps) {
  const w = f.wording;
  const known = knownFillings(city, about);
  const text = String(work.body.value["text"] ?? "");
  const names = [...new Set([...namesIn(String(work.entry.value?.published?.body["text"] ?? "")), ...namesIn(text)])];
  return (
    <div class="kb-fields">
      <p class="kb-figures">
        {w.key(work.slug)}
        {formsOf(work.slug).map((says) => (
          <span key={says}> · {says}</span>
        ))}
      </p>
      <Words name="text" label={w.text} hint={w.textHint} rows={4} sms fill={(said) => read(said, known)} />
      {names.length > 0 && (
        <div class="kb-field">
          <h2>{w.fillings}</h2>
          <small class="hint">{w.fillingsHint}</small>
          <ul class="kb-plain">
            {names.map((name) => (
              <li key={name}>{known[name] ? w.becomes(name, known[name]) : w.filledLater(name)}</li>
            ))}
          </ul>
        </div>
      )}
      <Reading text={read(text, known)} title={w.reads} />
    </div>
  );
}

/** A sentence as it stands on the citizen's screen. */
export function Reading({ text, title }: { text: string; title: string }) {
  if (!segments(text.trim()).used) return null;
  return (
    <div class="kb-field">
      <h2>{title}</h2>
      <p class="bubble bot kb-reading">{text}</p>
    </div>
  );
}
