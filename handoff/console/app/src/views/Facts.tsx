import { useSignal } from "@preact/signals";
import { factName, t } from "../texts";
import type { Fact } from "../types";
import { factWords } from "./Why";

interface FactsOf {
  facts: Record<string, Fact>;
  locked: boolean;
  /** `null`: unknown again. */
  onFact: (name: string, value: Fact) => void;
}

export function Facts({ facts, locked, onFact }: FactsOf) {
  const rows = Object.entries(facts).filter(([, value]) => value !== null);
  return (
    <section class="facts" aria-labelledby="facts-title">
      <h2 id="facts-title">{t.facts.label}</h2>
      {!rows.length && <p class="empty">{t.facts.none}</p>}
      {rows.map(([name, value]) => (
        <FactRow key={name} name={name} value={value} locked={locked} onFact={onFact} />
      ))}
      {!locked && <NewFact onFact={onFact} />}
    </section>
  );
}

interface RowOf extends Pick<FactsOf, "locked" | "onFact"> {
  name: string;
  value: Fact;
}

function FactRow({ name, value, locked, onFact }: RowOf) {
  const label = factName[name] ?? name.replaceAll("_", " ");
  return (
    <div class="fact">
      <label>
        <span>{label}</span>
        <input
          value={factWords(value)}
          disabled={locked}
          onChange={(event) => onFact(name, meant(event.currentTarget.value, value))}
        />
      </label>
      {!locked && (
        <button type="button" class="quiet" aria-label={t.facts.remove(label)} onClick={() => onFact(name, null)}>
          ✕
        </button>
      )}
    </div>
  );
}

/** "ya" and "3" go back as what they were read from; words stay words. */
function meant(words: string, before: Fact): Fact {
  const said = words.trim();
  if (!said) return null;
  if (typeof before === "boolean") {
    if (said.toLowerCase() === t.yes) return true;
    if (["tidak", "tdk", "bukan"].includes(said.toLowerCase())) return false;
  }
  return typeof before === "number" && Number.isFinite(Number(said)) ? Number(said) : said;
}

function NewFact({ onFact }: Pick<FactsOf, "onFact">) {
  const name = useSignal("");
  const value = useSignal("");
  const add = (event: Event): void => {
    event.preventDefault();
    const slug = name.value.trim().toLowerCase().replace(/\s+/g, "_");
    if (!slug || !value.value.trim()) return;
    onFact(slug, value.value.trim());
    name.value = value.value = "";
  };
  return (
    <form class="fact new" onSubmit={add}>
      <input
        value={name.value}
        placeholder={t.facts.name}
        aria-label={t.facts.name}
        onInput={(event) => (name.value = event.currentTarget.value)}
      />
      <input
        value={value.value}
        placeholder={t.facts.value}
        aria-label={t.facts.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      <button type="submit" aria-label={t.facts.add} title={t.facts.add}>
        +
      </button>
    </form>
  );
}
