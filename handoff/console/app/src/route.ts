// Where the operator is, as the address's hash: a reload and the phone's back key work by themselves.
import { signal } from "@preact/signals";
import type { Id } from "./types";

/** `pane` matters only where the window is too narrow for two. */
export type Pane = "chat" | "case";
export type Route =
  | { at: "list" }
  | { at: "conversation" | "incident"; city: string; id: Id; pane: Pane }
  | { at: "by_hand" };

const WORDS = { conversation: "percakapan", incident: "laporan" } as const;
const CASE = "kasus";

function read(): Route {
  const [kind, city, id, pane] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (kind === "telepon") return { at: "by_hand" };
  const at = kind === WORDS.conversation ? "conversation" : kind === WORDS.incident ? "incident" : null;
  return at && city && id ? { at, city, id, pane: pane === CASE ? "case" : "chat" } : { at: "list" };
}

export function hashOf(route: Route): string {
  if (route.at === "list") return "#/";
  if (route.at === "by_hand") return "#/telepon";
  const pane = route.pane === "case" ? `/${CASE}` : "";
  return `#/${WORDS[route.at]}/${encodeURIComponent(route.city)}/${encodeURIComponent(route.id)}${pane}`;
}

export const route = signal<Route>(read());
addEventListener("hashchange", () => (route.value = read()));

export function go(to: Route): void {
  location.hash = hashOf(to);
  route.value = to;
}
