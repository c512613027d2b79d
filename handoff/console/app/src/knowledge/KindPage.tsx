import type { ComponentType } from "preact";
import { EntryList } from "./EntryList";
import type { ListOf } from "./EntryList";
import { EntryPage } from "./EntryPage";
import type { FormProps, Labels } from "./EntryPage";

interface KindPageOf extends ListOf, Labels {
  /** What follows the page in the address: nothing for the list, a slug for the editor. */
  rest: readonly string[];
  form: ComponentType<FormProps>;
  side?: ComponentType<FormProps>;
  sideName?: string;
}

/** A kind of things that staff change: their list, and one of them once the address names it. */
export function KindPage({ rest, form, side, sideName, labels, says, ...list }: KindPageOf) {
  const slug = rest[0];
  if (!slug) return <EntryList {...list} />;
  const { city, about, kind, page } = list;
  const more = { ...(side && { side }), ...(sideName && { sideName }), ...(says && { says }) };
  return <EntryPage key={slug} city={city} about={about} kind={kind} slug={slug} page={page} form={form} labels={labels} {...more} />;
}
