import { handBack } from "../acts";
import { t } from "../texts";
import type { Conversation, Incident } from "../types";
import { dialog } from "../ui";
import { Modal } from "./Modal";

export function HandBackDialog({ conversation, incident }: { conversation: Conversation; incident: Incident | null }) {
  const confirm = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await handBack(conversation)) dialog.value = null;
  };
  const open = incident !== null && incident.status !== "closed";
  return (
    <Modal title={t.handingBack.title}>
      <form onSubmit={(event) => void confirm(event)}>
        <p>{open ? t.handingBack.open : t.handingBack.plain}</p>
        <div class="dialog-acts">
          <button type="button" onClick={() => (dialog.value = null)}>
            {t.cancel}
          </button>
          <button type="submit" class="primary" data-first>
            {t.handingBack.confirm}
          </button>
        </div>
      </form>
    </Modal>
  );
}
