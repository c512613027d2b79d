// What the operator is changing on a case: kept until the server has it, and never thrown away for another's change.
import { signal } from "@preact/signals";
import { complain, staleBy } from "./acts";
import * as api from "./api";
import { settle, store } from "./desk";
import { keep, recall } from "./kept";
import { keyOf } from "./store";
import type { Key } from "./store";
import type { Fact, Incident, Place } from "./types";

export type Field = "category" | "severity" | "place" | "note";

export interface Edit {
  key: Key;
  field: Field;
  /** What stood there when the operator began. */
  base: unknown;
  value: unknown;
  /** "conflict": somebody else changed the same field meanwhile. */
  state: "typing" | "saving" | "unsaved" | "conflict";
}

const KEPT = "edits";
const ATTEMPTS = 4;

export const edits = signal<readonly Edit[]>([]);

export function rememberEdits(): void {
  edits.value = recall<Edit[]>(KEPT, []).map((edit) => (edit.state === "saving" ? { ...edit, state: "unsaved" } : edit));
}

export const editOf = (incident: Incident, field: Field): Edit | undefined =>
  edits.value.find((edit) => edit.key === keyOf(incident.city, incident.id) && edit.field === field);

/** What the field shows: the operator's own words before what is stored. */
export function shown<Value>(incident: Incident, field: Field, stored: Value): Value {
  return (editOf(incident, field)?.value as Value | undefined) ?? stored;
}

export function write(incident: Incident, field: Field, value: unknown): void {
  const key = keyOf(incident.city, incident.id);
  const before = editOf(incident, field);
  const base = before ? before.base : incident[field];
  put({ key, field, base, value, state: before?.state === "conflict" ? "conflict" : "typing" });
}

export function writeAndSave(incident: Incident, field: Field, value: string | number | Place): void {
  write(incident, field, value);
  void save(incident, field);
}

export async function save(incident: Incident, field: Field): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const edit = editOf(incident, field);
    const current = store.value.incidents.get(keyOf(incident.city, incident.id));
    if (!edit || edit.state === "saving" || !current) return;
    if (same(edit.value, current[field])) return remove(edit);
    if (!same(edit.base, current[field])) return put({ ...edit, state: "conflict" });
    if (await stored(edit, current)) return;
  }
}

/** False where the case had changed meanwhile; it has been brought up to date, so a further attempt may succeed. */
async function stored(edit: Edit, current: Incident): Promise<boolean> {
  put({ ...edit, state: "saving" });
  try {
    await settle(api.update(current.city, current.id, current.version, { [edit.field]: edit.value }), (incident) => [
      { type: "incident", incident },
    ]);
    const now = editOf(current, edit.field);
    // Words typed while saving wait for their own turn.
    if (now && same(now.value, edit.value)) remove(now);
    else if (now) put({ ...now, base: edit.value, state: "typing" });
    return true;
  } catch (error) {
    const now = editOf(current, edit.field) ?? edit;
    put({ ...now, state: "unsaved" });
    if (staleBy(error)) return false;
    complain(error);
    return true;
  }
}

/** Once the line is back: whatever could not be stored. */
export function saveWaiting(): void {
  for (const edit of edits.value) {
    const incident = store.value.incidents.get(edit.key);
    if (incident && edit.state === "unsaved") void save(incident, edit.field);
  }
}

/** The operator has seen both values and wants the own one. */
export function insist(incident: Incident, field: Field): void {
  const edit = editOf(incident, field);
  if (!edit) return;
  put({ ...edit, base: incident[field], state: "typing" });
  void save(incident, field);
}

export function giveWay(incident: Incident, field: Field): void {
  const edit = editOf(incident, field);
  if (edit) remove(edit);
}

/** One fact, laid over those known, of which the bot may be adding others at the same moment. `null`: unknown again. */
export async function saveFact(incident: Incident, name: string, value: Fact): Promise<void> {
  let current: Incident | null = incident;
  for (let attempt = 0; attempt < ATTEMPTS && current; attempt++) current = await factStored(current, name, value);
}

/** The case as it stands where it had changed meanwhile, else null. */
async function factStored(incident: Incident, name: string, value: Fact): Promise<Incident | null> {
  try {
    const asked = api.update(incident.city, incident.id, incident.version, { facts: { [name]: value } });
    await settle(asked, (news) => [{ type: "incident", incident: news }]);
    return null;
  } catch (error) {
    const current = staleBy(error);
    if (!current) complain(error);
    return current;
  }
}

function put(edit: Edit): void {
  change([...others(edit), edit]);
}

function remove(edit: Edit): void {
  change(others(edit));
}

const others = (edit: Edit): Edit[] => edits.value.filter((one) => one.key !== edit.key || one.field !== edit.field);

function change(to: readonly Edit[]): void {
  edits.value = to;
  keep(KEPT, to.length ? to : undefined);
}

const plain = (value: unknown): string => JSON.stringify(value ?? null);
const same = (a: unknown, b: unknown): boolean => plain(a) === plain(b);
