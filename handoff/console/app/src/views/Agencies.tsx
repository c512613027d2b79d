import { t } from "../texts";
import type { City } from "../types";

/** Whom to telephone, each number with the day on which somebody made sure of it. */
export function Agencies({ city }: { city: City }) {
  return (
    <details class="box agencies">
      <summary>{t.agencies.label}</summary>
      <dl>
        {city.agencies.map((agency) => (
          <div key={agency.slug}>
            <dt>{agency.name}</dt>
            {agency.phones.map((phone) => (
              <dd key={phone.number}>
                <a href={`tel:${phone.number.replace(/[^+\d]/g, "")}`}>{phone.number}</a> {phone.label}{" "}
                {phone.confirmed_on ? (
                  <small>{t.agencies.confirmed(phone.confirmed_on)}</small>
                ) : (
                  <b class="tag warn">{t.agencies.unconfirmed}</b>
                )}
              </dd>
            ))}
          </div>
        ))}
      </dl>
    </details>
  );
}
