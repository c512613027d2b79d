// Calling the operator: the alarm, the flashing title, notices on the screen, words for a screen reader.
import { effect, untracked } from "@preact/signals";
import { taking } from "./acts";
import { lit } from "./clock";
import { asOf, cityOf, isMine, me, mine, ringing, sessionEnded, waiting } from "./desk";
import { describePlace } from "./places";
import { ring, chime } from "./sound";
import { keyOf } from "./store";
import { t } from "./texts";
import type { Incident } from "./types";
import { tell, urgentWords } from "./ui";

export function callAttention(): void {
  effect(() => ring(Boolean(me.value) && ringing.value.length > 0));
  effect(() => {
    if (sessionEnded.value) chime("assigned");
  });
  effect(flashTitle);
  effect(noticeArrivals);
  effect(noticeAssignments);
}

const what = (one: Incident): string =>
  cityOf(one.city)?.categories.find((category) => category.slug === one.category)?.name ?? t.case.noCategory;

function flashTitle(): void {
  const first = ringing.value[0];
  if (!first) {
    document.title = sessionEnded.value && lit.value ? t.login.endedTitle : t.product;
    return;
  }
  const title = t.announce.title(ringing.value.length, what(first));
  document.title = lit.value ? title : `⚠ ${title}`;
}

let seen: ReadonlySet<string> | null = null;

function noticeArrivals(): void {
  const current = waiting.value;
  if (asOf.value === null) {
    seen = null;
    return;
  }
  const fresh = current.filter((one) => !seen?.has(name(one)));
  const first = seen === null;
  seen = new Set(current.map(name));
  untracked(() => announce(fresh, first));
}

// A case that became a P1 is news once more.
const name = (one: Incident): string => `${keyOf(one.city, one.id)} ${one.severity === 1}`;

function announce(fresh: Incident[], first: boolean): void {
  const urgent = fresh.filter((one) => one.severity === 1);
  if (urgent.length) {
    urgentWords.value = urgent.map((one) => t.announce.p1(what(one), describePlace(one.place))).join(". ");
    if (document.hidden) for (const one of urgent) showNotice(one);
  } else if (fresh.length && !first) {
    chime("arrived");
  }
}

function showNotice(one: Incident): void {
  if (typeof Notification === "undefined" || Notification.permission !== "granted") return;
  // Whoever walks past the desk may read it: nothing of a restricted or silent case.
  const secret = one.restricted || one.silent;
  const notice = new Notification(t.announce.title(1, secret ? "" : what(one)), {
    body: secret ? one.code : `${one.code} · ${describePlace(one.place)}`,
    tag: keyOf(one.city, one.id),
    requireInteraction: true,
  });
  notice.onclick = () => {
    focus();
    notice.close();
  };
}

let held: ReadonlyMap<string, Incident> | null = null;

function noticeAssignments(): void {
  const current = new Map(mine.value.map((one) => [keyOf(one.city, one.id), one]));
  if (asOf.value === null) {
    held = null;
    return;
  }
  const before = held;
  held = current;
  if (!before) return;
  untracked(() => {
    for (const [key, one] of current) {
      const mineByClick = taking.value.has(key) || (one.conversation_id && taking.value.has(keyOf(one.city, one.conversation_id)));
      if (before.has(key) || mineByClick || one.source !== "chat") continue;
      chime("assigned");
      tell(t.case.given(one.code));
    }
  });
}

/** A citizen's new line in a case of one's own. */
export function noticeMessage(incident: Incident | null): void {
  if (incident && isMine(incident)) chime("message");
}
