import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { me } from "../desk";
import { go, route } from "../route";
import { t } from "../texts";
import type { City } from "../types";
import { aboutOf, addressOf, refreshAbout } from "./about";
import { PAGES, mayOpen } from "./pages";
import type { Page } from "./pages";
import { k } from "./texts";
import type { About } from "./types";

/** The part for whoever keeps the answers: navigation beside the page that the address names. */
export function Shell() {
  const here = route.value;
  const who = me.value;
  const role = who?.operator.role ?? "operator";
  const asked = here.at === "knowledge" ? here : { city: "", page: "", rest: [] };
  const city = who?.cities.find((one) => one.slug === asked.city) ?? who?.cities[0];
  const pages = PAGES.filter((one) => mayOpen(one, role));
  const page = pages.find((one) => one.slug === asked.page) ?? pages[0];
  useEffect(() => {
    if (city) void refreshAbout(city.slug);
  }, [city?.slug]);
  if (!city || !page) return <p class="starting">{k.noCity}</p>;
  const about = aboutOf(city.slug);
  return (
    <div class="kb">
      <Navigation city={city} pages={pages} page={page} about={about} />
      <main class="kb-main" id="work" tabIndex={-1}>
        {about ? (
          <page.component key={`${city.slug}/${page.slug}`} city={city} about={about} rest={asked.rest} />
        ) : (
          <p class="starting" role="status">
            {t.loading}
          </p>
        )}
      </main>
    </div>
  );
}

interface NavigationOf {
  city: City;
  pages: readonly Page[];
  page: Page;
  about: About | undefined;
}

function Navigation({ city, pages, page, about }: NavigationOf) {
  const unfolded = useSignal(false);
  const groups = [...new Set(pages.map((one) => one.group))];
  return (
    <nav class={unfolded.value ? "kb-nav unfolded" : "kb-nav"} aria-label={k.nav.label}>
      <button type="button" class="kb-menu" aria-expanded={unfolded.value} onClick={() => (unfolded.value = !unfolded.value)}>
        ☰ {page.name}
      </button>
      <div class="kb-links">
        <CityChoice city={city} page={page} />
        {groups.map((group) => (
          <div key={group}>
            {k.nav.groups[group] && <h2>{k.nav.groups[group]}</h2>}
            <ul>
              {pages
                .filter((one) => one.group === group)
                .map((one) => (
                  <li key={one.slug}>
                    <a
                      href={addressOf(city.slug, one.slug)}
                      aria-current={one === page ? "page" : undefined}
                      onClick={() => (unfolded.value = false)}
                    >
                      {one.name} <Waiting count={(about && one.waiting?.(about)) ?? 0} />
                    </a>
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </div>
    </nav>
  );
}

function Waiting({ count }: { count: number }) {
  if (!count) return null;
  return (
    <span class="count" title={k.nav.waiting(count)}>
      {count}
    </span>
  );
}

function CityChoice({ city, page }: { city: City; page: Page }) {
  const cities = me.value?.cities ?? [];
  if (cities.length < 2) return <p class="kb-city">{city.name}</p>;
  return (
    <label class="kb-city">
      <span class="unseen">{k.nav.city}</span>
      <select
        value={city.slug}
        onChange={(event) => go({ at: "knowledge", city: event.currentTarget.value, page: page.slug, rest: [] })}
      >
        {cities.map((one) => (
          <option key={one.slug} value={one.slug}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}
