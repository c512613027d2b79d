import { useSignal } from "@preact/signals";
import { day, hour } from "../clock";
import { nameOf } from "./about";
import { labelOf, reading } from "./Differences";
import type { Labels } from "./EntryPage";
import { k } from "./texts";
import type { About, Body } from "./types";
import { same } from "./work";
import type { Work } from "./work";

interface CrossedOf {
  work: Work;
  about: About;
  zone: string;
  naming: Labels;
}

/** Two wrote the same entry: both versions, field by field, and nothing is lost before somebody has chosen. */
export function Crossed({ work, about, zone, naming }: CrossedOf) {
  const chosen = useSignal<Record<string, "mine" | "theirs">>({});
  const theirs = work.crossed.value;
  const entry = work.entry.value;
  if (theirs === undefined || !entry) return null;
  const now = theirs ?? entry.published;
  const mine = work.body.value;
  const other = now?.body ?? {};
  const began = work.baseBody;
  const fields = [...new Set([...Object.keys(mine), ...Object.keys(other)])].filter((one) => !same(mine[one], other[one]));
  const who = nameOf(about, now?.updated_by ?? null);
  const choice = (field: string): "mine" | "theirs" =>
    chosen.value[field] ?? (same(mine[field], began[field]) ? "theirs" : "mine");
  const settle = (): void => {
    const body: Body = { ...other };
    for (const field of fields) body[field] = choice(field) === "mine" ? mine[field] : other[field];
    work.settle(body);
  };
  return (
    <section class="kb-crossed" role="alert" aria-labelledby="kb-crossed-title">
      <h2 id="kb-crossed-title">{k.crossed.title(who)}</h2>
      <p>{now && k.crossed.text(who, `${day(now.updated_at, zone)}, ${hour(now.updated_at, zone)}`)}</p>
      {fields.map((field) => (
        <fieldset key={field}>
          <legend>{labelOf(naming, field)}</legend>
          {(["mine", "theirs"] as const).map((one) => (
            <label key={one}>
              <input
                type="radio"
                name={`crossed-${field}`}
                checked={choice(field) === one}
                onChange={() => (chosen.value = { ...chosen.value, [field]: one })}
              />
              <span>
                <b>{one === "mine" ? k.crossed.mine : k.crossed.theirs(who)}</b>
                <span class="version">{reading(naming, field, (one === "mine" ? mine : other)[field])}</span>
              </span>
            </label>
          ))}
        </fieldset>
      ))}
      <div class="dialog-acts">
        <button type="button" onClick={() => work.giveWay()}>
          {k.crossed.giveWay}
        </button>
        <button type="button" class="primary" onClick={settle}>
          {k.crossed.settle}
        </button>
      </div>
    </section>
  );
}
