import { useSignal } from "@preact/signals";
import type { City } from "../../types";
import { tell } from "../../ui";
import { momentWords } from "../dates";
import { done, useFetched } from "../fetched";
import * as api from "../learning_api";
import type { Group, GroupState } from "../learning_types";
import { m } from "../texts_more";
import { Waiting } from "../Waiting";
import { DraftButton, Sayings } from "./WeeklyTen";

const STATES: readonly GroupState[] = ["open", "drafted", "ignored"];

/** Every group of questions that ask the same, the largest first. */
export function Groups({ city }: { city: City }) {
  const state = useSignal<GroupState>("open");
  const learned = useFetched(`groups ${city.slug} ${state.value}`, () => api.learning(city.slug, state.value));
  return (
    <section aria-label={m.learning.tabs["groups"] ?? ""}>
      <p class="kb-hint">{m.learning.groupsHint}</p>
      <label class="kb-filter">
        <span>{m.learning.state}</span>
        <select value={state.value} onChange={(event) => (state.value = event.currentTarget.value as GroupState)}>
          {STATES.map((one) => (
            <option key={one} value={one}>
              {m.learning.states[one]}
            </option>
          ))}
        </select>
      </label>
      {learned.value ? <GroupList city={city} state={state.value} learned={learned} /> : <Waiting on={learned} />}
    </section>
  );
}

interface ListOf {
  city: City;
  state: GroupState;
  learned: ReturnType<typeof useFetched<Awaited<ReturnType<typeof api.learning>>>>;
}

function GroupList({ city, state, learned }: ListOf) {
  const answer = learned.value;
  if (!answer) return null;
  const { groups, total } = answer;
  const more = async (): Promise<void> => {
    await done(async () => {
      const next = await api.learning(city.slug, state, groups.length);
      learned.put({ ...next, groups: [...groups, ...next.groups] });
    });
  };
  if (!groups.length) return <p class="empty">{m.learning.groupsNone}</p>;
  return (
    <>
      <ul class="kb-cards">
        {groups.map((one) => (
          <li key={one.id}>
            <GroupCard city={city} one={one} changed={learned.again} />
          </li>
        ))}
      </ul>
      {groups.length < total && (
        <button type="button" onClick={() => void more()}>
          {m.more(total - groups.length)}
        </button>
      )}
    </>
  );
}

function GroupCard({ city, one, changed }: { city: City; one: Group; changed: () => Promise<void> }) {
  const leave = async (): Promise<void> => {
    const ignored = one.state === "ignored";
    const act = ignored ? api.reopenGroup : api.ignoreGroup;
    if (!(await done(() => act(city.slug, one.id)))) return;
    tell(ignored ? m.learning.reopened : m.learning.ignored);
    await changed();
  };
  return (
    <article class="kb-card">
      <header>
        <h2>{one.title}</h2>
      </header>
      <p class="kb-figures">
        {m.learning.size(one.size)} · {m.learning.last(momentWords(one.last_at, city.timezone))}
      </p>
      <Sayings texts={one.examples} />
      <footer>
        {one.state !== "ignored" && <DraftButton city={city} id={one.id} slug={one.slug} />}
        {one.state !== "drafted" && (
          <button type="button" onClick={() => void leave()}>
            {one.state === "ignored" ? m.learning.reopen : m.learning.ignore}
          </button>
        )}
      </footer>
    </article>
  );
}
