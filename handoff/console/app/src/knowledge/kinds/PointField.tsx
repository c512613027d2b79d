import { useSignal } from "@preact/signals";
import { useContext, useId } from "preact/hooks";
import { degrees } from "../../places";
import type { City } from "../../types";
import { CityMap } from "../../views/CityMap";
import type { Spot } from "../../views/CityMap";
import { FormOf, Labelled, described, faultsAt } from "../form";
import { valueAt, withValue } from "../path";
import { f } from "../texts_forms";

interface PointOf {
  city: City;
  /** The path of what has `lat` and `lon`, with its dot: "posts.0."; empty: the body itself. */
  at?: string;
}

/** Where something is: a click on the map, or two figures. Both or neither. */
export function PointField({ city, at = "" }: PointOf) {
  const { body, set, faults, locked } = useContext(FormOf);
  const lat = (valueAt(body, `${at}lat`) ?? null) as number | null;
  const lon = (valueAt(body, `${at}lon`) ?? null) as number | null;
  const put = (spot: Spot | null): void => {
    const moved = withValue(withValue(body, `${at}lat`, rounded(spot?.lat)), `${at}lon`, rounded(spot?.lon));
    const touched = at ? [at.split(".")[0] as string] : ["lat", "lon"];
    set(Object.fromEntries(touched.map((name) => [name, moved[name]])));
  };
  const fault = [...faultsAt(faults, `${at}lat`), ...faultsAt(faults, `${at}lon`)].join(" ");
  return (
    <div class="kb-point">
      <Typed key={`${lat}/${lon}`} lat={lat} lon={lon} put={put} fault={fault} locked={locked} />
      <CityMap
        city={city}
        place={lat === null || lon === null ? null : { text: null, kecamatan: null, kelurahan: null, landmark: null, lat, lon }}
        alternatives={[]}
        pins={[]}
        direct
        {...(!locked && { onPick: put })}
      />
    </div>
  );
}

/** Five places are a metre. */
const rounded = (value: number | undefined): number | null => (value === undefined ? null : Number(value.toFixed(5)));

interface TypedOf {
  lat: number | null;
  lon: number | null;
  put: (spot: Spot | null) => void;
  fault: string;
  locked: boolean;
}

function Typed({ lat, lon, put, fault, locked }: TypedOf) {
  const id = useId();
  const wrong = useSignal(false);
  const given = lat === null || lon === null ? "" : `${degrees(lat)}, ${degrees(lon)}`;
  const read = (said: string): void => {
    if (said.trim() === given) return;
    const spot = spotOf(said);
    wrong.value = spot === undefined;
    if (spot !== undefined) put(spot);
  };
  const problem = wrong.value ? f.point.wrong : fault;
  return (
    <Labelled id={id} label={f.point.typed} hint={`${f.point.hint} ${f.point.typedHint}`} fault={problem} optional>
      <div class="kb-with-button">
        <input
          id={id}
          defaultValue={given}
          disabled={locked}
          autocomplete="off"
          onChange={(event) => read(event.currentTarget.value)}
          {...described(id, f.point.hint, problem)}
        />
        {given && !locked && (
          <button type="button" onClick={() => put(null)}>
            {f.point.clear}
          </button>
        )}
      </div>
    </Labelled>
  );
}

/** "-3.69658, 128.17745", as other maps give it; null for nothing, undefined for what is no point. */
export function spotOf(said: string): Spot | null | undefined {
  if (!said.trim()) return null;
  const figures = said.match(/-?\d+(?:[.]\d+)?/g)?.map(Number) ?? [];
  const [lat, lon] = figures;
  if (figures.length !== 2 || lat === undefined || lon === undefined) return undefined;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : undefined;
}
