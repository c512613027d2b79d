import { closedToday, mine, others, waiting, withBot } from "../desk";
import { matchesCase, matchesTalk } from "../finding";
import { route } from "../route";
import { t } from "../texts";
import type { Conversation, Incident } from "../types";
import { TABS, search, tab } from "../ui";
import type { ListTab } from "../ui";
import { BotRow, CaseRow, ClosedRow } from "./Rows";

export function ListColumn() {
  return (
    <section class="list" aria-label={t.list.label}>
      <Tabs />
      <input
        id="search"
        type="search"
        value={search}
        placeholder={t.list.search}
        aria-label={t.list.search}
        onInput={(event) => (search.value = event.currentTarget.value)}
      />
      <div class="rows" role="tabpanel" id="rows" aria-labelledby={`tab-${tab.value}`}>
        {tab.value === "queue" ? <QueueList /> : tab.value === "bot" ? <BotList /> : <ClosedList />}
      </div>
    </section>
  );
}

function Tabs() {
  const counts: Record<ListTab, number> = {
    queue: waiting.value.length,
    bot: withBot.value.length,
    closed: closedToday.value.length,
  };
  return (
    <div class="tabs" role="tablist" aria-label={t.list.tabs} onKeyDown={turn}>
      {TABS.map((one) => (
        <button
          key={one}
          type="button"
          role="tab"
          id={`tab-${one}`}
          aria-controls="rows"
          aria-selected={tab.value === one}
          tabIndex={tab.value === one ? 0 : -1}
          onClick={() => (tab.value = one)}
        >
          {t.list[one]} <span class="count">{counts[one]}</span>
        </button>
      ))}
    </div>
  );
}

function turn(event: KeyboardEvent): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (!by) return;
  const next = TABS[(TABS.indexOf(tab.value) + by + TABS.length) % TABS.length] as ListTab;
  tab.value = next;
  document.getElementById(`tab-${next}`)?.focus();
}

const isOpen = (one: Incident): boolean => {
  const here = route.value;
  if (here.at === "conversation") return one.city === here.city && one.conversation_id === here.id;
  return here.at === "incident" && one.city === here.city && one.id === here.id;
};

/** Who waits comes first; one's own cases keep a place of their own at the foot, however long the queue is. */
function QueueList() {
  const fits = (one: Incident): boolean => matchesCase(one, search.value);
  const [wait, own, rest] = [waiting.value.filter(fits), mine.value.filter(fits), others.value.filter(fits)];
  if (!wait.length && !own.length && !rest.length) {
    return <p class="empty">{search.value ? t.list.nothingFound : t.list.empty}</p>;
  }
  return (
    <>
      <div class="rows-scroll">
        <Group name="waiting" title={t.list.waiting} cases={wait} />
        <Group name="others" title={t.list.others} cases={rest} />
      </div>
      <Group name="mine" title={t.list.mine} cases={own} />
    </>
  );
}

function Group({ name, title, cases }: { name: string; title: string; cases: Incident[] }) {
  if (!cases.length) return null;
  return (
    <section class={`group ${name}`} aria-labelledby={`group-${name}`}>
      <h2 id={`group-${name}`}>
        {title} <span class="count">{cases.length}</span>
      </h2>
      <ul>
        {cases.map((one) => (
          <CaseRow key={`${one.city}/${one.id}`} incident={one} open={isOpen(one)} />
        ))}
      </ul>
    </section>
  );
}

function BotList() {
  const here = route.value;
  const talks = withBot.value.filter((one) => matchesTalk(one, search.value));
  if (!talks.length) return <p class="empty">{search.value ? t.list.nothingFound : t.list.emptyBot}</p>;
  const open = (one: Conversation): boolean =>
    here.at === "conversation" && here.city === one.city && here.id === one.id;
  return (
    <ul class="rows-scroll">
      {talks.map((one) => (
        <BotRow key={`${one.city}/${one.id}`} conversation={one} open={open(one)} />
      ))}
    </ul>
  );
}

function ClosedList() {
  const cases = closedToday.value.filter((one) => matchesCase(one, search.value));
  if (!cases.length) return <p class="empty">{search.value ? t.list.nothingFound : t.list.emptyClosed}</p>;
  return (
    <ul class="rows-scroll">
      {cases.map((one) => (
        <ClosedRow key={`${one.city}/${one.id}`} incident={one} open={isOpen(one)} />
      ))}
    </ul>
  );
}
