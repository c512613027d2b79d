import { useSignal } from "@preact/signals";
import { complain } from "../acts";
import { t } from "../texts";
import type { City } from "../types";
import { tell } from "../ui";
import * as api from "./api";
import { Dialog } from "./Dialog";
import { k } from "./texts";
import type { Imported } from "./types";

interface SheetsOf {
  city: City;
  kind: string;
  formats: readonly string[];
  done: () => void;
  shut: () => void;
}

const ENDINGS: Record<string, string> = { yml: "yaml", yaml: "yaml", csv: "csv", xlsx: "xlsx" };

/** Out into a file, and back in from one: first only looked through, and nothing is taken over while one row is wrong. */
export function SheetsDialog({ city, kind, formats, done, shut }: SheetsOf) {
  const file = useSignal<File | null>(null);
  const format = useSignal(formats[0] ?? "");
  const found = useSignal<Imported | null>(null);
  const busy = useSignal(false);
  const read = async (dry: boolean): Promise<void> => {
    if (!file.value || busy.value) return;
    busy.value = true;
    try {
      found.value = await api.importFile(city.slug, kind, format.value, file.value, dry);
      if (found.value.done) {
        tell(k.sheets.done(found.value.new + found.value.changed));
        done();
        shut();
      }
    } catch (error) {
      complain(error);
    }
    busy.value = false;
  };
  const choose = (chosen: File | null): void => {
    file.value = chosen;
    found.value = null;
    const ending = chosen?.name.split(".").pop()?.toLowerCase() ?? "";
    const meant = ENDINGS[ending];
    // The phrases of a training file are YAML too: only a choice made before says which it is.
    if (meant && formats.includes(meant) && !(meant === "yaml" && format.value === "nlu")) format.value = meant;
    void read(true);
  };
  const again = (to: string): void => {
    format.value = to;
    found.value = null;
    void read(true);
  };
  return (
    <Dialog title={k.list.sheets} wide shut={shut}>
      <section class="kb-sheets">
        <h3>{k.sheets.out}</h3>
        <p>{k.sheets.outWhy}</p>
        <ul class="line">
          {formats.map((one) => (
            <li key={one}>
              <a class="kb-button" href={api.exportAddress(city.slug, kind, one)} download>
                {k.sheets.formats[one] ?? one}
              </a>
            </li>
          ))}
        </ul>
        <h3>{k.sheets.in}</h3>
        <p>{k.sheets.inWhy}</p>
        <div class="line">
          <label class="field">
            <span>{k.sheets.file}</span>
            <input
              type="file"
              accept=".yml,.yaml,.csv,.xlsx"
              onChange={(event) => choose(event.currentTarget.files?.[0] ?? null)}
            />
          </label>
          <label class="field">
            <span>{k.sheets.format}</span>
            <select value={format.value} onChange={(event) => again(event.currentTarget.value)}>
              {formats.map((one) => (
                <option key={one} value={one}>
                  {k.sheets.formats[one] ?? one}
                </option>
              ))}
            </select>
          </label>
        </div>
        <div role="status">{busy.value ? k.sheets.reading : found.value && <Looked found={found.value} />}</div>
      </section>
      <div class="dialog-acts">
        <button type="button" onClick={shut}>
          {t.cancel}
        </button>
        <button
          type="button"
          class="primary"
          disabled={!found.value || found.value.errors.length > 0 || found.value.new + found.value.changed === 0}
          onClick={() => void read(false)}
        >
          {k.sheets.take}
        </button>
      </div>
    </Dialog>
  );
}

/** What the file holds, and every row that is wrong, by the number that the sheet shows. */
function Looked({ found }: { found: Imported }) {
  return (
    <>
      <p class={found.errors.length ? "problem" : ""}>
        {k.sheets.holds(found.rows, found.new, found.changed, found.same)}{" "}
        {found.errors.length > 0 && k.sheets.wrong(found.errors.length)}
      </p>
      {found.errors.length > 0 && (
        <table class="kb-table kb-errors">
          <thead>
            <tr>
              <th class="number">{k.sheets.row}</th>
              <th>{k.sheets.column}</th>
              <th>{k.sheets.what}</th>
            </tr>
          </thead>
          <tbody>
            {found.errors.map((one, place) => (
              <tr key={place}>
                <td class="number">{one.row}</td>
                <td>{one.column}</td>
                <td>{one.text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
