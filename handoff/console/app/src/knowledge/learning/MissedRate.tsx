import { kindName } from "../../texts";
import { shareWords } from "../dates";
import type { Missed } from "../learning_types";
import { m } from "../texts_more";

/** How often an emergency was taken for something else: as measured, with what the measure leaves open. */
export function MissedRate({ missed }: { missed: Missed }) {
  if (!missed.judged) return <p class="empty">{m.missed.none}</p>;
  return (
    <>
      <p class="kb-big">{shareWords(missed.rate)}</p>
      <Interval share={missed} />
      <p>{m.missed.says(missed.emergencies, missed.judged)}</p>
      <p class="kb-figures">
        {m.missed.between(shareWords(missed.low), shareWords(missed.high))}. {m.missed.what}
      </p>
      {missed.by.length > 0 && (
        <table class="kb-table">
          <caption class="unseen">{m.missed.by}</caption>
          <thead>
            <tr>
              <th scope="col">{m.missed.takenFor}</th>
              <th scope="col" class="number">{m.missed.rate}</th>
              <th scope="col" class="number">{m.missed.judged}</th>
            </tr>
          </thead>
          <tbody>
            {missed.by.map((one) => (
              <tr key={one.taken_for}>
                <th scope="row">{kindName[one.taken_for] ?? one.taken_for}</th>
                <td class="number">
                  {one.emergencies} ({shareWords(one.rate)})
                </td>
                <td class="number">{one.judged}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

/** The interval drawn on a scale that fits it; the words below say the same. */
function Interval({ share }: { share: Missed }) {
  const most = Math.max(0.05, Math.min(1, share.high * 1.25));
  const at = (value: number): number => Math.min(300, (value / most) * 300);
  return (
    <svg class="kb-interval" viewBox="0 0 300 14" preserveAspectRatio="none" aria-hidden="true">
      <rect class="scale" x="0" y="6" width="300" height="2" />
      <rect class="range" x={at(share.low)} y="3" width={Math.max(2, at(share.high) - at(share.low))} height="8" />
      <rect class="point" x={Math.max(0, at(share.rate) - 1.5)} y="0" width="3" height="14" />
    </svg>
  );
}
