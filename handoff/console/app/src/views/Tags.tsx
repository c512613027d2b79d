import { cityOf, severalCities } from "../desk";
import { alarmName, channelName, reasonName, severityMeaning, severityName, sourceName, t } from "../texts";
import type { Incident, Severity } from "../types";

/** Level in letters and words; the colour only repeats it. */
export function SeverityTag({ level, long }: { level: Severity; long?: boolean }) {
  return (
    <span class={`severity p${level}`} title={`${severityName[level]}: ${severityMeaning[level]}`}>
      P{level}
      {long ? ` ${severityName[level]}` : ""}
    </span>
  );
}

export const categoryName = (city: string, slug: string | null): string =>
  cityOf(city)?.categories.find((one) => one.slug === slug)?.name ?? t.case.noCategory;

export const closeReasonName = (city: string, slug: string | null): string =>
  cityOf(city)?.close_reasons.find((one) => one.slug === slug)?.name ?? slug ?? "";

export const wayIn = (one: Incident): string =>
  one.source === "chat" ? (channelName[one.channel ?? ""] ?? one.channel ?? sourceName.chat) : sourceName[one.source];

/** Why it is here, how it came, and what makes it different from others. */
export function Tags({ incident }: { incident: Incident }) {
  const { alarm, silent, outside, restricted, contact, city } = incident;
  return (
    <span class="tags">
      {alarm && <b class="tag alarm">{alarmName[alarm]}</b>}
      {silent && <b class="tag silent">{t.list.silent}</b>}
      {contact?.cannot_call && <b class="tag alarm">{t.list.cannotCall}</b>}
      {outside && <b class="tag warn">{t.list.outside}</b>}
      {restricted && <b class="tag">{t.list.restricted}</b>}
      <span class="tag">{reasonName[incident.reason] ?? incident.reason}</span>
      <span class="tag">{wayIn(incident)}</span>
      {severalCities.value && <span class="tag">{cityOf(city)?.short_name}</span>}
    </span>
  );
}
