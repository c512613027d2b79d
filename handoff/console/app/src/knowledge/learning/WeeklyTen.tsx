import { useSignal } from "@preact/signals";
import type { City } from "../../types";
import { addressOf, open, refreshAbout } from "../about";
import { done, useFetched } from "../fetched";
import * as api from "../learning_api";
import type { Weekly } from "../learning_types";
import { m } from "../texts_more";
import { Waiting } from "../Waiting";

/** The ten answers most worth writing. One touch makes the draft, with the group's questions as its variants. */
export function WeeklyTen({ city }: { city: City }) {
  const learned = useFetched(`weekly ${city.slug}`, () => api.learning(city.slug));
  if (!learned.value) return <Waiting on={learned} />;
  const { weekly } = learned.value;
  return (
    <section aria-label={m.learning.tabs["weekly"] ?? ""}>
      <p class="kb-hint">{weekly.length ? m.learning.weekly : m.learning.weeklyNone}</p>
      <ol class="kb-cards">
        {weekly.map((one) => (
          <li key={`${one.id}/${one.topic}`}>
            <WeeklyCard city={city} one={one} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function WeeklyCard({ city, one }: { city: City; one: Weekly }) {
  return (
    <article class="kb-card">
      <header>
        <h2>{one.title}</h2>
        {one.topic && <b class="tag warn">{m.learning.notThat}</b>}
      </header>
      <p class="kb-figures">{m.learning.asked(one.week, one.size)}</p>
      <Sayings texts={one.examples} />
      <footer>
        {one.topic ? (
          <a class="kb-button" href={addressOf(city.slug, "jawaban", one.topic)}>
            {m.learning.mend}
          </a>
        ) : (
          <DraftButton city={city} id={one.id} slug={one.slug} />
        )}
      </footer>
    </article>
  );
}

/** What citizens wrote, in their own words. */
export function Sayings({ texts }: { texts: readonly string[] }) {
  return (
    <ul class="kb-sayings" aria-label={m.learning.examples}>
      {texts.map((text, place) => (
        <li key={place}>{text}</li>
      ))}
    </ul>
  );
}

interface DraftOf {
  city: City;
  id: string;
  slug: string | null;
  /** What it is about, where nothing near says so. */
  about?: string;
}

export function DraftButton({ city, id, slug, about }: DraftOf) {
  const busy = useSignal(false);
  const named = (act: string): Record<string, string> => (about ? { "aria-label": `${act}: ${about}` } : {});
  if (slug) {
    return (
      <a class="kb-button" href={addressOf(city.slug, "jawaban", slug)} {...named(m.learning.open)}>
        {m.learning.open}
      </a>
    );
  }
  const write = async (): Promise<void> => {
    if (busy.value) return;
    busy.value = true;
    await done(async () => {
      const made = await api.draftOfGroup(city.slug, id);
      void refreshAbout(city.slug);
      open("jawaban", made.slug);
    });
    busy.value = false;
  };
  return (
    <button type="button" aria-disabled={busy.value} onClick={() => void write()} {...named(m.learning.write)}>
      {busy.value ? m.learning.writing : m.learning.write}
    </button>
  );
}
