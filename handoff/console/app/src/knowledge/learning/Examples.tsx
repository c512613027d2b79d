import { useSignal } from "@preact/signals";
import { kindName, severityName } from "../../texts";
import type { City, Severity } from "../../types";
import { tell } from "../../ui";
import { done, useFetched } from "../fetched";
import * as api from "../learning_api";
import type { Example } from "../learning_types";
import { m } from "../texts_more";
import { Waiting } from "../Waiting";

const STATES: readonly Example["state"][] = ["proposed", "accepted", "rejected"];

/** What people at the desk corrected: taught to the bot once an admin has agreed. */
export function Examples({ city, admin }: { city: City; admin: boolean }) {
  const state = useSignal<Example["state"]>("proposed");
  const found = useFetched(`examples ${city.slug} ${state.value}`, () => api.examples(city.slug, state.value));
  const decide = async (one: Example, accept: boolean): Promise<void> => {
    if (!(await done(() => api.decide(city.slug, one.id, accept)))) return;
    tell(accept ? m.learning.accepted : m.learning.rejected);
    await found.again();
  };
  return (
    <section aria-label={m.learning.tabs["examples"] ?? ""}>
      <p class="kb-hint">
        {m.learning.examplesHint} {!admin && m.learning.onlyAdmin}
      </p>
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
            <ExampleCard one={one} {...(admin && one.state === "proposed" && { decide: (yes: boolean) => void decide(one, yes) })} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExampleCard({ one, decide }: { one: Example; decide?: (accept: boolean) => void }) {
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
      <p class="kb-figures">{m.learning.from(one.proposed_by, m.learning.sources[one.source] ?? one.source)}</p>
      {decide && (
        <footer>
          <button type="button" class="primary" onClick={() => decide(true)}>
            {m.learning.accept}
          </button>
          <button type="button" onClick={() => decide(false)}>
            {m.learning.reject}
          </button>
        </footer>
      )}
    </article>
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
