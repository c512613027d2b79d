import type { FormProps } from "../EntryPage";
import { Line, Words } from "../form";
import { KindPage } from "../KindPage";
import type { PageOf } from "../pages";
import { f, quickLabels } from "../texts_forms";
import { m } from "../texts_more";
import { PAGE_OF_KIND } from "./addresses";
import { knownFillings, read } from "./fillings";
import { Reading } from "./Wording";

/** Sentences that operators have ready. */
export function QuickReplies(page: PageOf) {
  return (
    <KindPage
      {...page}
      kind="quick_reply"
      page={PAGE_OF_KIND["quick_reply"] ?? ""}
      title={m.pages.quick}
      intro={m.about["quick_reply"] ?? ""}
      fresh={{ ...f.fresh.quick_reply, body: (title) => ({ title, text: "", keys: null, order: 100 }) }}
      formats={["xlsx", "csv", "yaml"]}
      form={QuickForm}
      labels={quickLabels}
    />
  );
}

function QuickForm({ work, city, about }: FormProps) {
  const q = f.quick;
  const known = { ...knownFillings(city, about), code: q.code };
  const fill = (said: string): string => read(said, known);
  return (
    <div class="kb-fields">
      <Line name="title" label={q.title} hint={q.titleHint} />
      <Words name="text" label={q.text} hint={`${q.textHint} ${q.fillings}`} rows={4} sms fill={fill} />
      <Reading text={fill(String(work.body.value["text"] ?? ""))} title={q.reads} />
      <Line name="keys" label={q.keys} hint={q.keysHint} optional />
      <Line name="order" label={q.order} hint={q.orderHint} type="number" />
    </div>
  );
}
