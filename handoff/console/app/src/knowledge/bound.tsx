// One field of a form: it names its path into the body, and finds value, fault and lock by itself.
import { createContext } from "preact";
import type { ComponentChildren } from "preact";
import { useContext, useId } from "preact/hooks";
import { valueAt, withValue } from "./path";
import { k } from "./texts";
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
