import { release, sawAlarm, takeThis, taking, takingOf } from "../acts";
import { hour } from "../clock";
import { isMine, me } from "../desk";
import type { OnDesk } from "../desk";
import { backToList } from "../keys";
import { whoIs } from "../people";
import { describePlace } from "../places";
import { mayEdit } from "../rights";
import { keyOf } from "../store";
import { alarmMeaning, alarmName, t } from "../texts";
import type { Incident } from "../types";
import { dialog } from "../ui";
import { Elapsed } from "./Elapsed";
import { Icon } from "./Icon";
import { Key } from "./Key";
import { SeverityTag, Tags, categoryName, closeReasonName } from "./Tags";

export function CaseHeader({ desk }: { desk: OnDesk }) {
  const { incident, conversation } = desk;
  const contact = incident?.contact ?? conversation?.contact;
  const who = whoIs(contact);
  return (
    <header class="case-head">
      <button type="button" class="quiet back" aria-label={t.back} onClick={backToList}>
        <Icon name="back" />
      </button>
      <div class="title">
        <h1>
          {incident && <SeverityTag level={incident.severity} long />}
          <span>{incident ? categoryName(incident.city, incident.category) : who}</span>
          {incident && incident.status !== "closed" && (
            <Elapsed key={incident.id} since={incident.heard_at} waiting={incident.status === "waiting"} />
          )}
        </h1>
        <p class="line">
          {incident && <b>{incident.code}</b>}
          {incident && <span class="where">{describePlace(incident.place)}</span>}
          {incident && <Tags incident={incident} />}
        </p>
        <p class="line holder">
          {incident && contact && <span class="from">{t.case.from(who)}</span>} <Holding desk={desk} /> <Viewers desk={desk} />
        </p>
      </div>
      <Acts desk={desk} />
      {incident?.alarm && incident.status !== "closed" && <Alarm incident={incident} alarm={incident.alarm} />}
    </header>
  );
}

function Holding({ desk }: { desk: OnDesk }) {
  const { incident, conversation, city } = desk;
  if (incident?.status === "closed" && conversation?.holder !== "bot") {
    return (
      <span>
        {t.case.closed(
          closeReasonName(incident.city, incident.close_reason),
          incident.closed_at ? hour(incident.closed_at, city.timezone) : "",
        )}
      </span>
    );
  }
  if (incident && isMine(incident)) return <span>{t.case.heldByMe}</span>;
  if (incident?.claimed_by && incident.status === "claimed") return <span>{t.case.heldBy(incident.claimed_by.name)}</span>;
  if (conversation?.holder === "operator" && conversation.operator) {
    const own = conversation.operator.id === me.value?.operator.id;
    return <span>{own ? t.case.heldByMe : t.case.heldBy(conversation.operator.name)}</span>;
  }
  if (!conversation) return null;
  return (
    <span>
      {t.case.heldByBot}
      {conversation.state && `: ${conversation.state}`}
    </span>
  );
}

function Viewers({ desk }: { desk: OnDesk }) {
  const names = (desk.thread?.viewers ?? []).filter((one) => one.id !== me.value?.operator.id).map((one) => one.name);
  return names.length ? <span class="viewers">{t.case.viewers(names.join(", "))}</span> : null;
}

function Acts({ desk }: { desk: OnDesk }) {
  const { incident, conversation } = desk;
  const take = takingOf(desk);
  const busy = [incident?.id, conversation?.id].some((id) => id && taking.value.has(keyOf(desk.city.slug, id)));
  const own = incident !== null && isMine(incident);
  const talking = conversation?.holder === "operator" && conversation.operator?.id === me.value?.operator.id;
  return (
    <div class="acts">
      {take && (
        <button type="button" class="primary" aria-disabled={busy} onClick={() => void takeThis(take)}>
          {busy ? t.case.claiming : take.does === "claim" ? t.case.claim : t.case.takeOver} <Key>a</Key>
        </button>
      )}
      {talking && (
        <button type="button" onClick={() => (dialog.value = "handback")}>
          {t.case.handBack} <Key>h</Key>
        </button>
      )}
      {own && !conversation && (
        <button type="button" onClick={() => void release(incident)}>
          {t.case.release} <Key>h</Key>
        </button>
      )}
      {incident && mayEdit(incident) && (
        <button type="button" onClick={() => (dialog.value = "close")}>
          {t.case.close} <Key>c</Key>
        </button>
      )}
    </div>
  );
}

function Alarm({ incident, alarm }: { incident: Incident; alarm: NonNullable<Incident["alarm"]> }) {
  return (
    <p class="banner red case-alarm">
      <span>
        <strong>{alarmName[alarm]}.</strong> {alarmMeaning[alarm]}
      </span>
      <button type="button" onClick={() => void sawAlarm(incident)}>
        {t.case.alarmSeen}
      </button>
    </p>
  );
}
