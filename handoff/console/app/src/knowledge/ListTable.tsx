import type { Signal } from "@preact/signals";
import { t } from "../texts";
import type { City } from "../types";
import { addressOf, nameOf } from "./about";
import { dayOf, shortDay } from "./days";
import type { ListOf } from "./EntryList";
import { k } from "./texts";
import type { About, Row } from "./types";
import { unsavedSlugs } from "./work";

interface FoundOf extends ListOf {
  found: { entries: Row[]; total: number } | null;
  ticked: Signal<ReadonlySet<string>>;
  searching: boolean;
}

/** The rows of one page. */
export function Found({ city, about, kind, page, owned, note, found, ticked, searching }: FoundOf) {
  if (!found) {
    return (
      <p class="starting" role="status">
        {t.loading}
      </p>
    );
  }
  if (!found.entries.length) return <p class="starting">{searching ? t.list.nothingFound : k.list.empty}</p>;
  const unsaved = unsavedSlugs(city.slug, kind);
  const all = found.entries.every((one) => ticked.value.has(one.slug));
  const tick = (slugs: string[], on: boolean): void => {
    const next = new Set(ticked.value);
    for (const slug of slugs) on ? next.add(slug) : next.delete(slug);
    ticked.value = next;
  };
  const ticks = Boolean(owned) && about.me.may_write;
  return (
    <table class="kb-table">
      <thead>
        <tr>
          {ticks && (
            <th class="tick">
              <input
                type="checkbox"
                aria-label={k.list.tickAll}
                checked={all}
                onChange={(event) => tick(found.entries.map((one) => one.slug), event.currentTarget.checked)}
              />
            </th>
          )}
          <th>{k.list.title}</th>
          <th>{k.list.state}</th>
          {owned && <th>{k.list.owner}</th>}
          {owned && <th>{k.list.review}</th>}
          {owned && <th class="number">{k.list.asked}</th>}
          <th>{k.list.changed}</th>
        </tr>
      </thead>
      <tbody>
        {found.entries.map((row) => (
          <tr key={row.slug}>
            {ticks && (
              <td class="tick">
                <input
                  type="checkbox"
                  aria-label={k.list.tick(row.title)}
                  checked={ticked.value.has(row.slug)}
                  onChange={(event) => tick([row.slug], event.currentTarget.checked)}
                />
              </td>
            )}
            <td class="name">
              <a href={addressOf(city.slug, page, row.slug)}>{row.title || row.slug}</a>
              {note && <small>{note(row)}</small>}
            </td>
            <td class="state">
              <RowTags row={row} unsaved={unsaved.has(row.slug)} />
            </td>
            {owned && <td class="owner">{nameOf(about, row.owner)}</td>}
            {owned && <td class={row.due ? "review due" : "review"}>{row.review_on && k.list.by(dayOf(row.review_on))}</td>}
            {owned && <td class="number">{row.asked_7_days ? k.list.times(row.asked_7_days) : ""}</td>}
            <td class="changed">{changed(row, about, city)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const changed = (row: Row, about: About, city: City): string =>
  row.updated_at ? `${shortDay(row.updated_at, city.timezone)} · ${nameOf(about, row.updated_by)}` : "";

function RowTags({ row, unsaved }: { row: Row; unsaved: boolean }) {
  const drafted = row.draft_state ?? (row.has_draft ? "draft" : null);
  return (
    <span class="tags">
      {row.state === "withdrawn" && <b class="tag alarm">{k.states.withdrawn}</b>}
      {row.state === "published" && <span class="tag good">{k.states.published}</span>}
      {(drafted || row.state === "draft" || row.state === "review") && (
        <span class={(drafted ?? row.state) === "review" ? "tag news" : "tag warn"}>
          {k.states[(drafted ?? row.state) === "review" ? "review" : "draft"]}
        </span>
      )}
      {row.due && <b class="tag warn">{k.states.due}</b>}
      {unsaved && <b class="tag warn">{k.states.unsaved}</b>}
    </span>
  );
}
