import { useSignal } from "@preact/signals";
import { clockOf } from "./article";
import { Items, Labelled, described, useBound } from "./form";
import { k } from "./texts";
import type { Hours } from "./types";

const WEEKDAYS: Hours = { days: [1, 2, 3, 4, 5], opens: "08:00", closes: "15:00" };

/** Opening hours as data: days to tick, from and to. A break at noon is two rows. */
export function HoursField() {
  return (
    <Items<Hours> name="hours" label={k.hours.label} hint={k.hours.hint} add={k.hours.add} blank={WEEKDAYS}>
      {(path) => (
        <>
          <Days name={`${path}.days`} />
          <ClockField name={`${path}.opens`} label={k.hours.opens} />
          <ClockField name={`${path}.closes`} label={k.hours.closes} />
        </>
      )}
    </Items>
  );
}

/** A time as Indonesians write it, 08.00; 24.00 is the end of the day, which a browser's own field does not know. */
function ClockField({ name, label }: { name: string; label: string }) {
  const { id, value, put, fault, locked } = useBound<string>(name);
  const typed = useSignal<string | null>(null);
  const said = typed.value ?? (value ?? "").replace(":", ".");
  return (
    <Labelled id={id} label={label} fault={fault}>
      <input
        id={id}
        inputMode="decimal"
        value={said}
        placeholder={k.hours.example}
        disabled={locked}
        autocomplete="off"
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          put(clockOf(typed.value));
        }}
        onBlur={() => (typed.value = null)}
        {...described(id, "", fault)}
      />
    </Labelled>
  );
}

function Days({ name }: { name: string }) {
  const { value, put, fault } = useBound<number[]>(name);
  const days = value ?? [];
  const tick = (day: number, on: boolean): void =>
    put(on ? [...days, day].sort((a, b) => a - b) : days.filter((one) => one !== day));
  return (
    <fieldset class="kb-days">
      <legend>{k.hours.days}</legend>
      {k.days.map((said, place) => (
        <label key={said}>
          <input
            type="checkbox"
            checked={days.includes(place + 1)}
            onChange={(event) => tick(place + 1, event.currentTarget.checked)}
          />
          <span title={said}>{said.slice(0, 3)}</span>
        </label>
      ))}
      {fault && <p class="fault">{fault}</p>}
    </fieldset>
  );
}
