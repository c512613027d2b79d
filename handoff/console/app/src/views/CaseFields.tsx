import { useEffect } from "preact/hooks";
import { save, shown, write, writeAndSave } from "../edits";
import { severityMeaning, severityName, t } from "../texts";
import type { City, Incident, Severity } from "../types";
import { Conflict } from "./Conflict";

interface FieldOf {
  incident: Incident;
  locked: boolean;
}

export function CategoryField({ incident, city, locked }: FieldOf & { city: City }) {
  return (
    <>
      <label class="field">
        <span>{t.case.category}</span>
        <select
          value={shown(incident, "category", incident.category) ?? ""}
          disabled={locked}
          onChange={(event) => writeAndSave(incident, "category", event.currentTarget.value)}
        >
          {!incident.category && <option value="">{t.case.noCategory}</option>}
          {city.categories.map((one) => (
            <option key={one.slug} value={one.slug}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <Conflict incident={incident} field="category" />
    </>
  );
}

export function SeverityField({ incident, locked }: FieldOf) {
  const value = shown(incident, "severity", incident.severity);
  return (
    <>
      <SeverityChoice
        name={`severity-${incident.id}`}
        value={value}
        locked={locked}
        onChoose={(level) => writeAndSave(incident, "severity", level)}
      />
      <Conflict incident={incident} field="severity" />
    </>
  );
}

interface ChoiceOf {
  name: string;
  value: Severity;
  locked?: boolean;
  onChoose: (level: Severity) => void;
}

export function SeverityChoice({ name, value, locked, onChoose }: ChoiceOf) {
  return (
    <fieldset class="severities" disabled={locked}>
      <legend>{t.case.severity}</legend>
      <div class="row-of-choices">
        {([1, 2, 3, 4] as const).map((level) => (
          <label key={level} class={`p${level}`} title={severityMeaning[level]}>
            <input type="radio" name={name} checked={value === level} onChange={() => onChoose(level)} />
            <span>
              P{level} <small>{severityName[level]}</small>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function NoteField({ incident, locked }: FieldOf) {
  // Whoever turns to another case while typing has finished this note.
  useEffect(() => () => void save(incident, "note"), []);
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && event.ctrlKey) void save(incident, "note");
  };
  return (
    <>
      <label class="field">
        <span>{t.case.note}</span>
        <textarea
          rows={3}
          value={shown(incident, "note", incident.note)}
          placeholder={t.case.notePlaceholder}
          disabled={locked}
          onInput={(event) => write(incident, "note", event.currentTarget.value)}
          onBlur={() => void save(incident, "note")}
          onKeyDown={pressed}
        />
      </label>
      <Conflict incident={incident} field="note" />
    </>
  );
}
