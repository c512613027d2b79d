// Saying where something is, and finding the district that lies nearest to a point.
import { t } from "./texts";
import type { Area, City, Place } from "./types";

/** "Benu-Benua, Kendari Barat · SDN 5", from the best known to the least. */
export function describePlace(place: Place | null): string {
  if (!place) return t.unknownPlace;
  const area = [place.kelurahan, place.kecamatan].filter(Boolean).join(", ");
  const named = [place.landmark, area].filter(Boolean).join(" · ");
  if (named) return named;
  if (place.text) return place.text;
  return place.lat !== null && place.lon !== null ? point(place.lat, place.lon) : t.unknownPlace;
}

export const degrees = (value: number): string => value.toFixed(5);
export const point = (lat: number, lon: number): string => `${degrees(lat)}, ${degrees(lon)}`;

export const EMPTY_PLACE: Place = {
  text: null,
  kecamatan: null,
  kelurahan: null,
  landmark: null,
  lat: null,
  lon: null,
  accuracy_m: null,
  source: "operator",
  confidence: null,
};

export const kecamatanOf = (city: City): Area[] => city.areas.filter((area) => area.level === "kecamatan");

export function kelurahanOf(city: City, kecamatan: string | null): Area[] {
  const parent = kecamatanOf(city).find((area) => area.name === kecamatan);
  return city.areas.filter((area) => area.level === "kelurahan" && parent && area.parent === parent.code);
}

const R_M = 6_371_000;

/** Metres between two points in degrees; flat enough within a city. */
export function metres(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const x = ((b.lon - a.lon) * Math.PI) / 180 * Math.cos(((a.lat + b.lat) * Math.PI) / 360);
  const y = ((b.lat - a.lat) * Math.PI) / 180;
  return Math.hypot(x, y) * R_M;
}
