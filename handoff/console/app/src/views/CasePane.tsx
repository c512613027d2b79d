import type { OnDesk } from "../desk";
import { saveFact, writeAndSave } from "../edits";
import { mayEdit } from "../rights";
import { t } from "../texts";
import type { Incident, Place } from "../types";
import { Agencies } from "./Agencies";
import { CategoryField, NoteField, SeverityField } from "./CaseFields";
import { Conflict } from "./Conflict";
import { ContactBox } from "./ContactBox";
import { Events } from "./Events";
import { Facts } from "./Facts";
import { PlaceEditor } from "./PlaceEditor";
import { Sop } from "./Sop";

/** All that is known of a case, in the order in which it is asked. */
export function CasePane({ desk }: { desk: OnDesk }) {
  const { incident, conversation, city } = desk;
  return (
    <>
      {incident ? <Known desk={desk} incident={incident} /> : <p class="empty">{t.case.noCase}</p>}
      <ContactBox conversation={conversation} incident={incident} history={desk.thread?.history ?? []} city={city} />
      {incident && <Sop city={city} incident={incident} />}
      <Agencies city={city} />
      {incident && <Events incident={incident} zone={city.timezone} />}
    </>
  );
}

function Known({ desk, incident }: { desk: OnDesk; incident: Incident }) {
  const { city } = desk;
  const locked = !mayEdit(incident);
  const pins = (desk.thread?.messages ?? []).flatMap(({ direction, place }) =>
    direction === "in" && place ? [{ lat: place.lat, lon: place.lon }] : [],
  );
  return (
    <>
      {locked && incident.status !== "closed" && <p class="read-only">{t.case.readOnly}</p>}
      <CategoryField incident={incident} city={city} locked={locked} />
      <SeverityField incident={incident} locked={locked} />
      <PlaceEditor
        key={incident.id}
        city={city}
        place={incident.place}
        alternatives={incident.alternatives}
        outside={incident.outside}
        pins={pins}
        locked={locked}
        onPlace={(place: Place) => writeAndSave(incident, "place", place)}
      />
      <Conflict incident={incident} field="place" />
      <Facts facts={incident.facts} locked={locked} onFact={(name, value) => void saveFact(incident, name, value)} />
      <NoteField incident={incident} locked={locked} />
      {incident.why.length > 0 && (
        <details class="box">
          <summary>{t.case.why}</summary>
          <ul>
            {incident.why.map((one) => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
