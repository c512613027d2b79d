// Half-written replies, one a conversation, alive across reloads.
import { signal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { keep, recall } from "./kept";
import type { Key } from "./store";

let drafts = new Map<Key, Signal<string>>();

/** Another operator's drafts are none of this one's business. */
export function forgetDrafts(): void {
  drafts = new Map();
}

/** Words that did not get through come back into the box, before what stands there already. */
export function writeAgain(key: Key, words: string): void {
  const draft = draftOf(key);
  draft.value = [words, draft.value].filter(Boolean).join("\n");
}

export function draftOf(key: Key): Signal<string> {
  const name = `draft:${key}`;
  let draft = drafts.get(key);
  if (!draft) {
    draft = signal(recall(name, ""));
    draft.subscribe((words) => keep(name, words));
    drafts.set(key, draft);
  }
  return draft;
}
