import { useSignal } from "@preact/signals";
import * as L from "leaflet";
import { useEffect, useRef } from "preact/hooks";
import { me } from "../desk";
import { readable } from "../labels";
import { degrees, kecamatanOf } from "../places";
import { t } from "../texts";
import type { Area, City, Place } from "../types";

export interface Spot {
  lat: number;
  lon: number;
}

const spotOf = ({ lat, lng }: L.LatLng): Spot => ({ lat, lon: lng });

interface MapOf {
  city: City;
  place: Place | null;
  alternatives: Place[];
  pins: Spot[];
  onPick?: ((spot: Spot) => void) | undefined;
  /** A click is the choice, without another question: where a slip is mended as easily. */
  direct?: boolean;
}

const CLOSE_UP = 14;
const KELURAHAN_FROM = 13;

/** The city with its districts, drawn from their points alone; a tile server, where there is one, lies underneath. */
export function CityMap({ city, place, alternatives, pins, onPick, direct = false }: MapOf) {
  const frame = useRef<HTMLDivElement>(null);
  const map = useRef<L.Map | null>(null);
  const marks = useRef(L.layerGroup());
  const picked = useSignal<Spot | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  const own = useRef<Spot | null>(null);
  const choose = (spot: Spot): void => {
    own.current = spot;
    pick.current?.(spot);
  };

  useEffect(() => {
    if (!frame.current) return;
    const drawn = draw(frame.current, city);
    map.current = drawn;
    marks.current.addTo(drawn);
    drawn.on("click", ({ latlng }) => {
      // A slip of the mouse moves nobody: the point counts when it is confirmed.
      const spot = spotOf(latlng);
      if (direct) choose(spot);
      else if (pick.current) picked.value = spot;
    });
    const watching = new ResizeObserver(() => drawn.invalidateSize());
    watching.observe(frame.current);
    return () => {
      watching.disconnect();
      drawn.remove();
    };
  }, [city.slug]);

  const [lat, lon] = [place?.lat ?? null, place?.lon ?? null];
  // Without a place, where the citizen was when writing is the best that there is to look at.
  const seen = lat !== null && lon !== null ? { lat, lon } : pins[pins.length - 1];
  useEffect(() => {
    // Whoever has just clicked is looking there already.
    const clicked = own.current !== null;
    own.current = null;
    if (seen && !clicked) map.current?.setView([seen.lat, seen.lon], CLOSE_UP, { animate: false });
    picked.value = null;
  }, [city.slug, seen?.lat, seen?.lon]);

  useEffect(() => {
    marks.current.clearLayers();
    for (const pin of pins) put(marks.current, "pin-reporter", pin);
    for (const other of alternatives) if (other.lat !== null && other.lon !== null) put(marks.current, "pin-maybe", other);
    if (lat !== null && lon !== null) put(marks.current, "pin-place", { lat, lon });
    if (picked.value) put(marks.current, "pin-picked", picked.value);
  });

  const use = (): void => {
    if (picked.value) onPick?.(picked.value);
    picked.value = null;
  };
  return (
    <>
      <div class={direct ? "map direct" : "map"} ref={frame} role="region" aria-label={t.place.map} />
      {direct && onPick && (
        <button type="button" onClick={() => map.current && choose(spotOf(map.current.getCenter()))}>
          {t.place.useCentre}
        </button>
      )}
      {picked.value && (
        <p class="picked">
          {t.place.picked(degrees(picked.value.lat), degrees(picked.value.lon))}{" "}
          <button type="button" class="primary" onClick={use}>
            {t.place.usePoint}
          </button>
          <button type="button" onClick={() => (picked.value = null)}>
            {t.cancel}
          </button>
        </p>
      )}
    </>
  );
}

function draw(frame: HTMLElement, city: City): L.Map {
  const map = L.map(frame, { attributionControl: false, zoomSnap: 0.25, minZoom: 9, maxZoom: 18 });
  const centres = kecamatanOf(city).flatMap(({ lat, lon }): [number, number][] => (lat === null || lon === null ? [] : [[lat, lon]]));
  map.fitBounds(centres.length > 1 ? centres : city.bounds, { padding: [30, 20], animate: false });
  const tiles = me.peek()?.map;
  if (tiles?.tile_url) {
    L.tileLayer(tiles.tile_url, { maxZoom: 18 }).addTo(map);
    L.control.attribution({ prefix: false }).addAttribution(tiles.attribution).addTo(map);
  }
  const areas = [...kecamatanOf(city), ...city.areas.filter((area) => area.level === "kelurahan")];
  const labels = areas.flatMap((area) => label(area) ?? []);
  const show = (): void => {
    const close = map.getZoom() >= KELURAHAN_FROM;
    for (const { mark, small } of labels) {
      if (!small || close) mark.addTo(map);
      else mark.remove();
    }
    arrange(map, labels);
  };
  map.on("zoomend resize", show);
  show();
  return map;
}

interface Label {
  mark: L.Marker;
  words: HTMLElement;
  small: boolean;
}

/** A dot where the area's middle is, and its name under it. There are no outlines: the city has none to give. */
function label({ name, lat, lon, level }: Area): Label | null {
  if (lat === null || lon === null) return null;
  const small = level === "kelurahan";
  const words = document.createElement("span");
  words.textContent = name;
  const icon = L.divIcon({ className: small ? "area small" : "area", html: words, iconSize: [0, 0] });
  return { mark: L.marker([lat, lon], { icon, interactive: false, keyboard: false }), words, small };
}

/** Where two names would touch, the lesser one's dot stands alone; a closer look brings its name back. */
function arrange(map: L.Map, labels: readonly Label[]): void {
  const drawn = labels.filter(({ mark }) => map.hasLayer(mark));
  const boxes = drawn.map(({ mark, words }) => {
    const { x, y } = map.latLngToLayerPoint(mark.getLatLng());
    return { left: x - words.offsetWidth / 2, top: y, width: words.offsetWidth, height: words.offsetHeight };
  });
  const shown = readable(boxes);
  drawn.forEach(({ words }, place) => words.classList.toggle("crowded", !shown[place]));
}

function put(group: L.LayerGroup, look: string, { lat, lon }: { lat: number | null; lon: number | null }): void {
  if (lat === null || lon === null) return;
  const icon = L.divIcon({ className: `map-pin ${look}`, iconSize: [22, 22], iconAnchor: [11, 22] });
  L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(group);
}
