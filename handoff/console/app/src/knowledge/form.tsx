// A form over a body. Each field names its path and finds value, fault and lock by itself.
import { createContext } from "preact";
import type { ComponentChildren } from "preact";
import { useContext, useId } from "preact/hooks";
import { segments, strangers } from "../segments";
import { drawn } from "./drawn";
import { valueAt, withValue } from "./path";
import { signName, k } from "./texts";
import type { Body, Fault } from "./types";

export interface Form {
  body: Body;
  set: (change: Body) => void;
  faults: readonly Fault[];
  locked: boolean;
}

export const FormOf = createContext<Form>({ body: {}, set: () => undefined, faults: [], locked: true });

export interface Bound<Value> {
  id: string;
  value: Value;
  put: (value: Value) => void;
  fault: string;
  locked: boolean;
}

/** One path of the form that is around. */
export function useBound<Value>(name: string): Bound<Value> {
  const { body, set, faults, locked } = useContext(FormOf);
  const id = useId();
  const top = name.split(".")[0] as string;
  return {
    id,
    value: valueAt(body, name) as Value,
    put: (value) => set({ [top]: withValue(body, name, value)[top] }),
    fault: faultsAt(faults, name).join(" "),
    locked,
  };
}

export const faultsAt = (faults: readonly Fault[], name: string): string[] =>
  faults.filter(({ field }) => field === name).map(({ text }) => text);

/** How many faults lie at or below one of these paths. */
export const faultsBelow = (faults: readonly Fault[], names: readonly string[]): number =>
  faults.filter(({ field }) => names.some((name) => field === name || field.startsWith(`${name}.`))).length;

interface LabelledOf {
  id: string;
  label: string;
  /** What it is for, in one short line. */
  hint?: ComponentChildren;
  fault?: string;
  optional?: boolean | undefined;
  children: ComponentChildren;
}

