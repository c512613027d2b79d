import { countWords, shareWords } from "../dates";
import type { Figure } from "../learning_types";
import { m } from "../texts_more";

/** A model's exam: what it reached, beside what it must reach. */
export function Figures({ figures }: { figures: readonly Figure[] }) {
  const before = figures.some((one) => one.in_use !== null);
  return (
    <table class="kb-table kb-exam">
      <thead>
        <tr>
          <th scope="col">{m.models.figure}</th>
          <th scope="col" class="number">{m.models.value}</th>
          <th scope="col" class="number">{m.models.floor}</th>
          {before && <th scope="col" class="number">{m.models.was}</th>}
          <th scope="col">{m.models.verdict}</th>
        </tr>
      </thead>
      <tbody>
        {figures.map((one) => (
          <tr key={one.slug}>
            <th scope="row">{one.name}</th>
            <td class="number" data-says={m.models.value}>
              {words(one, one.value)}
            </td>
            <td class="number" data-says={m.models.floor}>
              {floorWords(one)}
            </td>
            {before && (
              <td class="number" data-says={m.models.was}>
                {words(one, one.in_use)}
              </td>
            )}
            <td>
              {one.floor !== null && <span class={one.ok ? "good-words" : "much"}>{one.ok ? m.models.passed : m.models.missed}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function words({ unit }: Figure, value: number | null): string {
  if (value === null) return "";
  if (unit === "share") return shareWords(value);
  return unit === "ms" ? `${countWords(value)} ms` : countWords(value);
}

function floorWords(one: Figure): string {
  if (one.floor === null) return "";
  const floor = words(one, one.floor);
  return one.at_most ? m.models.atMost(floor) : m.models.atLeast(floor);
}
