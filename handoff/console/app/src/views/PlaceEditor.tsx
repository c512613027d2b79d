import { EMPTY_PLACE, describePlace, kecamatanOf, kelurahanOf } from "../places";
import { placeSource, t } from "../texts";
import type { Area, City, Place } from "../types";
import { CityMap } from "./CityMap";
import type { Spot } from "./CityMap";
import { PlaceSearch } from "./PlaceSearch";

interface EditorOf {
  city: City;
  place: Place | null;
  alternatives: Place[];
  outside: boolean;
  /** Where the citizen's own pins lie. */
  pins: Spot[];
  locked: boolean;
  onPlace: (place: Place) => void;
}

/** Where it happens: said, found, picked from the lists or pointed at on the map. */
export function PlaceEditor({ city, place, alternatives, outside, pins, locked, onPlace }: EditorOf) {
  const set = (change: Partial<Place>): void =>
    onPlace({ ...EMPTY_PLACE, ...place, confidence: null, ...change, source: "operator" });
  return (
    <section class="place" aria-labelledby="place-title">
      <h2 id="place-title">{t.place.label}</h2>
      <p class="summary">
        <strong>{describePlace(place)}</strong> <small>{origin(place)}</small>
      </p>
      {outside && <p class="banner amber">{t.place.outside}</p>}
      {!locked && <PlaceSearch city={city} onPlace={(found) => onPlace({ ...EMPTY_PLACE, ...found })} />}
      {alternatives.length > 0 && !locked && (
        <p class="maybe">
          {t.place.maybe}{" "}
          {alternatives.map((one) => (
            <button key={describePlace(one)} type="button" onClick={() => onPlace({ ...one, source: "operator" })}>
              {describePlace(one)}
            </button>
          ))}
        </p>
      )}
      <CityMap
        city={city}
        place={place}
        alternatives={alternatives}
        pins={pins}
        onPick={locked ? undefined : (spot) => set({ ...spot, accuracy_m: null })}
      />
      <AreaFields city={city} place={place} locked={locked} set={set} />
    </section>
  );
}

/** How well it is known, and from whom. */
function origin(place: Place | null): string {
  if (!place || describePlace(place) === t.unknownPlace) return "";
  return [
    place.source && (placeSource[place.source] ?? place.source),
    typeof place.accuracy_m === "number" && t.place.accuracy(Math.round(place.accuracy_m)),
    typeof place.confidence === "number" && place.source === "text" && t.place.sure(Math.round(place.confidence * 100)),
    place.nearest && t.place.nearest,
    place.lat === null && t.place.noPoint,
  ]
    .filter(Boolean)
    .join(" · ");
}

interface FieldsOf {
  city: City;
  place: Place | null;
  locked: boolean;
  set: (change: Partial<Place>) => void;
}

function AreaFields({ city, place, locked, set }: FieldsOf) {
  const kecamatan = place?.kecamatan ?? null;
  return (
    <div class="areas">
      <AreaSelect
        label={t.place.kecamatan}
        areas={kecamatanOf(city)}
        value={kecamatan}
        locked={locked}
        choose={(name) => set({ kecamatan: name, kelurahan: null })}
      />
      <AreaSelect
        label={t.place.kelurahan}
        areas={kelurahanOf(city, kecamatan)}
        value={place?.kelurahan ?? null}
        locked={locked || !kecamatan}
        choose={(name) => set({ kelurahan: name })}
      />
      <label class="field">
        <span>{t.place.landmark}</span>
        <input
          value={place?.landmark ?? ""}
          disabled={locked}
          onChange={(event) => set({ landmark: event.currentTarget.value.trim() || null })}
        />
      </label>
    </div>
  );
}

interface SelectOf {
  label: string;
  areas: Area[];
  value: string | null;
  locked: boolean;
  choose: (name: string | null) => void;
}

function AreaSelect({ label, areas, value, locked, choose }: SelectOf) {
  // A name that the city's list does not hold is shown all the same: somebody heard it so.
  const strange = value !== null && !areas.some((area) => area.name === value);
  return (
    <label class="field">
      <span>{label}</span>
      <select
        value={value ?? ""}
        disabled={locked}
        onChange={(event) => choose(event.currentTarget.value || null)}
      >
        <option value="">{t.place.unknown}</option>
        {strange && <option value={value}>{value}</option>}
        {areas.map((area) => (
          <option key={area.code} value={area.name}>
            {area.name}
          </option>
        ))}
      </select>
    </label>
  );
}
