import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { singleKeys } from "../../keys";
import { hashOf } from "../../route";
import { kindName } from "../../texts";
import type { City } from "../../types";
import { momentWords } from "../dates";
import { done, useFetched } from "../fetched";
import * as api from "../learning_api";
import type { Judgement, Verdict } from "../learning_types";
import { m } from "../texts_more";
import type { PageOf } from "../pages";
import { Waiting } from "../Waiting";

const VERDICTS: readonly Verdict[] = ["emergency", "right", "wrong_kind", "unclear"];
const AGAIN_MS = 30_000;

interface Fresh {
  city: string;
  conversation_id: string;
}

/** One message at a time that the bot took for nothing urgent: a human says what it was. One key each. */
export function Judging({ city }: PageOf) {
  const next = useFetched(`judge ${city.slug}`, () => api.nextToJudge(city.slug));
  const count = useSignal(0);
  const busy = useSignal(false);
  const said = useSignal("");
  const fresh = useSignal<readonly Fresh[]>([]);
  const item = next.value?.item ?? null;

  const judge = async (verdict: Verdict): Promise<void> => {
    if (!item || busy.value) return;
    busy.value = true;
    const stored = await done(async () => {
      const answer = await api.judge(city.slug, item.id, verdict);
      if (answer?.open) fresh.value = [...fresh.value, answer.open];
    });
    if (stored) {
      count.value += 1;
      said.value = m.judging.saved(m.judging.verdicts[verdict][0]);
      await next.again();
    }
    busy.value = false;
  };
  useKeys(judge);
  // New ones come while somebody sits before an empty page.
  const empty = next.value !== undefined && !item;
  useEffect(() => {
    if (!empty) return;
    const asking = setInterval(() => void next.again(), AGAIN_MS);
    return () => clearInterval(asking);
  }, [empty]);

  return (
    <div class="kb-page narrow">
      <header class="kb-head">
        <h1>{m.judging.title}</h1>
        {next.value && next.value.waiting > 0 && <span class="tag">{m.judging.waiting(next.value.waiting)}</span>}
        {count.value > 0 && <span class="tag good">{m.judging.judged(count.value)}</span>}
      </header>
      <p class="kb-hint">{m.judging.hint}</p>
      <p class="unseen" role="status">
        {said}
      </p>
      {fresh.value.map((one) => (
        <OpenIt key={one.conversation_id} fresh={one} />
      ))}
      {!next.value && <Waiting on={next} />}
      {empty && (
        <p class="kb-nothing">
          <strong>{m.judging.done}</strong>
          <br />
          {m.judging.doneHint}
        </p>
      )}
      {item && <OneMessage key={item.id} city={city} item={item} busy={busy.value} judge={(one) => void judge(one)} />}
    </div>
  );
}

/** 1 to 4, as long as nobody types anywhere. A held key is one verdict. */
function useKeys(judge: (verdict: Verdict) => Promise<void>): void {
  const act = useRef(judge);
  act.current = judge;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (!singleKeys.value || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.target instanceof Element && event.target.closest("input, select, textarea, dialog")) return;
      const verdict = VERDICTS[Number(event.key) - 1];
      if (!verdict) return;
      event.preventDefault();
      void act.current(verdict);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

function OpenIt({ fresh }: { fresh: Fresh }) {
  const address = hashOf({ at: "conversation", city: fresh.city, id: fresh.conversation_id, pane: "chat" });
  return (
    <p class="kb-notice red" role="alert">
      {m.judging.emergency}{" "}
      <a class="kb-button" href={address}>
        {m.judging.open}
      </a>
    </p>
  );
}

interface MessageOf {
  city: City;
  item: Judgement;
  busy: boolean;
  judge: (verdict: Verdict) => void;
}

function OneMessage({ city, item, busy, judge }: MessageOf) {
  const words = useRef<HTMLElement>(null);
  useEffect(() => words.current?.focus(), []);
  return (
    <>
      <article class="kb-judged" ref={words} tabIndex={-1} aria-label={m.judging.message}>
        {item.before.length > 0 && (
          <ul class="before" aria-label={m.judging.before}>
            {item.before.map((text, place) => (
              <li key={place}>{text}</li>
            ))}
          </ul>
        )}
        <blockquote>{item.text}</blockquote>
        <p class="kb-figures">
          {m.judging.takenFor} <strong>{kindName[item.taken_for] ?? item.taken_for}</strong>{" "}
          {item.topic && m.judging.topic(item.topic)} · {momentWords(item.at, city.timezone)}
        </p>
      </article>
      <div class="kb-verdicts" aria-busy={busy}>
        {VERDICTS.map((verdict, place) => {
          const [name, meaning] = m.judging.verdicts[verdict];
          return (
            <button key={verdict} type="button" class={verdict} aria-disabled={busy} onClick={() => judge(verdict)}>
              <kbd aria-hidden="true">{place + 1}</kbd>
              <span>
                <b>{name}</b>
                <small>{meaning}</small>
              </span>
            </button>
          );
        })}
      </div>
    </>
  );
}
