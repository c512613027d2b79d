import { useSignal } from "@preact/signals";
import { kindName, severityName } from "../../texts";
import type { City, Severity } from "../../types";
import { tell } from "../../ui";
import { nameOf } from "../about";
import { done, useFetched } from "../fetched";
import * as api from "../learning_api";
import type { Example, Intent } from "../learning_types";
import { m } from "../texts_more";
import type { About } from "../types";
import { Waiting } from "../Waiting";

const STATES: readonly Example["state"][] = ["proposed", "accepted", "rejected"];

/** What people at the desk corrected: taught to the bot once an admin has agreed. */
export function Examples({ city, about }: { city: City; about: About }) {
  const state = useSignal<Example["state"]>("proposed");
  const found = useFetched(`examples ${city.slug} ${state.value}`, () => api.examples(city.slug, state.value));
  const decide = async (one: Example, accept: boolean, meaning: api.Meaning): Promise<void> => {
    if (!(await done(() => api.decide(city.slug, one.id, accept, meaning)))) return;
    tell(accept ? m.learning.accepted : m.learning.rejected);
    await found.again();
  };
  const intents = found.value?.intents ?? [];
  return (
    <section aria-label={m.learning.tabs["examples"] ?? ""}>
      <p class="kb-hint">{m.learning.examplesHint}</p>
      <label class="kb-filter">
        <span>{m.learning.state}</span>
        <select value={state.value} onChange={(event) => (state.value = event.currentTarget.value as Example["state"])}>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {m.learning.examplesStates[one]}
            </option>
          ))}
        </select>
      </label>
      {!found.value && <Waiting on={found} />}
      {found.value?.examples.length === 0 && <p class="empty">{m.learning.examplesNone}</p>}
      <ul class="kb-cards">
        {found.value?.examples.map((one) => (
          <li key={one.id}>
            <ExampleCard
              one={one}
              about={about}
              intents={intents}
              {...(one.state === "proposed" && { decide: (yes: boolean, meaning: api.Meaning) => void decide(one, yes, meaning) })}
            />
          </li>
        ))}
      </ul>
      <Teach city={city} intents={intents} taught={found.again} />
    </section>
  );
}

interface CardOf {
  one: Example;
  about: About;
  intents: readonly Intent[];
  decide?: (accept: boolean, meaning: api.Meaning) => void;
}

function ExampleCard({ one, about, intents, decide }: CardOf) {
  const chosen = useSignal(one.intent ?? "");
  const missing = !chosen.value && !one.place;
  const accept = (): void => {
    const other = chosen.value !== (one.intent ?? "");
    if (!missing) decide?.(true, other ? { intent: chosen.value } : {});
  };
  return (
    <article class="kb-card">
      <blockquote>{one.text}</blockquote>
      <dl class="kb-pairs">
        <div>
          <dt>{m.learning.was}</dt>
          <dd>{wasWords(one)}</dd>
        </div>
        <div>
          <dt>{m.learning.is}</dt>
          <dd>
            <strong>{isWords(one)}</strong>
          </dd>
        </div>
      </dl>
      <p class="kb-figures">{m.learning.from(nameOf(about, one.proposed_by), m.learning.sources[one.source] ?? one.source)}</p>
      {decide && (
        <footer>
          <Meaning intents={intents} value={chosen.value} proposed={one.intent} place={Boolean(one.place)} put={(intent) => (chosen.value = intent)} />
          <button type="button" class="primary" aria-disabled={missing} onClick={accept}>
            {m.learning.accept}
          </button>
          <button type="button" onClick={() => decide(false, {})}>
            {m.learning.reject}
          </button>
        </footer>
      )}
    </article>
  );
}

interface MeaningOf {
  intents: readonly Intent[];
  value: string;
  proposed: string | null;
  /** True where the place alone may be the lesson. */
  place: boolean;
  put: (intent: string) => void;
}

function Meaning({ intents, value, proposed, place, put }: MeaningOf) {
  return (
    <label class="kb-meaning">
      <span class="unseen">{m.learning.meaning}</span>
      <select value={value} onChange={(event) => put(event.currentTarget.value)}>
        <option value="">{place ? m.learning.onlyPlace : m.learning.chooseMeaning}</option>
        {intents.map(({ intent, name }) => (
          <option key={intent} value={intent}>
            {intent === proposed ? m.learning.asProposed(name) : name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface TeachOf {
  city: City;
  intents: readonly Intent[];
  taught: () => Promise<void>;
}

/** A sentence of the admin's own. */
function Teach({ city, intents, taught }: TeachOf) {
  const text = useSignal("");
  const intent = useSignal("");
  const add = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (!text.value.trim() || !intent.value) return;
    if (!(await done(() => api.teach(city.slug, text.value.trim(), intent.value)))) return;
    text.value = "";
    tell(m.learning.taught);
    await taught();
  };
  return (
    <details class="kb-section">
      <summary>
        <strong>{m.learning.teach}</strong>
      </summary>
      <form class="inside" onSubmit={(event) => void add(event)}>
        <label class="field">
          <span>{m.learning.sentence}</span>
          <input required maxLength={300} autocomplete="off" value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
          <small>{m.learning.teachHint}</small>
        </label>
        <p class="kb-filter">
          <Meaning intents={intents} value={intent.value} proposed={null} place={false} put={(one) => (intent.value = one)} />
          <button type="submit" class="primary" aria-disabled={!text.value.trim() || !intent.value}>
            {m.learning.add}
          </button>
        </p>
      </form>
    </details>
  );
}

function wasWords({ was }: Example): string {
  const { intent_name: name, intent, kind } = was as Record<string, string | undefined>;
  return name ?? kindName[kind ?? ""] ?? intentWords(intent) ?? m.learning.unknown;
}

function isWords({ intent_name: name, intent, severity, place }: Example): string {
  const where = place && [place["landmark"], place["kelurahan"], place["kecamatan"]].filter(Boolean).join(", ");
  const parts = [
    name ?? intentWords(intent),
    severity && m.learning.severity(severityName[severity as Severity]),
    where && m.learning.place(where),
  ];
  return parts.filter(Boolean).join(" · ") || m.learning.unknown;
}

/** "darurat_kebakaran" as far as it reads by itself. */
const intentWords = (intent: string | null | undefined): string | undefined => intent?.replaceAll("_", " ") || undefined;
