import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import * as api from "../api";
import { t } from "../texts";
import type { City, FoundPlace, Place } from "../types";

const PAUSE_MS = 180;

interface SearchOf {
  city: City;
  onPlace: (place: Partial<Place>) => void;
}

/** A combobox over the city's places; what it does not know may be taken as it was written. */
export function PlaceSearch({ city, onPlace }: SearchOf) {
  const words = useSignal("");
  const found = useSignal<FoundPlace[] | null>(null);
  const at = useSignal(-1);
  const asked = useRef(0);

  useEffect(() => {
    const query = words.value.trim();
    const mine = ++asked.current;
    at.value = -1;
    if (query.length < 2) {
      found.value = null;
      return;
    }
    const waiting = setTimeout(() => {
      // Without the server the words themselves can still be taken.
      void api.places(city.slug, query).catch(() => ({ places: [] })).then(({ places }) => {
        if (mine === asked.current) found.value = places;
      });
    }, PAUSE_MS);
    return () => clearTimeout(waiting);
  }, [words.value, city.slug]);

  const take = (place: number): void => {
    const chosen = found.value?.[place];
    if (chosen) {
      const { label, ...rest } = chosen;
      onPlace({ ...rest, text: label });
    } else if (words.value.trim()) {
      onPlace({ text: words.value.trim() });
    }
    words.value = "";
    found.value = null;
  };
  const options = found.value?.length ?? 0;
  const pressed = (event: KeyboardEvent): void => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") at.value = Math.min(options, at.value + 1);
    else if (event.key === "ArrowUp") at.value = Math.max(-1, at.value - 1);
    else if (event.key === "Enter") take(at.value);
    else if (event.key === "Escape" && found.value) found.value = null;
    else return;
    event.preventDefault();
    if (event.key === "Escape") event.stopPropagation();
  };

  return (
    <div class="combobox">
      <input
        id="place-search"
        role="combobox"
        autocomplete="off"
        value={words.value}
        placeholder={t.place.search}
        aria-label={t.place.search}
        aria-expanded={found.value !== null}
        aria-controls="place-options"
        aria-activedescendant={at.value >= 0 ? `place-${at.value}` : undefined}
        onInput={(event) => (words.value = event.currentTarget.value)}
        onKeyDown={pressed}
      />
      <ul id="place-options" role="listbox" aria-label={t.place.search} hidden={found.value === null}>
        {found.value?.map((one, place) => (
          <Option key={one.label} place={place} at={at.value} words={one.label} take={take} />
        ))}
        {found.value !== null && words.value.trim() && (
          <Option place={options} at={at.value} words={t.place.useText(words.value.trim())} take={take} />
        )}
      </ul>
      <p class="unseen" role="status">
        {found.value === null ? "" : options ? t.place.results(options) : t.place.none}
      </p>
    </div>
  );
}

interface OptionOf {
  place: number;
  at: number;
  words: string;
  take: (place: number) => void;
}

function Option({ place, at, words, take }: OptionOf) {
  return (
    <li
      id={`place-${place}`}
      role="option"
      aria-selected={place === at}
      // Before the field loses its focus.
      onMouseDown={(event) => {
        event.preventDefault();
        take(place);
      }}
    >
      {words}
    </li>
  );
}
