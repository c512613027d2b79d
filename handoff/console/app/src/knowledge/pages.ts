// Which pages there are, in the order of the navigation.
import type { ComponentType } from "preact";
import type { City, Operator } from "../types";
import { Articles } from "./Articles";
import { MORE } from "./more_pages";
import { k } from "./texts";
import type { About } from "./types";

export interface PageOf {
  city: City;
  about: About;
  /** What follows the page's name in the address: mostly the slug that is open. */
  rest: readonly string[];
}

export interface Page {
  /** As the address has it. */
  slug: string;
  name: string;
  group: "start" | "answers" | "learning" | "city" | "office";
  component: ComponentType<PageOf>;
  /** Who sees it; everybody of this part if left out. */
  roles?: readonly Operator["role"][];
  /** A number beside its name: what waits there. 0 shows nothing. */
  waiting?: (about: About) => number;
}

const ARTICLES: Page = {
  slug: "jawaban",
  name: k.pages.articles,
  group: "answers",
  component: Articles,
  waiting: (about) => about.kinds.find((one) => one.slug === "article")?.in_review ?? 0,
};

const GROUPS: readonly Page["group"][] = ["start", "answers", "learning", "city", "office"];

export const PAGES: readonly Page[] = [ARTICLES, ...MORE].sort(
  (a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group),
);

export const mayOpen = (page: Page, role: Operator["role"]): boolean => !page.roles || page.roles.includes(role);
