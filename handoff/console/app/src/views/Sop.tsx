import { cardsOf } from "../cards";
import { t } from "../texts";
import type { City, Incident } from "../types";
import { Prose } from "./Prose";

/** What to ask and to do in this kind of event. */
export function Sop({ city, incident }: { city: City; incident: Incident }) {
  const cards = cardsOf(city.slug);
  const its = cards?.filter((card) => card.kind === "sop" && card.categories.includes(incident.category ?? ""));
  return (
    <details class="box sop">
      <summary>{t.sop.label}</summary>
      {cards === undefined && <p>{t.loading}</p>}
      {its?.length === 0 && <p>{t.sop.none}</p>}
      {its?.map((card) => (
        <article key={card.slug}>
          <h3>
            {card.title} {!card.approved && <b class="tag warn">{t.sop.unapproved}</b>}
          </h3>
          {card.body ? <Prose text={card.body} /> : null}
          {card.steps.length > 0 && (
            <ol>
              {card.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          )}
        </article>
      ))}
    </details>
  );
}
