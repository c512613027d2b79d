import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { complain } from "../acts";
import { t } from "../texts";
import type { City } from "../types";
import { tell } from "../ui";
import * as api from "./api";
import { Findings } from "./CheckReport";
import { Dialog } from "./Dialog";
import { k } from "./texts";
import type { About, Report } from "./types";

interface BulkOf {
  city: City;
  about: About;
  kind: string;
  ticked: Signal<ReadonlySet<string>>;
  done: () => void;
}

type Act = api.Bulk["do"];
const ACTS: readonly Act[] = ["submit", "publish", "owner", "review_on", "withdraw", "restore"];
const LEADERS: readonly Act[] = ["publish", "restore"];

/** What is done to all that are ticked; what was refused is named one by one. */
export function BulkBar({ city, about, kind, ticked, done }: BulkOf) {
  const asked = useSignal<Act | null>(null);
  const refused = useSignal<readonly { slug: string; text: string }[]>([]);
  /** What the check found, and the act that waits until it was read. */
  const found = useSignal<{ report: Report; act: Act } | null>(null);
  const count = ticked.value.size;
  const sure = async (what: Act, value: string | null, seen = false): Promise<void> => {
    asked.value = null;
    found.value = null;
    try {
      const answer = await api.bulk(city.slug, kind, { slugs: [...ticked.value], do: what, value, seen_report: seen });
      if (answer.report) {
        found.value = { report: answer.report, act: what };
        return;
      }
      if (answer.done.length) tell(k.bulk.done(answer.done.length));
      refused.value = answer.refused;
      done();
    } catch (error) {
      complain(error);
    }
  };
  return (
    <>
      {count > 0 && (
        <div class="kb-bulk" role="group" aria-label={k.bulk.label}>
          <strong>{k.bulk.ticked(count)}</strong>
          {ACTS.filter((one) => about.me.may_publish || !LEADERS.includes(one)).map((one) => (
            <button type="button" key={one} onClick={() => (asked.value = one)}>
              {k.bulk.acts[one]}
            </button>
          ))}
          <button type="button" class="quiet" onClick={() => (ticked.value = new Set())}>
            {k.bulk.none}
          </button>
        </div>
      )}
      {refused.value.length > 0 && (
        <div class="kb-refused" role="alert">
          <strong>{k.bulk.refused(refused.value.length)}</strong>
          <ul>
            {refused.value.map((one) => (
              <li key={one.slug}>
                {one.slug}: {one.text}
              </li>
            ))}
          </ul>
          <button type="button" onClick={() => (refused.value = [])}>
            {k.bulk.understood}
          </button>
        </div>
      )}
      {asked.value && <Ask act={asked.value} count={count} about={about} sure={(value) => asked.value && void sure(asked.value, value)} shut={() => (asked.value = null)} />}
      {found.value && <Found report={found.value.report} sure={() => found.value && void sure(found.value.act, null, true)} shut={() => (found.value = null)} />}
    </>
  );
}

/** What publishing all of it would change, to be read before. */
function Found({ report, sure, shut }: { report: Report; sure: () => void; shut: () => void }) {
  return (
    <Dialog title={k.report.changes} shut={shut}>
      <p>{k.report.looked(report.checked)}</p>
      <Findings report={report} named={(topic) => topic?.replaceAll("_", " ") ?? k.report.nobody} />
      <div class="dialog-acts">
        <button type="button" onClick={shut}>
          {t.cancel}
        </button>
        <button type="button" class="primary" data-first onClick={sure}>
          {k.report.publish}
        </button>
      </div>
    </Dialog>
  );
}

interface AskOf {
  act: Act;
  count: number;
  about: About;
  sure: (value: string | null) => void;
  shut: () => void;
}

function Ask({ act, count, about, sure, shut }: AskOf) {
  const value = useSignal(act === "owner" ? (about.owners[0]?.username ?? "") : "");
  const agreed = (event: Event): void => {
    event.preventDefault();
    sure(value.value || null);
  };
  return (
    <Dialog title={k.bulk.acts[act]} shut={shut}>
      <form onSubmit={agreed}>
        <p>{k.bulk.ask[act](count)}</p>
        {act === "owner" && (
          <label class="field">
            <span>{k.list.owner}</span>
            <select data-first value={value.value} onChange={(event) => (value.value = event.currentTarget.value)}>
              {about.owners.map((one) => (
                <option key={one.username} value={one.username}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
        )}
        {act === "review_on" && (
          <label class="field">
            <span>{k.list.review}</span>
            <input type="date" data-first required value={value.value} onInput={(event) => (value.value = event.currentTarget.value)} />
          </label>
        )}
        <div class="dialog-acts">
          <button type="button" onClick={shut}>
            {t.cancel}
          </button>
          <button type="submit" class={act === "withdraw" ? "danger" : "primary"} {...(act !== "owner" && act !== "review_on" && { "data-first": true })}>
            {k.bulk.acts[act]}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
