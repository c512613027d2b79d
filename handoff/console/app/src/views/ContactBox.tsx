import { changeContact } from "../acts";
import { day } from "../clock";
import { t } from "../texts";
import type { City, Conversation, Incident, PastCase } from "../types";
import { categoryName, closeReasonName } from "./Tags";

interface ContactOf {
  conversation: Conversation | null;
  incident: Incident | null;
  history: readonly PastCase[];
  city: City;
}

export function ContactBox({ conversation, incident, history, city }: ContactOf) {
  const contact = conversation?.contact ?? incident?.contact;
  if (!contact) return null;
  const silent = conversation?.silent === true || incident?.silent === true;
  return (
    <section class="contact" aria-labelledby="contact-title">
      <h2 id="contact-title">{t.contact.label}</h2>
      <p class="line">
        <b>{contact.name || t.contact.unnamed}</b>
        <Phone number={contact.phone} forbidden={silent || contact.cannot_call} />
      </p>
      {contact.language && contact.language !== "id" && (
        <p>
          {t.contact.language}: {contact.language}
        </p>
      )}
      {conversation && (
        <>
          <Flag
            words={t.contact.cannotCall}
            on={conversation.contact.cannot_call}
            set={(on) => void changeContact(conversation, { cannot_call: on })}
          />
          <Flag words={t.contact.silent} on={silent} set={(on) => void changeContact(conversation, { silent: on })} />
        </>
      )}
      {history.length > 0 && (
        <details>
          <summary>
            {t.contact.history} ({history.length})
          </summary>
          <ul>
            {history.map((one) => (
              <li key={one.code}>
                <b>{one.code}</b> {categoryName(city.slug, one.category)}, {day(one.opened_at, city.timezone)}{" "}
                <small>{closeReasonName(city.slug, one.close_reason)}</small>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

/** Where ringing may kill, there is no number to press. */
function Phone({ number, forbidden }: { number: string | null; forbidden: boolean }) {
  if (forbidden) return <b class="tag alarm">{t.contact.doNotCall}</b>;
  if (!number) return <span>{t.contact.noPhone}</span>;
  return (
    <a href={`tel:${number}`} aria-label={t.contact.call(number)}>
      {number}
    </a>
  );
}

interface FlagOf {
  words: string;
  on: boolean;
  set: (on: boolean) => void;
}

/** Shows what the server holds: the mark moves when it has said so. */
function Flag({ words, on, set }: FlagOf) {
  const asked = (event: { currentTarget: HTMLInputElement }): void => {
    event.currentTarget.checked = on;
    set(!on);
  };
  return (
    <label class="check">
      <input type="checkbox" checked={on} onChange={asked} />
      {words}
    </label>
  );
}
