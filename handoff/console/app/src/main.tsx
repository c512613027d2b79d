import { computed, effect, untracked } from "@preact/signals";
import { render } from "preact";
import { ApiError, whenSignedOut, whoAmI } from "./api";
import { callAttention } from "./attention";
import { startClock } from "./clock";
import { me, putOut, signedIn } from "./desk";
import { forgetDrafts } from "./drafts";
import { rememberEdits } from "./edits";
import { listenToKeys } from "./keys";
import { stayLive } from "./live";
import { guardReplies, rememberReplies } from "./replies";
import { keepInPlace } from "./rights";
import { rememberSeen } from "./seen";
import { prepareSound } from "./sound";
import { startTheme } from "./theme";
import { App } from "./views/App";
import "leaflet/dist/leaflet.css";
import "./styles/all.css";

startTheme();
startClock();
prepareSound();
whenSignedOut(putOut);
guardReplies();
rememberWork();
callAttention();
keepInPlace();
listenToKeys();
stayLive();
render(<App />, document.getElementById("app") as HTMLElement);
void recognise();

/** What this operator left half done in this tab. */
function rememberWork(): void {
  const operator = computed(() => me.value?.operator.id);
  effect(() => {
    if (!operator.value) return;
    untracked(() => {
      forgetDrafts();
      rememberReplies();
      rememberEdits();
      rememberSeen();
    });
  });
}

/** Who sits here? Asked until the server answers: a page that was loaded while it restarts is no reason to log in anew. */
async function recognise(): Promise<void> {
  try {
    signedIn(await whoAmI());
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) me.value = null;
    else setTimeout(() => void recognise(), 1_000);
  }
}
