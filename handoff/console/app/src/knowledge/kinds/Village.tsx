import type { City } from "../../types";
import { kecamatanOf, kelurahanOf } from "../../places";
import { Labelled, described, useBound } from "../form";
import { f } from "../texts_forms";

interface VillageOf {
  city: City;
  name: string;
  label: string;
  hint?: string;
}

/** A kelurahan or negeri of the city, under its kecamatan. */
export function Village({ city, name, label, hint }: VillageOf) {
  const { id, value, put, fault, locked } = useBound<string | null>(name);
  return (
    <Labelled id={id} label={label} hint={hint} fault={fault} optional>
      <select id={id} value={value ?? ""} disabled={locked} onChange={(event) => put(event.currentTarget.value || null)} {...described(id, hint, fault)}>
        <option value="">{f.nobody}</option>
        {kecamatanOf(city).map((kecamatan) => (
          <optgroup key={kecamatan.code} label={kecamatan.name}>
            {kelurahanOf(city, kecamatan.name).map((one) => (
              <option key={one.code} value={one.code}>
                {one.name}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </Labelled>
  );
}
