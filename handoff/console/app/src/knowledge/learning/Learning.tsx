import { me } from "../../desk";
import { m } from "../texts_more";
import type { PageOf } from "../pages";
import { Tabs } from "../Tabs";
import { Examples } from "./Examples";
import { FeedbackTable } from "./FeedbackTable";
import { Groups } from "./Groups";
import { WeeklyTen } from "./WeeklyTen";

export const LEARNING = "belajar";
const SLUGS = { weekly: "minggu-ini", groups: "kelompok", examples: "contoh", feedback: "tanggapan" } as const;

/** What citizens asked in vain, and what the desk has corrected: where new answers and lessons come from. */
export function Learning({ city, about, rest }: PageOf) {
  const open = rest[0] ?? SLUGS.weekly;
  // Examples are words of emergencies: the server gives them to nobody else.
  const admin = me.value?.operator.role === "admin";
  return (
    <div class="kb-page">
      <header class="kb-head">
        <h1>{m.learning.title}</h1>
      </header>
      <Tabs
        city={city.slug}
        page={LEARNING}
        label={m.learning.tabsLabel}
        open={open}
        tabs={Object.entries(SLUGS)
          .filter(([name]) => admin || name !== "examples")
          .map(([name, slug]) => [slug, m.learning.tabs[name] ?? slug] as const)}
      />
      {open === SLUGS.weekly && <WeeklyTen city={city} />}
      {open === SLUGS.groups && <Groups city={city} />}
      {open === SLUGS.examples && (admin ? <Examples city={city} about={about} /> : <p class="empty">{m.learning.onlyAdmin}</p>)}
      {open === SLUGS.feedback && <FeedbackTable city={city} />}
    </div>
  );
}
