// How the values of the other kinds read aloud where versions are compared.
import { factName } from "../../texts";
import type { City } from "../../types";
import { dayWords } from "../dates";
import { f } from "../texts_forms";

type Says = (field: string, value: unknown) => string | undefined;
type Thing = Record<string, unknown>;

const isThing = (value: unknown): value is Thing => typeof value === "object" && value !== null && !Array.isArray(value);
const joined = (parts: readonly unknown[], by = " · "): string => parts.filter(Boolean).join(by);

export const agencySays: Says = (field, value) => {
  if (field === "kind") return f.agency.kinds[String(value)];
  if (field === "phones.0" && isThing(value)) return phone(value);
  if (field === "posts.0" && isThing(value)) {
    const { name, address, lat, lon, phones } = value;
    const numbers = Array.isArray(phones) ? phones.map((one) => phone(one as Thing)).join("; ") : "";
    return joined([name, address, typeof lat === "number" && `${lat}, ${String(lon)}`, numbers]);
  }
  return undefined;
};

function phone({ number, label, confirmed_on: day, source, via }: Thing): string {
  const way = via === "voice" ? "" : f.agency.vias[String(via)];
  return joined([number, label, way, typeof day === "string" && day && dayWords(day), source]);
}

const categoryName = (city: City, slug: string): string => city.categories.find((one) => one.slug === slug)?.name ?? slug;

export const cardSays =
  (city: City): Says =>
  (field, value) => {
    if (field === "kind") return f.card.kinds[String(value)];
    if (field === "categories.0") return categoryName(city, String(value));
    if (field !== "send_when.0") return undefined;
    const [category = "", fact] = String(value).split(":");
    return joined([categoryName(city, category), fact ? (factName[fact] ?? fact) : f.card.sendAlways], ": ");
  };

export const categorySays =
  (city: City): Says =>
  (field, value) => {
    if (field === "default_severity") return f.category.severities[Number(value)];
    if (field === "agencies" && isThing(value)) return sent(city, value);
    if (field !== "questions.0" || !isThing(value)) return undefined;
    const { fact, wording, answer, yes_is: yes } = value;
    const raises = typeof yes === "number" && `${f.category.yes} P${yes}`;
    return joined([factName[String(fact)] ?? fact, wording, f.category.answers[String(answer)], raises]);
  };

function sent(city: City, lists: Thing): string {
  const named = (slug: unknown): string => city.agencies.find((one) => one.slug === slug)?.name ?? String(slug);
  const roles = ["first", "also", "operator_only"].map((role) => {
    const slugs = lists[role];
    return Array.isArray(slugs) && slugs.length && `${f.category.roles[role] ?? role}: ${slugs.map(named).join(", ")}`;
  });
  return joined(roles, "; ");
}
