import { useSignal } from "@preact/signals";
import { Dialog } from "../Dialog";
import type { Account } from "../learning_types";
import { m } from "../texts_more";

/** Shown once, and kept nowhere. */
export function OneTimePassword({ person, password, shut }: { person: Account; password: string; shut: () => void }) {
  const copied = useSignal(false);
  const copy = (): void => {
    // An office's plain http has no clipboard: then it is read from the screen.
    void navigator.clipboard?.writeText(password).then(() => (copied.value = true), () => undefined);
  };
  return (
    <Dialog title={m.people.once(person.name)} shut={shut}>
      <p class="kb-password">
        <output aria-label={m.people.once(person.name)}>{password}</output>
        {navigator.clipboard && (
          <button type="button" onClick={copy}>
            {copied.value ? m.people.copied : m.people.copy}
          </button>
        )}
      </p>
      <p>{m.people.onceText}</p>
      <div class="dialog-acts">
        <button type="button" class="primary" data-first onClick={shut}>
          {m.people.done}
        </button>
      </div>
    </Dialog>
  );
}
