import { cityOf, isMine, severalCities } from "../desk";
import { hour } from "../clock";
import { whoIs } from "../people";
import { describePlace } from "../places";
import { hashOf } from "../route";
import { unread } from "../seen";
import { channelName, severityName, t } from "../texts";
import type { Conversation, Incident } from "../types";
import { Elapsed } from "./Elapsed";
import { SeverityTag, Tags, categoryName, closeReasonName, wayIn } from "./Tags";
import { steady } from "./steady";

interface CaseRowOf {
  incident: Incident;
  open: boolean;
}

/** The link's target, and what the keyboard needs to act on a row that is not open. */
const linkTo = (one: Incident) => {
  const chat = one.conversation_id;
  const [kind, id] = chat ? (["conversation", chat] as const) : (["incident", one.id] as const);
  return {
    href: hashOf({ at: kind, city: one.city, id, pane: "chat" }),
    "data-row": true,
    "data-kind": kind,
    "data-city": one.city,
    "data-id": id,
  };
};

export const CaseRow = steady(({ incident, open }: CaseRowOf) => (
  <li class={`row p${incident.severity} ${incident.status}`}>
    <a {...linkTo(incident)} aria-current={open ? "true" : undefined}>
      <span class="line">
        <SeverityTag level={incident.severity} />
        <span class="unseen">{severityName[incident.severity]}</span>
        <strong class="what">{categoryName(incident.city, incident.category)}</strong>
        <Elapsed since={incident.heard_at} waiting={incident.status === "waiting"} />
      </span>
      <span class="where">{describePlace(incident.place)}</span>
      <span class="last">{incident.last_text ?? incident.summary ?? incident.note}</span>
      <span class="line foot">
        <Tags incident={incident} />
        <Holder incident={incident} />
      </span>
    </a>
  </li>
));

function Holder({ incident }: { incident: Incident }) {
  if (isMine(incident) && unread(incident)) return <b class="tag news">{t.list.newMessage}</b>;
  if (incident.status === "waiting" || isMine(incident) || !incident.claimed_by) return null;
  return <span class="holder">{t.list.heldBy(incident.claimed_by.name)}</span>;
}

interface BotRowOf {
  conversation: Conversation;
  open: boolean;
}

export const BotRow = steady(({ conversation: one, open }: BotRowOf) => (
  <li class="row talk">
    <a
      href={hashOf({ at: "conversation", city: one.city, id: one.id, pane: "chat" })}
      data-row
      data-kind="conversation"
      data-city={one.city}
      data-id={one.id}
      aria-current={open ? "true" : undefined}
    >
      <span class="line">
        <strong class="what">{whoIs(one.contact)}</strong>
        {one.last_in_at && <Elapsed key={one.last_in_at} since={one.last_in_at} />}
      </span>
      <span class="last">{one.last_text}</span>
      <span class="line foot">
        <span class="tags">
          {one.silent && <b class="tag silent">{t.list.silent}</b>}
          <span class="tag">{channelName[one.channel] ?? one.channel}</span>
          {severalCities.value && <span class="tag">{cityOf(one.city)?.short_name}</span>}
        </span>
        <span class="holder">{one.state}</span>
      </span>
    </a>
  </li>
));

export const ClosedRow = steady(({ incident, open }: CaseRowOf) => {
  const zone = cityOf(incident.city)?.timezone ?? "UTC";
  return (
    <li class={`row closed p${incident.severity}`}>
      <a {...linkTo(incident)} aria-current={open ? "true" : undefined}>
        <span class="line">
          <SeverityTag level={incident.severity} />
          <strong class="what">{categoryName(incident.city, incident.category)}</strong>
          <span class="elapsed">{incident.closed_at && hour(incident.closed_at, zone)}</span>
        </span>
        <span class="where">{describePlace(incident.place)}</span>
        <span class="line foot">
          <span class="tags">
            <span class="tag">{incident.code}</span>
            <span class="tag">{wayIn(incident)}</span>
          </span>
          <span class="holder">{closeReasonName(incident.city, incident.close_reason)}</span>
        </span>
      </a>
    </li>
  );
});
