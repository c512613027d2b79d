import { useEffect, useRef } from "preact/hooks";
import { publish } from "./EntryActs";
import { k } from "./texts";
import type { About, Report } from "./types";
import type { Work } from "./work";

const MOST = 12;

/** What the check before publishing found: what blocks, what would change, and how much was looked at. */
export function CheckReport({ work, about }: { work: Work; about: About }) {
  const report = work.report.value;
  const frame = useRef<HTMLElement>(null);
  useEffect(() => frame.current?.focus(), [report]);
  if (!report) return null;
  const draft = work.entry.value?.draft;
  const quiet = !report.blocked && !changes(report);
  return (
    <section class={report.blocked ? "kb-report blocked" : "kb-report"} ref={frame} tabIndex={-1} aria-labelledby="kb-report-title">
      <h2 id="kb-report-title">{report.blocked ? k.report.blocked : quiet ? k.report.clean : k.report.changes}</h2>
      <p>{report.blocked ? k.report.blockedWhy : k.report.looked(report.checked)}</p>
      <Findings report={report} named={(topic) => named(work, topic)} />
      <div class="dialog-acts">
        <button type="button" onClick={() => (work.report.value = null)}>
          {k.report.shut}
        </button>
        {!report.blocked && about.me.may_publish && draft?.state === "review" && (
          <button type="button" class="primary" onClick={() => void publish(work, true)}>
            {k.report.publish}
          </button>
        )}
      </div>
    </section>
  );
}

const changes = (report: Report): number =>
  report.newly_answered.length + report.changed.length + report.tests.length + report.emergencies.length + report.faults.length;

/** A topic as people read it: the open answer by its title, another by its slug's words. */
const named = (work: Work, topic: string | null): string =>
  topic === work.slug ? String(work.body.value["title"] ?? topic) : (topic?.replaceAll("_", " ") ?? k.report.nobody);

/** What was found, sort by sort. */
export function Findings({ report, named }: { report: Report; named: (topic: string | null) => string }) {
  return (
    <>
      <Found title={k.report.emergencies} rows={report.emergencies.map(({ phrase, variant, why }) => [phrase, variant && variant !== phrase ? k.report.variant(variant) : "", why])} />
      <Found title={k.report.faults} rows={report.faults.map(({ text }) => [text])} />
      <Found title={k.report.tests} rows={report.tests.map(({ question, expected, got }) => [question, k.report.expected(named(expected), named(got))])} />
      <Found title={k.report.changed} rows={report.changed.map(({ text, from, to }) => [text, k.report.fromTo(named(from), named(to))])} />
      <Found title={k.report.newly} rows={report.newly_answered.map(({ text, topic }) => [text, named(topic)])} />
    </>
  );
}

function Found({ title, rows }: { title: string; rows: string[][] }) {
  if (!rows.length) return null;
  return (
    <details open={rows.length <= MOST}>
      <summary>
        <strong>{title}</strong> <span class="count">{rows.length}</span>
      </summary>
      <ul>
        {rows.slice(0, MOST * 4).map(([first, ...rest], place) => (
          <li key={place}>
            <q>{first}</q> {rest.filter(Boolean).map((one) => <small key={one}>{one}</small>)}
          </li>
        ))}
      </ul>
      {rows.length > MOST * 4 && <p class="empty">{k.report.more(rows.length - MOST * 4)}</p>}
    </details>
  );
}
