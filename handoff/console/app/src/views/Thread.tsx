import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import * as api from "../api";
import { complain } from "../acts";
import { day } from "../clock";
import { happened } from "../desk";
import type { OnDesk } from "../desk";
import { unsent } from "../replies";
import type { Unsent } from "../replies";
import { sawUpTo } from "../seen";
import { t } from "../texts";
import type { Conversation, Message } from "../types";
import { Bubble } from "./Bubble";
import { UnsentBubble } from "./UnsentBubble";

const NEAR_PX = 80;

/** The transcript. It follows what is new as long as its end is in view, and never moves under the reader's eyes. */
export function Thread({ desk, conversation }: { desk: OnDesk; conversation: Conversation }) {
  const box = useRef<HTMLDivElement>(null);
  const following = useSignal(true);
  const messages = desk.thread?.messages ?? [];
  const own = unsent.value.filter(
    (one) => one.city === conversation.city && one.conversation_id === conversation.id && !received(one, messages),
  );
  const last = messages[messages.length - 1]?.id;

  const toEnd = (): void => {
    const element = box.current;
    if (element) element.scrollTop = element.scrollHeight;
  };
  useLayoutEffect(() => {
    if (following.peek()) toEnd();
  }, [last, own.length, desk.thread?.loaded]);
  useEffect(() => {
    if (!document.hidden) sawUpTo(conversation.city, conversation.id, conversation.last_in_at);
  }, [conversation.last_in_at]);
  useEffect(() => {
    // The box shrinks when the reply grows or a banner appears: what was at its end stays there.
    const watching = new ResizeObserver(() => following.peek() && toEnd());
    if (box.current) watching.observe(box.current);
    return () => watching.disconnect();
  }, []);

  const scrolled = (): void => {
    const element = box.current;
    if (element) following.value = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
  };
  return (
    <div class="thread-frame">
      <div class="thread" ref={box} onScroll={scrolled} role="log" aria-label={t.thread.label} tabIndex={0}>
        {desk.thread?.more && <Older conversation={conversation} first={messages[0]} box={box} />}
        {!messages.length && <p class="empty">{desk.thread?.loaded ? t.thread.empty : t.loading}</p>}
        <Lines messages={messages} zone={desk.city.timezone} desk={desk} />
        {own.map((one) => (
          <UnsentBubble key={one.words.client_id} one={one} zone={desk.city.timezone} />
        ))}
      </div>
      {!following.value && (
        <button type="button" class="to-end" onClick={toEnd}>
          {t.thread.newer}
        </button>
      )}
    </div>
  );
}

const received = (one: Unsent, messages: readonly Message[]): boolean =>
  messages.some((message) => message.client_id === one.words.client_id);

interface LinesOf {
  messages: readonly Message[];
  zone: string;
  desk: OnDesk;
}

function Lines({ messages, zone, desk }: LinesOf) {
  let before = "";
  return (
    <>
      {messages.map((message) => {
        const its = day(message.at, zone);
        const fresh = its !== before;
        before = its;
        return (
          <div key={message.id} class="message-row">
            {fresh && <p class="day">{its}</p>}
            <Bubble message={message} city={desk.city} incident={desk.incident} />
          </div>
        );
      })}
    </>
  );
}

interface OlderOf {
  conversation: Conversation;
  first: Message | undefined;
  box: { current: HTMLDivElement | null };
}

function Older({ conversation, first, box }: OlderOf) {
  const busy = useSignal(false);
  const load = async (): Promise<void> => {
    if (!first || busy.value) return;
    busy.value = true;
    const { city, id } = conversation;
    try {
      const { messages, more } = await api.olderMessages(city, id, first.id);
      const element = box.current;
      const fromEnd = element ? element.scrollHeight - element.scrollTop : 0;
      happened({ type: "older", city, conversation_id: id, messages, more });
      requestAnimationFrame(() => {
        if (element) element.scrollTop = element.scrollHeight - fromEnd;
      });
    } catch (error) {
      complain(error);
    }
    busy.value = false;
  };
  return (
    <button type="button" class="older" aria-disabled={busy.value} onClick={() => void load()}>
      {busy.value ? t.loading : t.thread.older}
    </button>
  );
}
