import { useSignal } from "@preact/signals";
import { me } from "../../desk";
import { t } from "../../texts";
import { tell } from "../../ui";
import { Dialog } from "../Dialog";
import { done, useFetched } from "../fetched";
import * as api from "../learning_api";
import type { Account } from "../learning_types";
import type { PageOf } from "../pages";
import { m } from "../texts_more";
import { Waiting } from "../Waiting";
import { OneTimePassword } from "./OneTimePassword";
import { PersonForm } from "./PersonForm";

type Asked =
  | { what: "add" }
  | { what: "change" | "disable" | "renew"; person: Account }
  | { what: "password"; person: Account; password: string }
  | null;

/** Who may come in, and may do what. */
export function People(_: PageOf) {
  const found = useFetched("people", api.people);
  const asked = useSignal<Asked>(null);
  const sought = useSignal("");
  const shut = (): void => {
    asked.value = null;
  };
  const stored = (said: string): void => {
    shut();
    tell(said);
    void found.again();
  };
  const given = ({ person, password }: api.WithPassword): void => {
    asked.value = { what: "password", person, password };
    void found.again();
  };
  const word = sought.value.trim().toLowerCase();
  const people = (found.value?.people ?? []).filter((one) => `${one.name}\n${one.username}`.toLowerCase().includes(word));
  return (
    <div class="kb-page">
      <header class="kb-head">
        <h1>{m.people.title}</h1>
        <div class="kb-acts">
          <button type="button" class="primary" onClick={() => (asked.value = { what: "add" })}>
            + {m.people.add}
          </button>
        </div>
      </header>
      <p class="kb-hint">{m.people.hint}</p>
      <label class="kb-filter">
        <span>{m.people.find}</span>
        <input type="search" value={sought.value} onInput={(event) => (sought.value = event.currentTarget.value)} />
      </label>
      {!found.value && <Waiting on={found} />}
      {found.value && (
        <>
          <p class="kb-figures" role="status">
            {people.length ? m.people.count(people.length) : m.people.none}
          </p>
          <PeopleTable people={people} ask={(what, person) => (asked.value = { what, person })} open={(one) => void enable(one, stored)} />
        </>
      )}
      <Dialogs asked={asked.value} shut={shut} stored={stored} given={given} />
    </div>
  );
}

async function enable(person: Account, stored: (said: string) => void): Promise<void> {
  if (await done(() => api.switchPerson(person.username, "enable"))) stored(m.people.opened(person.name));
}

interface TableOf {
  people: readonly Account[];
  ask: (what: "change" | "disable" | "renew", person: Account) => void;
  open: (person: Account) => void;
}

function PeopleTable({ people, ask, open }: TableOf) {
  if (!people.length) return null;
  return (
    <table class="kb-table kb-people">
      <thead>
        <tr>
          <th scope="col">{m.people.name}</th>
          <th scope="col">{m.people.role}</th>
          <th scope="col">{m.people.cities}</th>
          <th scope="col">{m.people.state}</th>
          <th scope="col">{m.people.acts}</th>
        </tr>
      </thead>
      <tbody>
        {people.map((one) => (
          <tr key={one.username} class={one.disabled_at ? "shut" : ""}>
            <th scope="row">
              {one.name} <small>{one.username}</small>
            </th>
            <td>{m.people.roles[one.role][0]}</td>
            <td>{one.cities.map(cityName).join(", ")}</td>
            <td>
              <StateOf person={one} />
            </td>
            <td class="acts">
              <button type="button" aria-label={`${m.people.change} ${one.name}`} onClick={() => ask("change", one)}>
                {m.people.change}
              </button>
              {!one.disabled_at && (
                <button type="button" aria-label={`${m.people.password} ${one.name}`} onClick={() => ask("renew", one)}>
                  {m.people.password}
                </button>
              )}
              {one.disabled_at ? (
                <button type="button" aria-label={`${m.people.enable} ${one.name}`} onClick={() => open(one)}>
                  {m.people.enable}
                </button>
              ) : (
                !self(one) && (
                  <button type="button" aria-label={`${m.people.disable} ${one.name}`} onClick={() => ask("disable", one)}>
                    {m.people.disable}
                  </button>
                )
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const self = (one: Account): boolean => one.username === me.value?.operator.username;
const cityName = (slug: string): string => me.value?.cities.find((one) => one.slug === slug)?.short_name ?? slug;

function StateOf({ person }: { person: Account }) {
  if (person.disabled_at) return <b class="tag alarm">{m.people.disabled}</b>;
  if (self(person)) return <span class="tag">{m.people.self}</span>;
  if (person.must_change_password) return <span class="tag warn">{m.people.fresh}</span>;
  return <span class="tag good">{m.people.active}</span>;
}

interface DialogsOf {
  asked: Asked;
  shut: () => void;
  stored: (said: string) => void;
  given: (answer: api.WithPassword) => void;
}

function Dialogs({ asked, shut, stored, given }: DialogsOf) {
  if (!asked) return null;
  if (asked.what === "password") return <OneTimePassword person={asked.person} password={asked.password} shut={shut} />;
  if (asked.what === "add") return <PersonForm person={null} shut={shut} stored={stored} given={given} />;
  const { person } = asked;
  if (asked.what === "change") return <PersonForm person={person} shut={shut} stored={stored} given={given} />;
  const renewing = asked.what === "renew";
  const sure = (): Promise<boolean> =>
    done(async () => {
      if (renewing) given(await api.renewPassword(person.username));
      else {
        await api.switchPerson(person.username, "disable");
        stored(m.people.closed(person.name));
      }
    });
  return (
    <Dialog title={renewing ? m.people.surePassword(person.name) : m.people.sureDisable(person.name)} shut={shut}>
      <p>{renewing ? m.people.passwordText : m.people.disableText}</p>
      <div class="dialog-acts">
        <button type="button" data-first onClick={shut}>
          {t.cancel}
        </button>
        <button type="button" class={renewing ? "primary" : "danger"} onClick={() => void sure()}>
          {renewing ? m.people.yesPassword : m.people.disable}
        </button>
      </div>
    </Dialog>
  );
}
