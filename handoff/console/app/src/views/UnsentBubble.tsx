import { hour } from "../clock";
import { writeAgain } from "../drafts";
import { forget, sendAnyway } from "../replies";
import type { Unsent } from "../replies";
import { keyOf } from "../store";
import { stateName, t } from "../texts";
import { focusOn } from "../ui";
import { Folded } from "./Folded";

/** A reply that the server does not have yet, or will not take. */
export function UnsentBubble({ one, zone }: { one: Unsent; zone: string }) {
  const { words, refused } = one;
  const discard = (): void => forget(words.client_id);
  const editAgain = (): void => {
    writeAgain(keyOf(one.city, one.conversation_id), words.text);
    discard();
    focusOn("reply");
  };
  return (
    <article class="bubble out operator unsent">
      <p class="by">
        <b>{t.thread.you}</b>
        <time>{hour(one.at, zone)}</time>
      </p>
      <Folded text={words.text} />
      {refused === null ? (
        <p class="state sending">{stateName.sending}</p>
      ) : (
        <p class="state failed" role="alert">
          {t.thread.refused}: {refused}{" "}
          <button type="button" onClick={editAgain}>
            {t.thread.editAgain}
          </button>
          <button type="button" onClick={discard}>
            {t.thread.discard}
          </button>
          {one.telltale && (
            <button type="button" onClick={() => sendAnyway(one)}>
              {t.reply.sendAnyway}
            </button>
          )}
        </p>
      )}
    </article>
  );
}
