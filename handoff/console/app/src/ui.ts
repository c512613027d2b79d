// What is open on the screen beside the route: the list's tab, its search, the dialog, short notices.
import { signal } from "@preact/signals";

export type ListTab = "queue" | "bot" | "closed";
export const TABS: readonly ListTab[] = ["queue", "bot", "closed"];
export const tab = signal<ListTab>("queue");
export const search = signal("");

export type Dialog = "help" | "close" | "handback" | "cards" | "password" | null;
export const dialog = signal<Dialog>(null);

export interface Notice {
  id: number;
  words: string;
  bad: boolean;
}
export const notices = signal<readonly Notice[]>([]);
let count = 0;

const GOOD_MS = 5_000;
const BAD_MS = 12_000;

export function tell(words: string, bad = false): void {
  const notice = { id: ++count, words, bad };
  notices.value = [...notices.value.slice(-2), notice];
  setTimeout(() => drop(notice.id), bad ? BAD_MS : GOOD_MS);
}

export function drop(id: number): void {
  notices.value = notices.value.filter((one) => one.id !== id);
}

/** Spoken at once by a screen reader. */
export const urgentWords = signal("");

export function focusOn(id: string): void {
  document.getElementById(id)?.focus();
}
