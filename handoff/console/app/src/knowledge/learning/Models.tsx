import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../../desk";
import { t } from "../../texts";
import { tell } from "../../ui";
import { nameOf as personOf } from "../about";
import { countWords, momentWords } from "../dates";
import { Dialog } from "../Dialog";
import { done, useFetched } from "../fetched";
import * as api from "../learning_api";
import type { Model } from "../learning_types";
import type { PageOf } from "../pages";
import { m } from "../texts_more";
import { Waiting } from "../Waiting";
import { Figures } from "./Figures";
import { Sayings } from "./WeeklyTen";

const BUSY_MS = 2_000;
const IDLE_MS = 15_000;

const underWay = (one: Model): boolean => one.state === "queued" || one.state === "training";

/** What the bot understands citizens with: the model in use, its exam, and every other that may take its place. */
export function Models({ city, about }: PageOf) {
  const found = useFetched("models", api.models);
  const asked = useSignal<Model | null>(null);
  const admin = me.value?.operator.role === "admin";
  const models = found.value?.models ?? [];
  const busy = models.some(underWay);
  useEffect(() => {
    const asking = setInterval(() => void found.again(), busy ? BUSY_MS : IDLE_MS);
    return () => clearInterval(asking);
  }, [busy]);
  const train = async (): Promise<void> => {
    if (busy || !(await done(() => api.train(m.models.why)))) return;
    tell(m.models.queued);
    await found.again();
  };
  const activate = async (one: Model): Promise<void> => {
    asked.value = null;
    if (await done(() => api.activate(one.id))) tell(m.models.activated);
    await found.again();
  };
  const inUse = models.find((one) => one.active);
  const others = models.filter((one) => !one.active);
  return (
    <div class="kb-page">
      <header class="kb-head">
        <h1>{m.models.title}</h1>
      </header>
      <p class="kb-hint">{m.models.hint}</p>
      {!found.value && <Waiting on={found} />}
      {found.value && (
        <p class="kb-strip">
          <span>{busy ? m.models.training : m.models.changed(found.value.changed_since)}</span>
          {admin && (
            <button type="button" class="primary" aria-disabled={busy} onClick={() => void train()}>
              {m.models.train}
            </button>
          )}
        </p>
      )}
      {inUse && (
        <section class="kb-block">
          <h2>{m.models.inUse}</h2>
          <OneModel one={inUse} zone={city.timezone} who={personOf(about, inUse.asked_by)} open />
        </section>
      )}
      {found.value && (
        <section class="kb-block">
          <h2>{m.models.others}</h2>
          {!others.length && <p class="empty">{m.models.none}</p>}
          <ul class="kb-cards">
            {others.map((one) => (
              <li key={one.id}>
                <OneModel one={one} zone={city.timezone} who={personOf(about, one.asked_by)} {...(admin && one.state === "ready" && !one.gone && { use: () => (asked.value = one) })} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {asked.value && <Sure one={asked.value} zone={city.timezone} yes={(one) => void activate(one)} shut={() => (asked.value = null)} />}
    </div>
  );
}

const nameOf = (one: Model, zone: string): string =>
  one.built_in || !one.asked_at ? m.models.builtIn : m.models.model(momentWords(one.asked_at, zone));

interface ModelOf {
  one: Model;
  zone: string;
  who: string;
  open?: boolean;
  use?: () => void;
}

const LOOKS: Record<Model["state"], string> = {
  queued: "tag warn",
  training: "tag warn",
  ready: "tag good",
  refused: "tag alarm",
  failed: "tag alarm",
};

function OneModel({ one, zone, who, open = false, use }: ModelOf) {
  const figures = one.report?.figures ?? [];
  return (
    <article class="kb-card">
      <header>
        <h3>{nameOf(one, zone)}</h3>
        {!one.built_in && <b class={LOOKS[one.state]}>{m.models.states[one.state]}</b>}
      </header>
      <p class="kb-figures">
        {one.built_in ? m.models.builtInHint : m.models.asked(who, one.why)}
        {one.phrases ? ` · ${m.models.phrases(countWords(one.phrases))}` : ""}
      </p>
      {underWay(one) && <Progress one={one} />}
      {one.detail && <p class="kb-detail">{one.detail}</p>}
      {one.gone && <p class="kb-figures">{m.models.gone}</p>}
      {figures.length > 0 && (
        <details class="kb-section" open={open || one.state === "refused"}>
          <summary>
            <strong>{m.models.details}</strong>
          </summary>
          <div class="inside">
            <Figures figures={figures} />
            <MissedPhrases phrases={one.report?.missed ?? []} />
          </div>
        </details>
      )}
      {use && (
        <footer>
          <button type="button" onClick={use}>
            {m.models.activate}
          </button>
        </footer>
      )}
    </article>
  );
}

function MissedPhrases({ phrases }: { phrases: readonly string[] }) {
  if (!phrases.length) return null;
  return (
    <details>
      <summary>{m.models.missedTitle(phrases.length)}</summary>
      <Sayings texts={phrases} />
    </details>
  );
}

function Progress({ one }: { one: Model }) {
  const percent = Math.round(one.progress * 100);
  return (
    <p class="kb-progress">
      <progress max={100} value={percent} aria-label={m.models.states[one.state]} />
      <span>{m.models.progress(percent, one.step)}</span>
    </p>
  );
}

interface SureOf {
  one: Model;
  zone: string;
  yes: (one: Model) => void;
  shut: () => void;
}

function Sure({ one, zone, yes, shut }: SureOf) {
  return (
    <Dialog title={m.models.sure(nameOf(one, zone))} shut={shut}>
      <p>{m.models.sureText}</p>
      <div class="dialog-acts">
        <button type="button" onClick={shut}>
          {t.cancel}
        </button>
        <button type="button" class="primary" data-first onClick={() => yes(one)}>
          {m.models.yes}
        </button>
      </div>
    </Dialog>
  );
}
