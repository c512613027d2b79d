import { dialog } from "../ui";
import { Dialog } from "./Dialog";
import type { DialogOf } from "./Dialog";

const shut = (): void => {
  dialog.value = null;
};

/** The console's one open dialog: see `dialog` in ui.ts. */
export function Modal(given: Omit<DialogOf, "shut" | "name">) {
  return <Dialog {...given} shut={shut} />;
}
