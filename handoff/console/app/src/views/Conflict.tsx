import { editOf, giveWay, insist, save } from "../edits";
import type { Field } from "../edits";
import { describePlace } from "../places";
import { t } from "../texts";
import type { Incident, Place } from "../types";
import { categoryName } from "./Tags";

/** What has become of a field's change: on its way, not stored, or crossed by another operator's. */
export function Conflict({ incident, field }: { incident: Incident; field: Field }) {
  const edit = editOf(incident, field);
  if (!edit || (edit.state === "typing" && field !== "note")) return null;
  if (edit.state === "saving") return <p class="edit-state">{t.case.saving}</p>;
  if (edit.state !== "conflict") {
    return (
      <p class="edit-state">
        {t.case.unsaved}{" "}
        <button type="button" onClick={() => void save(incident, field)}>
          {t.save}
        </button>
      </p>
    );
  }
  return (
    <div class="conflict" role="alert">
      <p>
        <strong>{t.case.conflict}</strong>
      </p>
      <p>{t.case.nowIs(said(incident, field, incident[field]))}</p>
      <p>{t.case.yoursIs(said(incident, field, edit.value))}</p>
      <button type="button" onClick={() => insist(incident, field)}>
        {t.case.keepMine}
      </button>
      <button type="button" onClick={() => giveWay(incident, field)}>
        {t.case.keepTheirs}
      </button>
    </div>
  );
}

function said(incident: Incident, field: Field, value: unknown): string {
  if (field === "place") return describePlace(value as Place | null);
  if (field === "severity") return `P${String(value)}`;
  if (field === "category") return categoryName(incident.city, value as string | null);
  return String(value || "–");
}