/** Name, field, what it is for and what is wrong with it. */
export function Labelled({ id, label, hint, fault, optional, children }: LabelledOf) {
  return (
    <div class={fault ? "kb-field wrong" : "kb-field"}>
      <label for={id}>
        {label} {optional && <small>({k.form.optional})</small>}
      </label>
      {hint && (
        <small class="hint" id={`${id}-hint`}>
          {hint}
        </small>
      )}
      {children}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

export const described = (id: string, hint: unknown, fault: string): Record<string, string | boolean | undefined> => ({
  "aria-describedby": [hint ? `${id}-hint` : "", fault ? `${id}-fault` : ""].filter(Boolean).join(" ") || undefined,
  "aria-invalid": Boolean(fault),
});

export interface FieldOf {
  name: string;
  label: string;
  hint?: string;
  optional?: boolean;
}

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

interface SmsCountOf {
  text: string;
  fill?: (text: string) => string;
  mend?: (text: string) => void;
}

/** How many SMS it takes, as one types; signs that no SMS alphabet knows are named, for they more than halve the room. */
export function SmsCount({ text, fill, mend }: SmsCountOf) {
  const filled = (fill ? fill(text) : text).trim();
  const { parts, used, room, unicode } = segments(filled);
  const odd = strangers(text);
  const better = mended(text);
  return (
    <div class="kb-count" role="status">
      <span class={parts > 2 || unicode ? "much" : ""}>{filled ? k.form.sms(parts, used, room) : k.form.smsEmpty}</span>
      {unicode && odd.length > 0 && <span class="odd"> {k.form.odd(odd.map(signName).join(", "))}</span>}
      {unicode && better !== text && mend && (
        <button type="button" onClick={() => mend(better)}>
          {k.form.mend}
        </button>
      )}
    </div>
  );
}

const PLAIN: Record<string, string> = {
  "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "-", "·": "-", "\u00a0": " ", "\u202f": " ",
  "\t": " ", "`": "'", "×": "x", "→": "->",
};

/** The same words in signs that every SMS knows, as far as there are such. */
const mended = (text: string): string => [...text].map((one) => PLAIN[one] ?? one).join("");

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

interface LinesOf extends FieldOf {
  add: string;
  placeholder?: string;
}

/** A list of short texts, one a line. Enter goes to a new one; an empty one disappears by Backspace; pasted lines spread. */
export function Lines({ name, label, hint, add, placeholder }: LinesOf) {
  const { id, value, put, fault, locked } = useBound<string[] | null>(name);
  const { faults } = useContext(FormOf);
  const lines = value ?? [];
  const change = (to: string[], place: number): void => {
    drawn(() => put(to));
    document.getElementById(`${id}-${place}`)?.focus();
  };
  const insert = (place: number, said: string[]): void =>
    change([...lines.slice(0, place), ...said, ...lines.slice(place)], place + said.length - 1);
  const remove = (place: number): void =>
    change(lines.filter((_, other) => other !== place), Math.max(0, place - 1));
  const pressed = (event: KeyboardEvent, place: number): void => {
    if (event.isComposing) return;
    if (event.key === "Enter") insert(place + 1, [""]);
    else if (event.key === "Backspace" && lines[place] === "") remove(place);
    else return;
    event.preventDefault();
  };
  const pasted = (event: ClipboardEvent, place: number): void => {
    const said = (event.clipboardData?.getData("text") ?? "").split(/\r?\n/).map((one) => one.trim()).filter(Boolean);
    if (said.length < 2) return;
    event.preventDefault();
    change([...lines.slice(0, place), ...said, ...lines.slice(place + 1)], place + said.length - 1);
  };
  return (
    <fieldset class={fault ? "kb-field kb-lines wrong" : "kb-field kb-lines"} disabled={locked}>
      <legend>
        {label} <span class="count">{lines.length}</span>
      </legend>
      {hint && <small class="hint">{hint}</small>}
      <ul>
        {lines.map((line, place) => {
          const wrong = faultsAt(faults, `${name}.${place}`).join(" ");
          return (
            <li key={place} class={wrong ? "wrong" : ""}>
              <input
                id={`${id}-${place}`}
                value={line}
                placeholder={placeholder}
                aria-label={`${label} ${place + 1}`}
                autocomplete="off"
                onInput={(event) => put(withValue(lines, String(place), event.currentTarget.value))}
                onKeyDown={(event) => pressed(event, place)}
                onPaste={(event) => pasted(event, place)}
                {...described(`${id}-${place}`, "", wrong)}
              />
              <RemoveButton what={line || `${label} ${place + 1}`} act={() => remove(place)} />
              {wrong && (
                <p class="fault" id={`${id}-${place}-fault`}>
                  {wrong}
                </p>
              )}
            </li>
          );
        })}
      </ul>
      {!locked && (
        <button type="button" class="add" onClick={() => insert(lines.length, [""])}>
          + {add}
        </button>
      )}
      {fault && <p class="fault">{fault}</p>}
    </fieldset>
  );
}

export function RemoveButton({ what, act }: { what: string; act: () => void }) {
  return (
    <button type="button" class="quiet remove" aria-label={k.form.remove(what)} title={k.form.remove(what)} onClick={act}>
      ✕
    </button>
  );
}

interface ItemsOf<Item> {
  name: string;
  label: string;
  hint?: string;
  add: string;
  blank: Item;
  /** No more than so many. */
  most?: number;
  /** The fields of the item at this path. */
  children: (path: string, item: Item) => ComponentChildren;
}

/** A list of things that have several fields each. */
export function Items<Item>({ name, label, hint, add, blank, most, children }: ItemsOf<Item>) {
  const { id, value, put, fault, locked } = useBound<Item[] | null>(name);
  const items = value ?? [];
  const append = (): void => {
    drawn(() => put([...items, blank]));
    document.querySelector<HTMLElement>(`[id="${id}"] > ul > li:last-of-type :is(input, select, textarea)`)?.focus();
  };
  return (
    <fieldset class="kb-field kb-items" id={id} disabled={locked}>
      <legend class={label ? "" : "unseen"}>{label || add}</legend>
      {hint && <small class="hint">{hint}</small>}
      <ul>
        {items.map((item, place) => (
          <li key={place}>
            <div class="kb-item">{children(`${name}.${place}`, item)}</div>
            <RemoveButton what={`${label || add} ${place + 1}`} act={() => put(items.filter((_, other) => other !== place))} />
          </li>
        ))}
      </ul>
      {!locked && items.length < (most ?? Infinity) && (
        <button type="button" class="add" onClick={append}>
          + {add}
        </button>
      )}
      {fault && <p class="fault">{fault}</p>}
    </fieldset>
  );
}

interface SectionOf {
  title: string;
  /** What is in it, said in a few words while it is folded. */
  summary?: string;
  /** Paths that lie inside: a fault there unfolds it. */
  names: readonly string[];
  children: ComponentChildren;
}

/** A part of the form that is folded until somebody needs it, or something in it is wrong. */
export function Section({ title, summary, names, children }: SectionOf) {
  const { faults } = useContext(FormOf);
  const wrong = faultsBelow(faults, names);
  return (
    <details class="kb-section" {...(wrong > 0 && { open: true })}>
      <summary>
        <strong>{title}</strong> {summary && <small>{summary}</small>}
        {wrong > 0 && <b class="tag warn">{k.form.wrong(wrong)}</b>}
      </summary>
      <div class="inside">{children}</div>
    </details>
  );
}
