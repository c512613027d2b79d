// Fields of one value each.
import { Labelled, described, useBound } from "./bound";
import type { FieldOf } from "./bound";
import { SmsCount } from "./SmsCount";
import { k } from "./texts";

interface LineOf extends FieldOf {
  type?: "text" | "url" | "tel" | "date" | "time" | "number";
}

/** One line of text, a day, a number. An emptied field is null where it may be left out. */
export function Line({ name, label, hint, optional, type = "text" }: LineOf) {
  const { id, value, put, fault, locked } = useBound<string | number | null>(name);
  const typed = (said: string): void => {
    if (said === "" && optional) put(null);
    else put(type === "number" && said !== "" ? Number(said) : said);
  };
  return (
    <Labelled id={id} label={label} hint={hint} fault={fault} optional={optional}>
      <input
        id={id}
        // The types of JSX want each kind of input written out.
        type={type as "text"}
        {...(type === "number" && { step: "any" })}
        value={value ?? ""}
        disabled={locked}
        autocomplete="off"
        onInput={(event) => typed(event.currentTarget.value)}
        {...described(id, hint, fault)}
      />
    </Labelled>
  );
}

interface WordsOf extends FieldOf {
  rows?: number;
  /** Most characters; counted below the field. */
  most?: number;
  /** Counted in SMS parts, with the signs named that make it longer. `fill` puts in what placeholders become. */
  sms?: boolean;
  fill?: ((text: string) => string) | undefined;
}

/** Several lines of text. */
export function Words({ name, label, hint, optional, rows = 4, most, sms, fill }: WordsOf) {
  const { id, value, put, fault, locked } = useBound<string | null>(name);
  const said = value ?? "";
  return (
    <Labelled id={id} label={label} hint={hint} fault={fault} optional={optional}>
      <textarea
        id={id}
        rows={rows}
        value={said}
        disabled={locked}
        onInput={(event) => put(event.currentTarget.value === "" && optional ? null : event.currentTarget.value)}
        {...described(id, hint, fault)}
      />
      {sms && <SmsCount text={said} {...(fill && { fill })} {...(!locked && { mend: (text: string) => put(text) })} />}
      {most && <Count used={(fill ? fill(said) : said).trim().length} most={most} />}
    </Labelled>
  );
}

function Count({ used, most }: { used: number; most: number }) {
  return <p class={used > most ? "kb-count much" : "kb-count"}>{k.form.characters(used, most)}</p>;
}

interface ChoiceOf extends FieldOf {
  options: readonly (readonly [value: string, name: string])[];
  /** The value is a number. */
  numeric?: boolean;
}

/** One of several; "" stands for none. */
export function Choice({ name, label, hint, optional, options, numeric }: ChoiceOf) {
  const { id, value, put, fault, locked } = useBound<string | number | null>(name);
  return (
    <Labelled id={id} label={label} hint={hint} fault={fault} optional={optional}>
      <select
        id={id}
        value={String(value ?? "")}
        disabled={locked}
        onChange={({ currentTarget: { value: chosen } }) => put(numeric && chosen ? Number(chosen) : chosen || null)}
        {...described(id, hint, fault)}
      >
        {options.map(([one, said]) => (
          <option key={one} value={one}>
            {said}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** Yes or no. */
export function Check({ name, label, hint }: FieldOf) {
  const { id, value, put, fault, locked } = useBound<boolean>(name);
  return (
    <div class="kb-field">
      <label class="check">
        <input
          id={id}
          type="checkbox"
          checked={value}
          disabled={locked}
          onChange={(event) => put(event.currentTarget.checked)}
          {...described(id, hint, fault)}
        />
        {label}
      </label>
      {hint && (
        <small class="hint" id={`${id}-hint`}>
          {hint}
        </small>
      )}
      {fault && <p class="fault" id={`${id}-fault`}>{fault}</p>}
    </div>
  );
}
