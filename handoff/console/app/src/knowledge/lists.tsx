// Fields of several values, and parts of a form that fold.
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import { FormOf, described, faultsAt, faultsBelow, useBound } from "./bound";
import type { FieldOf } from "./bound";
import { drawn } from "./drawn";
import { withValue } from "./path";
import { k } from "./texts";

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
