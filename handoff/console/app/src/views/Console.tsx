import { useEffect } from "preact/hooks";
import { fetchOpen } from "../acts";
import { onDesk } from "../desk";
import { link } from "../live";
import { seesCases } from "../rights";
import { route } from "../route";
import { t } from "../texts";
import type { Me } from "../types";
import { dialog, drop, focusOn, notices, urgentWords } from "../ui";
import { Banners } from "./Banners";
import { ByHand } from "./ByHand";
import { CaseView } from "./CaseView";
import { CardPicker } from "./CardPicker";
import { CloseDialog } from "./CloseDialog";
import { HandBackDialog } from "./HandBackDialog";
import { Help, KeyTable } from "./Help";
import { Knowledge } from "./Knowledge";
import { ListColumn } from "./ListColumn";
import { PasswordDialog } from "./Password";
import { TopBar } from "./TopBar";

export function Console({ who }: { who: Me }) {
  const here = route.value;
  const inside = here.at === "knowledge";
  const pane = inside || here.at === "list" ? "list" : here.at === "by_hand" ? "chat" : here.pane;
  return (
    <div class="console" data-link={link.value} data-pane={pane}>
      <button type="button" class="skip" onClick={() => focusOn("work")}>
        {inside ? t.skipToPage : t.skip}
      </button>
      <TopBar who={who} />
      {seesCases(who.operator.role) && <Banners />}
      {inside ? <Knowledge /> : <DeskOf who={who} />}
      <Notices />
      <p class="unseen" role="alert">
        {urgentWords}
      </p>
      <OpenDialog />
    </div>
  );
}

function DeskOf({ who }: { who: Me }) {
  // Before an author has been led away, nothing of a case is drawn.
  if (!seesCases(who.operator.role)) return null;
  return (
    <main class="desk">
      <ListColumn />
      <div class="work" id="work" tabIndex={-1}>
        <Work />
      </div>
    </main>
  );
}

function Work() {
  const here = route.value;
  const [at, city, id] = here.at === "conversation" || here.at === "incident" ? [here.at, here.city, here.id] : [];
  useEffect(() => {
    if (at && city && id) void fetchOpen(at, city, id);
  }, [at, city, id]);
  if (here.at === "by_hand") return <ByHand />;
  if (here.at === "list" || here.at === "knowledge") return <NothingOpen />;
  return <CaseView key={`${here.at}/${here.city}/${here.id}`} />;
}

function NothingOpen() {
  return (
    <div class="nothing-open">
      <p>{t.list.nothingOpen}</p>
      <KeyTable />
    </div>
  );
}

function OpenDialog() {
  const desk = onDesk.value;
  switch (dialog.value) {
    case "help":
      return <Help />;
    case "password":
      return <PasswordDialog />;
    case "close":
      return desk?.incident ? <CloseDialog city={desk.city} incident={desk.incident} /> : null;
    case "handback":
      return desk?.conversation ? <HandBackDialog conversation={desk.conversation} incident={desk.incident} /> : null;
    case "cards":
      return desk?.conversation ? <CardPicker conversation={desk.conversation} incident={desk.incident} /> : null;
    case null:
      return null;
  }
}

function Notices() {
  return (
    <div class="notices" role="status">
      {notices.value.map((notice) => (
        <p key={notice.id} class={notice.bad ? "bad" : ""}>
          {notice.words}
          <button type="button" class="quiet" aria-label={t.shut} onClick={() => drop(notice.id)}>
            ✕
          </button>
        </p>
      ))}
    </div>
  );
}
