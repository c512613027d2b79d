// The pages beside the answers; a page of the group "start" is where everybody lands.
import { Agencies } from "./kinds/Agencies";
import { PAGE_OF_KIND } from "./kinds/addresses";
import { Cards } from "./kinds/Cards";
import { Categories } from "./kinds/Categories";
import { Holidays } from "./kinds/Holidays";
import { Landmarks } from "./kinds/Landmarks";
import { QuickReplies } from "./kinds/QuickReplies";
import { Wording } from "./kinds/Wording";
import { Judging } from "./learning/Judging";
import { LEARNING, Learning } from "./learning/Learning";
import { Models } from "./learning/Models";
import { People } from "./office/People";
import { Start } from "./office/Start";
import type { Page } from "./pages";
import { m } from "./texts_more";
import type { About } from "./types";

const kept = (kind: string, name: string, component: Page["component"]): Page => ({
  slug: PAGE_OF_KIND[kind] ?? kind,
  name,
  group: "city",
  component,
  waiting: (about: About) => about.kinds.find((one) => one.slug === kind)?.in_review ?? 0,
});

export const MORE: readonly Page[] = [
  { slug: "ringkasan", name: m.pages.start, group: "start", component: Start },
  { slug: LEARNING, name: m.pages.learning, group: "learning", component: Learning },
  { slug: "periksa", name: m.pages.judging, group: "learning", component: Judging, roles: ["supervisor", "admin"] },
  { slug: "model", name: m.pages.models, group: "learning", component: Models, roles: ["supervisor", "admin"] },
  kept("agency", m.pages.agencies, Agencies),
  kept("landmark", m.pages.landmarks, Landmarks),
  kept("card", m.pages.cards, Cards),
  kept("category", m.pages.categories, Categories),
  kept("wording", m.pages.wording, Wording),
  kept("quick_reply", m.pages.quick, QuickReplies),
  kept("holiday", m.pages.holidays, Holidays),
  { slug: "pengguna", name: m.pages.people, group: "office", component: People, roles: ["admin"] },
];
