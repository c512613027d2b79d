import { useSignal } from "@preact/signals";
import * as L from "leaflet";
import { useEffect, useRef } from "preact/hooks";
import { me } from "../desk";
import { degrees, kecamatanOf } from "../places";
import { t } from "../texts";
import type { City, Place } from "../types";

export interface Spot {
  lat: number;
  lon: number;
}

interface MapOf {
  city: City;
  place: Place | null;
  alternatives: Place[];
  pins: Spot[];
  onPick?: ((spot: Spot) => void) | undefined;
}

const CLOSE_UP = 14;
const KELURAHAN_FROM = 13;

/** The city with its districts, drawn from their points alone; a tile server, where there is one, lies underneath. */
export function CityMap({ city, place, alternatives, pins, onPick }: MapOf) {
  const frame = useRef<HTMLDivElement>(null);
  const map = useRef<L.Map | null>(null);
  const marks = useRef(L.layerGroup());
  const picked = useSignal<Spot | null>(null);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    if (!frame.current) return;
    const drawn = draw(frame.current, city);
    map.current = drawn;
    marks.current.addTo(drawn);
    drawn.on("click", ({ latlng }) => {
      // A slip of the mouse moves nobody: the point counts when it is confirmed.
      if (pick.current) picked.value = { lat: latlng.lat, lon: latlng.lng };
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
    if (seen) map.current?.setView([seen.lat, seen.lon], CLOSE_UP, { animate: false });
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
      <div class="map" ref={frame} role="region" aria-label={t.place.map} />
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
  for (const area of kecamatanOf(city)) label(map, area, "area");
  const small = L.layerGroup(city.areas.filter((area) => area.level === "kelurahan").flatMap((area) => label(null, area, "area small")));
  const show = (): void => {
    if (map.getZoom() >= KELURAHAN_FROM) small.addTo(map);
    else small.remove();
  };
  map.on("zoomend", show);
  show();
  return map;
}

function label(map: L.Map | null, area: { name: string; lat: number | null; lon: number | null }, look: string): L.Marker[] {
  if (area.lat === null || area.lon === null) return [];
  const words = document.createElement("span");
  words.textContent = area.name;
  const mark = L.marker([area.lat, area.lon], {
    icon: L.divIcon({ className: look, html: words, iconSize: [0, 0] }),
    interactive: false,
    keyboard: false,
  });
  if (map) mark.addTo(map);
  return [mark];
}

function put(group: L.LayerGroup, look: string, { lat, lon }: { lat: number | null; lon: number | null }): void {
  if (lat === null || lon === null) return;
  const icon = L.divIcon({ className: `map-pin ${look}`, iconSize: [22, 22], iconAnchor: [11, 22] });
  L.marker([lat, lon], { icon, interactive: false, keyboard: false }).addTo(group);
}
