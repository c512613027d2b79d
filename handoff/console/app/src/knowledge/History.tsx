import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { complain } from "../acts";
import { day, hour } from "../clock";
import { tell } from "../ui";
import { nameOf } from "./about";
import * as api from "./api";
import { Dialog } from "./Dialog";
import { DifferenceList } from "./Differences";
import type { Labels } from "./EntryPage";
import { k } from "./texts";
import type { About, VersionRow } from "./types";
import type { Work } from "./work";
import { t } from "../texts";

interface HistoryOf {
  work: Work;
  about: About;
  zone: string;
  naming: Labels;
}

/** Every state that citizens were ever told, the newest first; an older one can be told again. */
export function History({ work, about, zone, naming }: HistoryOf) {
  const entry = work.entry.value;
  const asked = useSignal<VersionRow | null>(null);
  if (!entry?.history.length) return null;
  const now = entry.published?.version;
  const back = async (row: VersionRow): Promise<void> => {
    asked.value = null;
    if (await work.act("roll_back", { version: row.version })) tell(k.said.rolledBack(row.version));
  };
  return (
    <details class="kb-section kb-history">
      <summary>
        <strong>{k.history.title}</strong> <small>{k.history.count(entry.history.length)}</small>
      </summary>
      <ol class="inside" reversed>
        {entry.history.map((row) => (
          <li key={row.version}>
            <Version work={work} row={row} naming={naming}>
              {k.history.row(row.version, k.verbs[row.verb] ?? row.verb)} · {nameOf(about, row.who)}
              {row.approved_by && ` · ${k.history.approved(nameOf(about, row.approved_by))}`} · {day(row.at, zone)},{" "}
              {hour(row.at, zone)}
              {row.note && ` · “${row.note}”`}
            </Version>
            {row.version !== now && about.me.may_publish && (
              <button type="button" onClick={() => (asked.value = row)}>
                {k.history.back}
              </button>
            )}
          </li>
        ))}
      </ol>
      {asked.value && (
        <RollBack row={asked.value} unsaved={work.dirty.value} sure={(row) => void back(row)} shut={() => (asked.value = null)} />
      )}
    </details>
  );
}

interface VersionOf {
  work: Work;
  row: VersionRow;
  naming: Labels;
  children: ComponentChildren;
}

/** What a version changed of the one before; fetched when somebody wants to know. */
function Version({ work, row, naming, children }: VersionOf) {
  const found = useSignal<api.VersionShape | null>(null);
  const unfold = (open: boolean): void => {
    if (!open || found.value) return;
    api.version(work.city, work.kind, work.slug, row.version).then((one) => (found.value = one)).catch(complain);
  };
  return (
    <details onToggle={(event) => unfold(event.currentTarget.open)}>
      <summary>{children}</summary>
      {found.value && <DifferenceList differences={found.value.diff} naming={naming} />}
    </details>
  );
}

interface RollBackOf {
  row: VersionRow;
  unsaved: boolean;
  sure: (row: VersionRow) => void;
  shut: () => void;
}

function RollBack({ row, unsaved, sure, shut }: RollBackOf) {
  return (
    <Dialog title={k.history.askTitle(row.version)} shut={shut}>
      <p>{k.history.ask}</p>
      {unsaved && <p>{k.history.saveFirst}</p>}
      <div class="dialog-acts">
        <button type="button" onClick={shut}>
          {t.cancel}
        </button>
        <button type="button" class="primary" data-first onClick={() => sure(row)}>
          {k.history.back}
        </button>
      </div>
    </Dialog>
  );
}
