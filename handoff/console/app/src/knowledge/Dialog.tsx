import { Dialog as Plain } from "../views/Dialog";
import type { DialogOf } from "../views/Dialog";

/** A dialog of this part. */
export function Dialog(given: Omit<DialogOf, "name">) {
  return <Plain {...given} name="kb-dialog" />;
}
