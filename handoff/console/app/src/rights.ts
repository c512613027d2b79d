// Who may change a case: whoever holds it, anybody while nobody does, and those who are above it.
import { isMine, me } from "./desk";
import type { Incident } from "./types";

export function mayEdit(incident: Incident): boolean {
  if (incident.status === "closed") return false;
  return incident.status === "waiting" || isMine(incident) || me.value?.operator.role !== "operator";
}
