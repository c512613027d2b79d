// What the whole part knows of the city that is open: its kinds with their counts, its people, its kecamatan.
import { signal } from "@preact/signals";
import { complain } from "../acts";
import { go, hashOf, route } from "../route";
import * as api from "./api";
import { k } from "./texts";
import type { About, KindInfo } from "./types";

const known = signal<ReadonlyMap<string, About>>(new Map());

export const aboutOf = (city: string): About | undefined => known.value.get(city);

/** Asked anew whenever something was published, sent for review or withdrawn: the counts in the navigation follow. */
export async function refreshAbout(city: string): Promise<void> {
  try {
    known.value = new Map(known.value).set(city, await api.about(city));
  } catch (error) {
    complain(error);
  }
}

export const kindOf = (about: About, kind: string): KindInfo | undefined => about.kinds.find((one) => one.slug === kind);

/** The city's files sign with a name of their own. */
export const nameOf = (about: About, username: string | null): string =>
  username === "berkas" ? k.files : (about.owners.find((one) => one.username === username)?.name ?? username ?? "");

/** The address of one of this part's pages. */
export const addressOf = (city: string, page: string, ...rest: string[]): string =>
  hashOf({ at: "knowledge", city, page, rest });

/** Opens one of this part's pages, in the city that is open. */
export function open(page: string, ...rest: string[]): void {
  const here = route.value;
  go({ at: "knowledge", city: here.at === "knowledge" ? here.city : "", page, rest });
}
