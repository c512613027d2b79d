import { notFound } from "../acts";
import { onDesk } from "../desk";
import { go, route } from "../route";
import type { Pane } from "../route";
import { keyOf } from "../store";
import { t } from "../texts";
import { CaseHeader } from "./CaseHeader";
import { CasePane } from "./CasePane";
import { Reply } from "./Reply";
import { Thread } from "./Thread";

/** One case: its head over the conversation and what is known of it. */
export function CaseView() {
  const here = route.value;
  const desk = onDesk.value;
  if (here.at !== "conversation" && here.at !== "incident") return null;
  if (!desk || (!desk.conversation && !desk.incident)) {
    const gone = !desk || notFound.value === keyOf(here.city, here.id);
    return (
      <p class="nothing-open" role="status">
        {gone ? t.case.notFound : t.loading}
      </p>
    );
  }
  const { conversation } = desk;
  return (
    <div class="case">
      <CaseHeader desk={desk} />
      <PaneTabs pane={here.pane} />
      <section class="chat" aria-label={t.case.chat}>
        {conversation ? (
          <>
            <Thread desk={desk} conversation={conversation} />
            <Reply desk={desk} conversation={conversation} />
          </>
        ) : (
          <p class="nothing-open">{here.at === "incident" ? t.case.noChat : t.loading}</p>
        )}
      </section>
      <section class="pane" aria-label={t.case.label} tabIndex={0}>
        <CasePane desk={desk} />
      </section>
    </div>
  );
}

/** Only where the window has room for one of the two. */
function PaneTabs({ pane }: { pane: Pane }) {
  const show = (to: Pane): void => {
    const here = route.value;
    if (here.at === "conversation" || here.at === "incident") go({ ...here, pane: to });
  };
  return (
    <nav class="pane-tabs" aria-label={t.case.label}>
      {(["chat", "case"] as const).map((one) => (
        <button key={one} type="button" aria-pressed={pane === one} onClick={() => show(one)}>
          {one === "chat" ? t.case.chat : t.case.label}
        </button>
      ))}
    </nav>
  );
}
