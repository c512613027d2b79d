import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { complain, openCase } from "../acts";
import * as api from "../api";
import { cityOf, me, settle } from "../desk";
import { keep, recall } from "../kept";
import { backToList } from "../keys";
import { EMPTY_PLACE } from "../places";
import { uuid } from "../random";
import { sourceName, t } from "../texts";
import type { City, Incident, Place, Severity } from "../types";
import { SeverityChoice } from "./CaseFields";
import { Icon } from "./Icon";
import { PlaceEditor } from "./PlaceEditor";

interface Draft {
  client_id: string;
  /** Sent before, and nobody knows whether it arrived. */
  tried: boolean;
  city: string;
  source: api.ByHand["source"];
  category: string;
  severity: Severity;
  place: Place;
  caller_name: string;
  caller_phone: string;
  note: string;
}

const KEPT = "by_hand";
const blank = (): Draft => ({
  client_id: uuid(),
  tried: false,
  city: me.value?.cities[0]?.slug ?? "",
  source: "phone",
  category: "",
  severity: 2,
  place: EMPTY_PLACE,
  caller_name: "",
  caller_phone: "",
  note: "",
});

const draft = signal<Draft | null>(null);

function set(change: Partial<Draft>): void {
  draft.value = { ...(draft.value ?? blank()), ...change };
  keep(KEPT, draft.value);
}

/** A case for somebody who calls, radios or stands at the counter. The queue stays in sight beside it. */
export function ByHand() {
  const problem = useSignal("");
  const busy = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    draft.value = { ...blank(), ...recall<Partial<Draft>>(KEPT, {}) };
    form.current?.querySelector<HTMLElement>("select, input:checked")?.focus();
  }, []);
  const said = draft.value ?? blank();
  const city = cityOf(said.city) ?? me.value?.cities[0];
  if (!city) return null;

  const clear = (): void => {
    draft.value = blank();
    keep(KEPT, undefined);
  };
  const open = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = said.category ? "" : t.byHand.missing;
    if (problem.value || busy.value) return;
    busy.value = true;
    try {
      const incident = await settle(opened(said), (news) => [{ type: "incident", incident: news }]);
      clear();
      openCase(incident);
    } catch (error) {
      if (error instanceof api.ApiError && !error.passing) problem.value = error.detail;
      else set({ tried: true });
      complain(error);
    }
    busy.value = false;
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    // Enter in a line must not open a case that is half filled in.
    if (event.target instanceof HTMLInputElement) event.preventDefault();
    if (event.ctrlKey) form.current?.requestSubmit();
  };
  return (
    <form
      class="by-hand-form"
      ref={form}
      onSubmit={(event) => void open(event)}
      onKeyDown={pressed}
    >
      <header class="case-head">
        <button type="button" class="quiet back" aria-label={t.back} onClick={backToList}>
          <Icon name="back" />
        </button>
        <h1>{t.byHand.title}</h1>
      </header>
      <div class="columns">
        <CallFields said={said} city={city} />
        <div>
          <PlaceEditor
            key={city.slug}
            city={city}
            place={said.place}
            alternatives={[]}
            outside={false}
            pins={[]}
            locked={false}
            onPlace={(place) => set({ place })}
          />
        </div>
      </div>
      <footer>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <small>{t.byHand.kept}</small>
        <button type="button" onClick={clear}>
          {t.byHand.discard}
        </button>
        <button type="submit" class="primary" aria-disabled={busy.value}>
          {busy.value ? t.byHand.opening : t.byHand.open}
        </button>
      </footer>
    </form>
  );
}

/** One call is one case however often it is sent; where an earlier try arrived, what was changed since is added to it. */
async function opened(said: Draft): Promise<Incident> {
  const incident = await api.openByHand(asSent(said));
  if (!said.tried) return incident;
  const { category, severity, place, note } = said;
  return api.update(incident.city, incident.id, incident.version, { category, severity, place, note });
}

function asSent({ caller_name: name, caller_phone: phone, tried: _, ...rest }: Draft): api.ByHand {
  return { ...rest, ...(name.trim() && { caller_name: name.trim() }), ...(phone.trim() && { caller_phone: phone.trim() }) };
}

function CallFields({ said, city }: { said: Draft; city: City }) {
  const cities = me.value?.cities ?? [];
  const choose = (slug: string): void => {
    const category = city.categories.find((one) => one.slug === slug);
    set({ category: slug, ...(category && { severity: category.severity }) });
  };
  return (
    <div>
      <fieldset class="row-of-choices sources">
        <legend>{t.byHand.source}</legend>
        {(["phone", "radio", "walk_in"] as const).map((one) => (
          <label key={one}>
            <input type="radio" name="source" checked={said.source === one} onChange={() => set({ source: one })} />
            <span>{sourceName[one]}</span>
          </label>
        ))}
      </fieldset>
      {cities.length > 1 && (
        <label class="field">
          <span>{t.byHand.city}</span>
          <select
            value={said.city}
            onChange={(event) => set({ city: event.currentTarget.value, category: "", place: EMPTY_PLACE })}
          >
            {cities.map((one) => (
              <option key={one.slug} value={one.slug}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label class="field">
        <span>{t.byHand.category}</span>
        <select value={said.category} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{t.byHand.choose}</option>
          {city.categories.map((one) => (
            <option key={one.slug} value={one.slug}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <SeverityChoice name="by-hand-severity" value={said.severity} onChoose={(severity) => set({ severity })} />
      <label class="field">
        <span>{t.byHand.note}</span>
        <textarea rows={4} value={said.note} onInput={(event) => set({ note: event.currentTarget.value })} />
      </label>
      <div class="areas">
        <label class="field">
          <span>
            {t.byHand.caller} <small>({t.byHand.optional})</small>
          </span>
          <input
            value={said.caller_name}
            autocomplete="off"
            onInput={(event) => set({ caller_name: event.currentTarget.value })}
          />
        </label>
        <label class="field">
          <span>
            {t.byHand.phone} <small>({t.byHand.optional})</small>
          </span>
          <input
            type="tel"
            value={said.caller_phone}
            autocomplete="off"
            onInput={(event) => set({ caller_phone: event.currentTarget.value })}
          />
        </label>
      </div>
    </div>
  );
}
