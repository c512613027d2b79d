import type * as api from "./api";
import { kindOf } from "./about";
import { k } from "./texts";
import type { About } from "./types";

interface FiltersOf {
  search: api.Search;
  set: (change: Partial<api.Search>) => void;
  about: About;
  kind: string;
  owned: boolean;
}

const STATES = ["all", "published", "draft", "review", "withdrawn", "due"] as const;
const SORTS = ["title", "updated", "review_on"] as const;

/** Search, state, owner, order. */
export function Filters({ search, set, about, kind, owned }: FiltersOf) {
  const counts = kindOf(about, kind);
  const count: Partial<Record<string, number>> = counts
    ? { all: counts.count, draft: counts.drafts, review: counts.in_review, due: counts.due }
    : {};
  return (
    <div class="kb-filters" role="search">
      <label class="kb-find">
        <span class="unseen">{k.list.search}</span>
        <input id="kb-search" type="search" placeholder={k.list.search} value={search.q} onInput={(event) => set({ q: event.currentTarget.value })} />
      </label>
      <label>
        <span>{k.list.state}</span>
        <select value={search.state} onChange={(event) => set({ state: event.currentTarget.value })}>
          {STATES.filter((one) => owned || one !== "due").map((one) => (
            <option key={one} value={one}>
              {k.filters[one]}
              {count[one] ? ` (${count[one]})` : ""}
            </option>
          ))}
        </select>
      </label>
      {owned && (
        <>
          <label>
            <span>{k.list.owner}</span>
            <select value={search.owner} onChange={(event) => set({ owner: event.currentTarget.value })}>
              <option value="">{k.list.anyOwner}</option>
              {about.owners.map((one) => (
                <option key={one.username} value={one.username}>
                  {one.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>{k.list.sort}</span>
            <select value={search.sort} onChange={(event) => set({ sort: event.currentTarget.value })}>
              {SORTS.map((one) => (
                <option key={one} value={one}>
                  {k.sorts[one]}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
    </div>
  );
}
