import { useSignal, useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { ApiError } from "../api";
import { keep, recall } from "../kept";
import { actionName, channelName, kindName, t } from "../texts";
import * as api from "./api";
import type { FormProps } from "./EntryPage";
import { k } from "./texts";

const PAUSE_MS = 450;
const CHANNELS = ["whatsapp", "telegram", "sms", "web"];

/** What the real turn would do with a question, with the words that are being written here in place of the published ones. */
export interface Rehearsed {
  understanding: { kind: string | null; action: string | null; reasons: string[]; categories?: string[] };
  decision: string;
  human: boolean;
  replies: { text: string; buttons: string[]; sms_parts?: number | null }[];
  topic: { slug: string; title: string; from: string } | null;
}

/** Beside the editor: a question as a citizen would write it, and at once what would happen. */
export function Rehearsal({ work, city }: FormProps) {
  const question = useSignal(recall("kb:question", ""));
  const channel = useSignal("whatsapp");
  const found = useSignal<Rehearsed | null>(null);
  const problem = useSignal("");
  const asked = useRef(0);
  useSignalEffect(() => {
    const said = question.value.trim();
    const drafts = [work.drafted];
    const way = channel.value;
    const mine = ++asked.current;
    keep("kb:question", question.value);
    if (!said) {
      found.value = null;
      return;
    }
    const pause = setTimeout(() => {
      api
        .rehearse(city.slug, said, way, drafts)
        .then((answer) => mine === asked.current && ((found.value = answer as unknown as Rehearsed), (problem.value = "")))
        .catch((error) => mine === asked.current && (problem.value = refusal(error)));
    }, PAUSE_MS);
    return () => clearTimeout(pause);
  });
  return (
    <section class="kb-rehearsal" aria-labelledby="kb-rehearsal-title">
      <h2 id="kb-rehearsal-title">{k.rehearsal.title}</h2>
      <p class="hint">{k.rehearsal.hint}</p>
      <label class="field">
        <span>{k.rehearsal.question}</span>
        <textarea rows={2} value={question.value} onInput={(event) => (question.value = event.currentTarget.value)} />
      </label>
      <fieldset class="row-of-choices">
        <legend class="unseen">{k.rehearsal.channel}</legend>
        {CHANNELS.map((one) => (
          <label key={one}>
            <input type="radio" name="rehearsal" checked={channel.value === one} onChange={() => (channel.value = one)} />
            <span>{channelName[one]}</span>
          </label>
        ))}
      </fieldset>
      <div aria-live="polite">
        {problem.value && <p class="problem">{problem.value}</p>}
        {found.value && <Outcome found={found.value} slug={work.slug} sms={channel.value === "sms"} />}
      </div>
    </section>
  );
}

const refusal = (error: unknown): string =>
  error instanceof ApiError ? error.detail || t.trouble : error instanceof Error ? k.rehearsal.unreachable : "";

function Outcome({ found, slug, sms }: { found: Rehearsed; slug: string; sms: boolean }) {
  const { topic, human, understanding } = found;
  const good = !human && topic?.slug === slug;
  const verdict = human ? k.rehearsal.human : !topic ? k.rehearsal.nothing : good ? k.rehearsal.this : k.rehearsal.other(topic.title);
  return (
    <>
      <p class={human ? "kb-verdict human" : good ? "kb-verdict good" : "kb-verdict"}>
        <strong>{verdict}</strong>
        {found.decision && <small>{found.decision}</small>}
      </p>
      {found.replies.map((reply, place) => (
        <div class="bubble bot" key={place}>
          <p class="words">{reply.text}</p>
          {reply.buttons.length > 0 && (
            <p class="choices">
              {reply.buttons.map((one) => (
                <span key={one}>{one}</span>
              ))}
            </p>
          )}
          {sms && reply.sms_parts != null && <p class="state">{k.rehearsal.parts(reply.sms_parts)}</p>}
        </div>
      ))}
      <details class="why">
        <summary>{t.thread.why}</summary>
        <dl>
          <div>
            <dt>{t.thread.whyRows.kind}</dt>
            <dd>{kindName[understanding.kind ?? ""] ?? understanding.kind}</dd>
          </div>
          <div>
            <dt>{t.thread.whyRows.action}</dt>
            <dd>{actionName[understanding.action ?? ""] ?? understanding.action}</dd>
          </div>
          {understanding.reasons.length > 0 && (
            <div>
              <dt>{t.thread.whyRows.reasons}</dt>
              <dd>{understanding.reasons.join("; ")}</dd>
            </div>
          )}
        </dl>
      </details>
    </>
  );
}
