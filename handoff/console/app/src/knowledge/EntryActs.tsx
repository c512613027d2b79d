import { useSignal } from "@preact/signals";
import { me } from "../desk";
import { t } from "../texts";
import { tell } from "../ui";
import { complain } from "../acts";
import * as api from "./api";
import { Dialog } from "./Dialog";
import { k } from "./texts";
import type { About, Body, KindInfo, Report } from "./types";
import type { Work } from "./work";

interface ActsOf {
  work: Work;
  about: About;
  kind: KindInfo | undefined;
  /** Where the list is: whoever throws away a draft that was never published goes there. */
  back: string;
}

type Asked = "withdraw" | "send_back" | "drop" | null;

/** What may be done with an entry as it stands; the likely next step first and alone in colour. */
export function EntryActs({ work, about, kind, back }: ActsOf) {
  const asked = useSignal<Asked>(null);
  const entry = work.entry.value;
  if (!entry || work.crossed.value !== undefined) return null;
  const { draft } = entry;
  const { may_publish: mayPublish, may_write: mayWrite } = about.me;
  const dirty = work.dirty.value;
  const two = kind?.two_people ?? true;
  const reviewing = draft?.state === "review";
  const own = draft?.authors.includes(me.value?.operator.username ?? "") ?? false;
  const busy = work.state.value === "busy";
  const inHand = Boolean(draft) || dirty;
  const shown = {
    publish: two ? reviewing && mayPublish && !own : inHand && mayPublish,
    submit: two && !reviewing && inHand && mayWrite,
  };
  return (
    <div class="kb-acts">
      {dirty && (
        <button type="button" onClick={() => work.discard()}>
          {k.acts.discard}
        </button>
      )}
      <More work={work} asked={(what) => (asked.value = what)} may={{ check: CHECKED.has(work.kind) && inHand, drop: Boolean(draft) && !reviewing, withdraw: mayWrite, restore: mayPublish }} />
      {reviewing && (
        <button type="button" onClick={() => (asked.value = "send_back")}>
          {own ? k.acts.takeBack : k.acts.sendBack}
        </button>
      )}
      {dirty && mayWrite && (
        <button type="button" class={shown.submit || shown.publish ? "" : "primary"} aria-disabled={busy} onClick={() => void save(work)}>
          {busy ? k.acts.saving : k.acts.save}
        </button>
      )}
      {shown.submit && (
        <button type="button" class="primary" aria-disabled={busy} onClick={() => void submit(work)}>
          {busy ? k.acts.checking : k.acts.submit}
        </button>
      )}
      {shown.publish && (
        <button type="button" class="primary" aria-disabled={busy} onClick={() => void publish(work)}>
          {busy ? k.acts.checking : k.acts.publish}
        </button>
      )}
      {reviewing && own && <small class="kb-own">{k.acts.ownReview}</small>}
      {asked.value && <Ask what={asked.value} own={own} work={work} back={back} shut={() => (asked.value = null)} />}
    </div>
  );
}

async function save(work: Work): Promise<void> {
  if (await work.save()) tell(k.said.saved);
}

async function did(work: Work, verb: string, more: Body, said: string): Promise<boolean> {
  const done = (await work.act(verb, more)) !== null;
  if (done) tell(said);
  return done;
}

/** The check comes first: what it finds is shown by `CheckReport`, and answered there. */
export async function publish(work: Work, seen = false): Promise<void> {
  await did(work, "publish", { seen_report: seen }, k.said.published);
}

/** Kinds that the check knows: what the bot says to citizens. */
const CHECKED = new Set(["article", "wording"]);

/** What stands in the form, saved or not, against emergencies and recorded questions. Null where there was no answer. */
async function checked(work: Work): Promise<Report | null> {
  if (work.state.value === "busy") return null;
  work.state.value = "busy";
  try {
    return await api.check(work.city, [work.drafted]);
  } catch (error) {
    complain(error);
    return null;
  } finally {
    work.state.value = "idle";
  }
}

/** The writer hears at once what would block the publishing, not only whoever looks at it tomorrow. */
async function submit(work: Work): Promise<void> {
  if (!(await work.save())) return;
  const report = CHECKED.has(work.kind) ? await checked(work) : null;
  if (report?.blocked) work.report.value = report;
  else if (!(await did(work, "submit", {}, k.said.submitted))) toFirstFault();
}

/** The sections with faults unfold by themselves; the first field that is wrong gets the focus. */
function toFirstFault(): void {
  setTimeout(() => document.querySelector<HTMLElement>('.kb-form [aria-invalid="true"]')?.focus());
}

interface MoreOf {
  work: Work;
  asked: (what: Asked) => void;
  may: Record<"check" | "drop" | "withdraw" | "restore", boolean>;
}

/** The rarer acts. */
function More({ work, asked, may }: MoreOf) {
  const published = work.entry.value?.published;
  const withdraw = may.withdraw && published && !published.withdrawn;
  const restore = may.restore && published?.withdrawn;
  return (
    <>
      {may.check && (
        <button type="button" aria-disabled={work.state.value === "busy"} onClick={() => void checked(work).then((report) => (work.report.value = report))}>
          {k.acts.check}
        </button>
      )}
      {may.drop && (
        <button type="button" onClick={() => asked("drop")}>
          {k.acts.drop}
        </button>
      )}
      {withdraw && (
        <button type="button" class="kb-danger" onClick={() => asked("withdraw")}>
          {k.acts.withdraw}
        </button>
      )}
      {restore && (
        <button type="button" onClick={() => void did(work, "restore", {}, k.said.restored)}>
          {k.acts.restore}
        </button>
      )}
    </>
  );
}

interface AskOf {
  what: Exclude<Asked, null>;
  own: boolean;
  work: Work;
  back: string;
  shut: () => void;
}

/** One question before what cannot be undone by the next key. */
function Ask({ what, own, work, back, shut }: AskOf) {
  const words = useSignal("");
  const say = what === "send_back" && own ? k.ask.take_back : k.ask[what];
  const sure = async (event: Event): Promise<void> => {
    event.preventDefault();
    const more = what === "withdraw" ? { note: words.value } : what === "send_back" ? { remark: words.value } : {};
    if (what === "drop") work.discard();
    const done = await did(work, what, more, say.done);
    if (!done) return;
    shut();
    if (what === "drop" && !work.entry.peek()?.published) location.hash = back;
    else if (what === "drop") void work.load();
  };
  return (
    <Dialog title={say.title} shut={shut}>
      <form onSubmit={(event) => void sure(event)}>
        <p>{say.text}</p>
        {say.note && (
          <label class="field">
            <span>{say.note}</span>
            <textarea rows={3} data-first value={words.value} onInput={(event) => (words.value = event.currentTarget.value)} />
          </label>
        )}
        <div class="dialog-acts">
          <button type="button" onClick={shut}>
            {t.cancel}
          </button>
          <button type="submit" class={what === "send_back" ? "primary" : "danger"} {...(!say.note && { "data-first": true })}>
            {say.yes}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
