import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { cardsOf, fitting } from "../cards";
import { me } from "../desk";
import { reply } from "../replies";
import { telltales } from "../silence";
import { t } from "../texts";
import type { Card, Conversation, Incident } from "../types";
import { Modal } from "./Modal";

interface PickerOf {
  conversation: Conversation;
  incident: Incident | null;
}

/** Approved instructions for the citizen, sent step by step, never reworded. */
export function CardPicker({ conversation, incident }: PickerOf) {
  const sent = useSignal<readonly string[]>([]);
  const cards = cardsOf(conversation.city)?.filter((card) => card.kind === "card");
  const { fit, rest } = fitting(cards ?? [], incident?.categories ?? []);
  const silent = conversation.silent || incident?.silent === true;
  const send = (card: Card, step: string): void => {
    reply(conversation.city, conversation.id, { text: step, card: card.slug });
    sent.value = [...sent.value, step];
  };
  const shelf = (title: string, some: Card[], open: boolean) =>
    some.length > 0 && (
      <section>
        <h3>{title}</h3>
        {some.map((card) => (
          <OneCard key={card.slug} card={card} open={open} silent={silent} sent={sent} send={send} />
        ))}
      </section>
    );
  return (
    <Modal title={t.cards.title} wide>
      <p>{silent ? `${t.reply.silent}. ${t.reply.silentRules}` : t.cards.hint}</p>
      {cards === undefined && <p role="status">{t.loading}</p>}
      {cards?.length === 0 && <p>{t.cards.none}</p>}
      {shelf(t.cards.forThis, fit, fit.length < 3)}
      {shelf(t.cards.rest, rest, false)}
    </Modal>
  );
}

interface CardOf {
  card: Card;
  open: boolean;
  silent: boolean;
  sent: Signal<readonly string[]>;
  send: (card: Card, step: string) => void;
}

function OneCard({ card, open, silent, sent, send }: CardOf) {
  const list = me.value?.telltales;
  const steps = card.steps.length ? card.steps : [card.body];
  return (
    <details class="card" open={open}>
      <summary>
        {card.title}{" "}
        {!card.approved && <b class="tag warn">{t.cards.unapproved}</b>}
        {card.approved && card.expires && <small>{t.cards.expires(card.expires)}</small>}
      </summary>
      <ol>
        {steps.map((step) => {
          const tells = silent && list !== undefined && telltales(step, list).length > 0;
          const done = sent.value.includes(step);
          return (
            <li key={step}>
              <span>{step}</span>
              <button type="button" disabled={!card.approved || tells} onClick={() => send(card, step)}>
                {done ? `✓ ${t.cards.sent}` : t.cards.send}
              </button>
            </li>
          );
        })}
      </ol>
    </details>
  );
}
