import { actionName, factName, kindName, t } from "../texts";
import type { City, Fact, Understanding } from "../types";

/** What the machine made of a message, kept with it: for the operator who wonders, and for the one who reviews. */
export function Why({ understanding, city }: { understanding: Understanding; city: City }) {
  const { kind, categories, severity, action, facts, reasons, scores, topics, language } = understanding;
  const names = (categories ?? []).map((slug) => city.categories.find((one) => one.slug === slug)?.name ?? slug);
  const rows: [string, string | null][] = [
    [t.thread.whyRows.kind, kind && (kindName[kind] ?? kind)],
    [t.thread.whyRows.categories, names.join(", ")],
    [t.thread.whyRows.severity, severity === null ? "" : `P${severity}`],
    [t.thread.whyRows.action, action && (actionName[action] ?? action)],
    [t.thread.whyRows.facts, listed(facts ?? {})],
    [t.thread.whyRows.reasons, (reasons ?? []).join("; ")],
    [t.thread.whyRows.scores, scored(scores ?? {})],
    [t.thread.whyRows.topics, (topics ?? []).map(topicWords).join(", ")],
    [t.thread.whyRows.language, language],
  ];
  return (
    <details class="why">
      <summary>{t.thread.why}</summary>
      <dl>
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </details>
  );
}

export const factWords = (value: Fact): string =>
  value === true ? t.yes : value === false ? t.no : value === null ? "?" : String(value);

const listed = (facts: Record<string, Fact>): string =>
  Object.entries(facts)
    .map(([name, value]) => `${factName[name] ?? name.replaceAll("_", " ")}: ${factWords(value)}`)
    .join(", ");

const scored = (scores: Record<string, number>): string =>
  Object.entries(scores)
    .sort(([, a], [, b]) => b - a)
    .map(([name, score]) => `${name} ${Math.round(score * 100)} %`)
    .join(", ");

function topicWords(topic: unknown): string {
  if (typeof topic === "string") return topic;
  if (Array.isArray(topic)) return String(topic[0]);
  return String((topic as { topic?: unknown } | null)?.topic ?? "");
}
