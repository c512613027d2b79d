import { useSignal } from "@preact/signals";
import type { City } from "../../types";
import { addressOf } from "../about";
import { countWords } from "../dates";
import { useFetched } from "../fetched";
import * as api from "../learning_api";
import { m } from "../texts_more";
import { Waiting } from "../Waiting";

type Days = "7" | "30";

/** Which answers serve, and which citizens turn away. */
export function FeedbackTable({ city }: { city: City }) {
  const days = useSignal<Days>("7");
  const learned = useFetched(`feedback ${city.slug} ${days.value}`, () => api.feedback(city.slug, days.value));
  const feedback = learned.value?.feedback ?? [];
  return (
    <section aria-label={m.learning.tabs["feedback"] ?? ""}>
      <p class="kb-hint">{m.learning.feedbackHint}</p>
      <label class="kb-filter">
        <span>{m.learning.days}</span>
        <select value={days.value} onChange={(event) => (days.value = event.currentTarget.value as Days)}>
          {(["7", "30"] as const).map((one) => (
            <option key={one} value={one}>
              {m.learning.daysNames[one]}
            </option>
          ))}
        </select>
      </label>
      {!learned.value && <Waiting on={learned} />}
      {learned.value && !feedback.length && <p class="empty">{m.learning.feedbackNone}</p>}
      {feedback.length > 0 && (
        <table class="kb-table">
          <thead>
            <tr>
              <th scope="col">{m.learning.topic}</th>
              <th scope="col" class="number">{m.learning.answered}</th>
              <th scope="col" class="number">{m.learning.helped}</th>
              <th scope="col" class="number">{m.learning.notThatShort}</th>
            </tr>
          </thead>
          <tbody>
            {feedback.map((one) => (
              <tr key={one.topic}>
                <th scope="row">
                  <a href={addressOf(city.slug, "jawaban", one.topic)}>{one.title}</a>
                </th>
                <td class="number">{countWords(one.answered)}</td>
                <td class="number">{countWords(one.helped)}</td>
                <td class={one.not_that * 5 > one.answered ? "number much" : "number"}>{countWords(one.not_that)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
