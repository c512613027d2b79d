import { useSignal } from "@preact/signals";
import { ApiError } from "../../api";
import { complain } from "../../acts";
import { me } from "../../desk";
import { t } from "../../texts";
import type { Operator } from "../../types";
import { Dialog } from "../Dialog";
import * as api from "../learning_api";
import type { Account } from "../learning_types";
import { m } from "../texts_more";

type Role = Operator["role"];
const ROLES: readonly Role[] = ["operator", "supervisor", "author", "admin"];

interface FormOf {
  /** Null: a new one. */
  person: Account | null;
  shut: () => void;
  stored: (said: string) => void;
  given: (answer: api.WithPassword) => void;
}

/** Name, role and cities of one account. */
export function PersonForm({ person, shut, stored, given }: FormOf) {
  const own = me.value?.cities ?? [];
  const username = useSignal(person?.username ?? "");
  const name = useSignal(person?.name ?? "");
  const role = useSignal<Role>(person?.role ?? "operator");
  const cities = useSignal<readonly string[]>(person?.cities ?? (own.length === 1 ? own.map((one) => one.slug) : []));
  const problem = useSignal("");
  const busy = useSignal(false);

  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    problem.value = cities.value.length ? "" : m.people.noCity;
    if (problem.value) return;
    busy.value = true;
    const about = { name: name.value.trim(), role: role.value, cities: [...cities.value] };
    try {
      if (person) {
        await api.changePerson(person.username, about);
        stored(m.people.saved(about.name));
      } else given(await api.addPerson(username.value.trim().toLowerCase(), about));
    } catch (error) {
      if (error instanceof ApiError && !error.passing) problem.value = error.detail || t.trouble;
      else complain(error);
    }
    busy.value = false;
  };
  const tick = (slug: string, on: boolean): void => {
    cities.value = on ? [...cities.value, slug] : cities.value.filter((one) => one !== slug);
  };
  return (
    <Dialog title={person ? `${m.people.change} ${person.name}` : m.people.add} shut={shut}>
      <form onSubmit={(event) => void save(event)}>
        {!person && (
          <label class="field">
            <span>{m.people.username}</span>
            <input
              data-first
              required
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              value={username.value}
              aria-describedby="username-hint"
              onInput={(event) => (username.value = event.currentTarget.value)}
            />
            <small id="username-hint">{m.people.usernameHint}</small>
          </label>
        )}
        <label class="field">
          <span>{m.people.name}</span>
          <input
            {...(person && { "data-first": true })}
            required
            autocomplete="off"
            value={name.value}
            aria-describedby="name-hint"
            onInput={(event) => (name.value = event.currentTarget.value)}
          />
          <small id="name-hint">{m.people.nameHint}</small>
        </label>
        <fieldset class="kb-choices">
          <legend>{m.people.role}</legend>
          {ROLES.map((one) => (
            <label key={one} class="check">
              <input type="radio" name="role" value={one} checked={role.value === one} onChange={() => (role.value = one)} />
              <span>
                <b>{m.people.roles[one][0]}</b> <small>{m.people.roles[one][1]}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <fieldset class="kb-choices">
          <legend>{m.people.cities}</legend>
          <small>{m.people.citiesHint}</small>
          {own.map((one) => (
            <label key={one.slug} class="check">
              <input
                type="checkbox"
                checked={cities.value.includes(one.slug)}
                onChange={(event) => tick(one.slug, event.currentTarget.checked)}
              />
              {one.name}
            </label>
          ))}
        </fieldset>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <div class="dialog-acts">
          <button type="button" onClick={shut}>
            {t.cancel}
          </button>
          <button type="submit" class="primary" aria-disabled={busy.value}>
            {person ? m.people.save : m.people.add}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
