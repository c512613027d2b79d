// Who may change a case: whoever holds it, anybody while nobody does, and those who are above it.
import { effect } from "@preact/signals";
import { isMine, me } from "./desk";
import { go, route, unsaid } from "./route";
import type { Route } from "./route";
import type { Incident, Operator } from "./types";

export function mayEdit(incident: Incident): boolean {
  if (incident.status === "closed") return false;
  return incident.status === "waiting" || isMine(incident) || me.value?.operator.role !== "operator";
}

type Role = Operator["role"];

/** Who keeps what the city knows. */
export const mayWrite = (role: Role): boolean => role !== "operator";
/** Who may see the desk: an author sees no case. */
export const seesCases = (role: Role): boolean => role !== "author";

/** Where each role belongs when the address says nothing, and whence it is led back from where it has no business. */
export function keepInPlace(): void {
  effect(() => {
    const role = me.value?.operator.role;
    const here = route.value;
    if (!role) return;
    const inside = here.at === "knowledge";
    if (inside ? !mayWrite(role) : !seesCases(role)) go(inside ? { at: "list" } : KNOWLEDGE);
    else if (role === "admin" && unsaid()) go(KNOWLEDGE);
  });
}

const KNOWLEDGE: Route = { at: "knowledge", city: "", page: "", rest: [] };
