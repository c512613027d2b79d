import { useComputed, useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { mayReply } from "../acts";
import { elapsed, now } from "../clock";
import { me } from "../desk";
import type { OnDesk } from "../desk";
import { draftOf } from "../drafts";
import { reply } from "../replies";
import { segments } from "../segments";
import { telltales } from "../silence";
import { keyOf } from "../store";
import { t } from "../texts";
import type { Conversation } from "../types";
import { dialog } from "../ui";
import { Icon } from "./Icon";
import { QuickReplies, boxAria, usePicker } from "./QuickReplies";
import type { Picker } from "./QuickReplies";

/**
 * Where the operator writes to the citizen. It stays whoever holds the conversation meanwhile: what is typed is kept,
 * and letters never fall through to the keyboard's acts because a box has vanished under the fingers.
 */
export function Reply({ desk, conversation: talk }: { desk: OnDesk; conversation: Conversation }) {
  const draft = draftOf(keyOf(talk.city, talk.id));
  const warned = useSignal<string[]>([]);
  const asking = useSignal(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const mine = mayReply(desk, me.value?.operator.id);
  const silent = talk.silent || desk.incident?.silent === true;
  const until = talk.window_until === null ? null : Date.parse(talk.window_until);
  const over = useComputed(() => until !== null && until <= now.value).value;
  const template = me.value?.templates.some((one) => one.channel === talk.channel && one.account === talk.account) === true;
  // A template's own words name us: whoever must be silent gets none.
  const shut = over && (silent || !template);

  const send = (anyway = false): void => {
    const text = draft.value.trim();
    if (!text || !mine || shut) return;
    const telling = silent && me.value ? telltales(text, me.value.telltales) : [];
    warned.value = anyway ? [] : telling;
    if (warned.value.length) return;
    reply(talk.city, talk.id, { text, ...(asking.value && !over && { ask_location: true }), ...(telling.length > 0 && { anyway }) });
    draft.value = "";
    asking.value = false;
    box.current?.focus();
  };
  const askLocation = (): void => {
    if (!mine || over) return;
    asking.value = !asking.value;
    if (asking.value && !draft.value.trim()) draft.value = t.reply.askLocationWords;
    else if (draft.value === t.reply.askLocationWords) draft.value = "";
    box.current?.focus();
  };
  const typed = (words: string): void => {
    draft.value = words;
    picker.heard(words);
    if (warned.value.length) warned.value = [];
  };
  const picker = usePicker(desk, draft, box, typed);
  const pressed = (event: KeyboardEvent): void => {
    if (picker.pressed(event)) return;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!event.repeat) send();
  };

  return (
    <div class="reply">
      {silent && (
        <p class="silent-notice">
          <strong>{t.reply.silent}.</strong> {t.reply.silentRules}
        </p>
      )}
      {over && <p class="banner amber">{shut ? t.reply.windowShut : t.reply.asTemplate}</p>}
      {!mine && <NotMine talk={talk} typed={draft.value !== ""} />}
      <Telltale words={warned.value} send={() => send(true)} />
      <QuickReplies picker={picker} />
      <Box box={box} draft={draft} typed={typed} pressed={pressed} picker={picker} />
      <div class="reply-acts">
        <button type="button" aria-disabled={!mine} onClick={() => mine && (dialog.value = "cards")}>
          <Icon name="cards" /> <span>{t.reply.cards}</span>
        </button>
        {picker.any && (
          <button type="button" aria-pressed={picker.open} title={`${t.reply.quick} (/)`} onClick={picker.toggle}>
            <Icon name="quick" /> <span>{t.reply.quick}</span>
          </button>
        )}
        <button
          type="button"
          aria-pressed={asking.value}
          aria-disabled={!mine || over}
          onClick={askLocation}
        >
          <Icon name="pin" /> <span>{t.reply.askLocation}</span>
        </button>
        <span class="count">
          <Counter draft={draft} channel={talk.channel} />
          {until !== null && !over && <WindowLeft until={until} />}
        </span>
        <button type="button" class="primary" aria-disabled={!mine || shut} onClick={() => send()}>
          <Icon name="send" /> {t.reply.send}
        </button>
      </div>
    </div>
  );
}

function NotMine({ talk, typed }: { talk: Conversation; typed: boolean }) {
  const why = talk.operator ? t.case.heldBy(talk.operator.name) : t.reply.takeFirst;
  return (
    <p class="not-mine">
      {why} {typed && t.reply.draftKept}
    </p>
  );
}

interface BoxOf {
  box: { current: HTMLTextAreaElement | null };
  draft: Signal<string>;
  typed: (words: string) => void;
  pressed: (event: KeyboardEvent) => void;
  picker: Picker;
}

const TALLEST_PX = 180;

function Box({ box, draft, typed, pressed, picker }: BoxOf) {
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    element.style.height = "auto";
    element.style.height = `${Math.min(TALLEST_PX, element.scrollHeight + 2)}px`;
  }, [draft.value]);
  return (
    <textarea
      id="reply"
      ref={box}
      rows={2}
      value={draft.value}
      placeholder={t.reply.placeholder}
      aria-label={t.reply.label}
      {...boxAria(picker)}
      onInput={(event) => typed(event.currentTarget.value)}
      onKeyDown={pressed}
    />
  );
}

function Telltale({ words, send }: { words: string[]; send: () => void }) {
  if (!words.length) return null;
  return (
    <p class="banner red" role="alert">
      {t.reply.telltale(words.join(", "))}
      <button type="button" onClick={send}>
        {t.reply.sendAnyway}
      </button>
    </p>
  );
}

// What the server takes.
const LONGEST = 4000;
const MOST_SMS = 4;

function Counter({ draft, channel }: { draft: Signal<string>; channel: string }) {
  const words = draft.value.trim();
  if (channel === "sms") {
    const { parts, used, room, unicode } = segments(words);
    return (
      <span class={parts > MOST_SMS ? "much" : ""}>
        {t.reply.sms(parts, used, room)} {unicode && `(${t.reply.unicode})`}
      </span>
    );
  }
  return (
    <span class={words.length > LONGEST ? "much" : ""}>{words ? t.reply.characters(words.length, LONGEST) : ""}</span>
  );
}

function WindowLeft({ until }: { until: number }) {
  const words = useComputed(() => t.reply.window(elapsed(until - now.value)));
  return <span class="window">{words}</span>;
}
