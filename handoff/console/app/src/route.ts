// Where the operator is, as the address's hash: a reload and the phone's back key work by themselves.
import { signal } from "@preact/signals";
import type { Id } from "./types";

/** `pane` matters only where the window is too narrow for two. */
export type Pane = "chat" | "case";
export type Route =
  | { at: "list" }
  | { at: "conversation" | "incident"; city: string; id: Id; pane: Pane }
  | { at: "by_hand" }
  /** `city` and `page` may be empty: the first of its kind. */
  | { at: "knowledge"; city: string; page: string; rest: readonly string[] };

const WORDS = { conversation: "percakapan", incident: "laporan" } as const;
const CASE = "kasus";
const KNOWLEDGE = "pengetahuan";

function read(): Route {
  const [kind, city, id, pane, ...more] = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  if (kind === "telepon") return { at: "by_hand" };
  if (kind === KNOWLEDGE) {
    return { at: "knowledge", city: city ?? "", page: id ?? "", rest: [pane ?? "", ...more].filter(Boolean) };
  }
  const at = kind === WORDS.conversation ? "conversation" : kind === WORDS.incident ? "incident" : null;
  return at && city && id ? { at, city, id, pane: pane === CASE ? "case" : "chat" } : { at: "list" };
}

/** An address may have been typed by hand. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function hashOf(route: Route): string {
  if (route.at === "list") return "#/";
  if (route.at === "by_hand") return "#/telepon";
  if (route.at === "knowledge") {
    return `#/${[KNOWLEDGE, route.city, route.page, ...route.rest].filter(Boolean).map(encodeURIComponent).join("/")}`;
  }
  const pane = route.pane === "case" ? `/${CASE}` : "";
  return `#/${WORDS[route.at]}/${encodeURIComponent(route.city)}/${encodeURIComponent(route.id)}${pane}`;
}

export const route = signal<Route>(read());
addEventListener("hashchange", () => (route.value = read()));

/** True where the address names nothing yet: whoever comes in lands where the role belongs. */
export const unsaid = (): boolean => location.hash === "";

export function go(to: Route): void {
  location.hash = hashOf(to);
  route.value = to;
}
