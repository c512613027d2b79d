import { useSignal } from "@preact/signals";
import { close } from "../acts";
import { t } from "../texts";
import type { City, Incident } from "../types";
import { dialog } from "../ui";
import { Modal } from "./Modal";

export function CloseDialog({ city, incident }: { city: City; incident: Incident }) {
  const reason = useSignal("");
  const note = useSignal("");
  const missing = useSignal(false);
  const busy = useSignal(false);

  const confirm = async (event: Event): Promise<void> => {
    event.preventDefault();
    missing.value = !reason.value;
    if (!reason.value || busy.value) return;
    busy.value = true;
    const done = await close(incident, reason.value, note.value.trim());
    busy.value = false;
    if (done) dialog.value = null;
  };
  return (
    <Modal title={t.closing.title(incident.code)}>
      <form onSubmit={(event) => void confirm(event)}>
        <fieldset class="choices-list" aria-describedby="close-problem">
          <legend>{t.closing.reason}</legend>
          {city.close_reasons.map((one, place) => (
            <label key={one.slug}>
              <input
                type="radio"
                name="reason"
                value={one.slug}
                data-first={place === 0 ? true : undefined}
                checked={reason.value === one.slug}
                onChange={() => {
                  reason.value = one.slug;
                  missing.value = false;
                }}
              />
              {one.name}
            </label>
          ))}
        </fieldset>
        <p class="problem" id="close-problem" role="alert">
          {missing.value ? t.closing.missing : ""}
        </p>
        <label class="field">
          <span>{t.closing.note}</span>
          <textarea rows={3} value={note.value} onInput={(event) => (note.value = event.currentTarget.value)} />
        </label>
        <div class="dialog-acts">
          <button type="button" onClick={() => (dialog.value = null)}>
            {t.cancel}
          </button>
          <button type="submit" class="danger" aria-disabled={busy.value}>
            {t.closing.close}
          </button>
        </div>
      </form>
    </Modal>
  );
}
