import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import * as api from "../api";
import { second } from "../clock";
import { t, verbName } from "../texts";
import type { CaseEvent, Incident } from "../types";

/** Who did what to this case, fetched while somebody looks. */
export function Events({ incident, zone }: { incident: Incident; zone: string }) {
  const shown = useSignal(false);
  const events = useSignal<CaseEvent[] | null>(null);
  const failed = useSignal(false);
  const load = async (): Promise<void> => {
    try {
      events.value = (await api.incident(incident.city, incident.id)).events;
      failed.value = false;
    } catch {
      failed.value = true;
    }
  };
  useEffect(() => {
    if (shown.value) void load();
  }, [shown.value, incident.version]);
  return (
    <details class="box" onToggle={(event) => (shown.value = event.currentTarget.open)}>
      <summary>{t.events.label}</summary>
      {failed.value && <p>{t.failed}</p>}
      <ol class="events">
        {events.value?.map((one) => (
          <li key={`${one.at} ${one.verb}`}>
            <time dateTime={one.at}>{second(one.at, zone)}</time> <b>{verbName[one.verb] ?? one.verb}</b> {one.who}{" "}
            <small>{detailWords(one.detail)}</small>
          </li>
        ))}
      </ol>
    </details>
  );
}

function detailWords(detail: unknown): string {
  if (typeof detail === "string") return detail;
  if (typeof detail !== "object" || detail === null) return "";
  return Object.entries(detail)
    .filter(([, value]) => ["string", "number", "boolean"].includes(typeof value) || Array.isArray(value))
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(", ");
}
