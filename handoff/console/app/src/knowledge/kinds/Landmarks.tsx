import type { FormProps } from "../EntryPage";
import { Check, FormOf, Line, Lines } from "../form";
import { KindPage } from "../KindPage";
import type { PageOf } from "../pages";
import { f, landmarkLabels } from "../texts_forms";
import { m } from "../texts_more";
import type { Body } from "../types";
import { PAGE_OF_KIND } from "./addresses";
import { PointField } from "./PointField";
import { Village } from "./Village";

const BLANK = { kind: "tempat", aliases: [], area_code: null, lat: null, lon: null, radius_m: null, outside: false };

/** Places that everybody knows. */
export function Landmarks(page: PageOf) {
  const village = (code: unknown): string | undefined => page.city.areas.find((one) => one.code === code)?.name;
  return (
    <KindPage
      {...page}
      kind="landmark"
      page={PAGE_OF_KIND["landmark"] ?? ""}
      title={m.pages.landmarks}
      intro={m.about["landmark"] ?? ""}
      fresh={{ ...f.fresh.landmark, body: (name) => ({ name, ...BLANK }) }}
      formats={["xlsx", "csv", "yaml"]}
      form={LandmarkForm}
      side={LandmarkMap}
      sideName={f.point.label}
      labels={landmarkLabels}
      says={(field, value) => (field === "area_code" ? village(value) : undefined)}
    />
  );
}

function LandmarkForm({ city }: FormProps) {
  const l = f.landmark;
  return (
    <div class="kb-fields">
      <Line name="name" label={l.name} hint={l.nameHint} />
      <Line name="kind" label={l.kind} hint={l.kindHint} />
      <Lines name="aliases" label={l.aliases} hint={l.aliasesHint} add={l.addAlias} />
      <Village city={city} name="area_code" label={l.village} hint={l.villageHint} />
      <Line name="radius_m" label={l.radius} hint={l.radiusHint} type="number" optional />
      <Check name="outside" label={l.outside} hint={l.outsideHint} />
    </div>
  );
}

/** Beside the form, yet one with it. */
function LandmarkMap({ work, city, about }: FormProps) {
  const locked = !about.me.may_write || work.entry.value?.draft?.state === "review";
  const form = { body: work.body.value, set: (change: Body) => work.set(change), faults: work.faults.value, locked };
  return (
    <section class="kb-map" aria-label={f.point.label}>
      <h2>{f.point.label}</h2>
      <FormOf.Provider value={form}>
        <PointField city={city} />
      </FormOf.Provider>
    </section>
  );
}
