import type { FormProps } from "../EntryPage";
import { Check, Choice, Items, Line, Section, Words } from "../form";
import { KindPage } from "../KindPage";
import type { PageOf } from "../pages";
import { agencyLabels, f } from "../texts_forms";
import { m } from "../texts_more";
import { PAGE_OF_KIND } from "./addresses";
import { PointField } from "./PointField";
import { agencySays } from "./reading";
import { Village } from "./Village";

const KINDS = Object.entries(f.agency.kinds);
const VIAS = Object.entries(f.agency.vias);

/** Whom the desk calls. */
export function Agencies(page: PageOf) {
  return (
    <KindPage
      {...page}
      kind="agency"
      page={PAGE_OF_KIND["agency"] ?? ""}
      title={m.pages.agencies}
      intro={m.about["agency"] ?? ""}
      fresh={{ ...f.fresh.agency, body: (name) => ({ name, kind: "service", phones: [], posts: [], note: "" }) }}
      formats={["xlsx", "csv", "yaml"]}
      form={AgencyForm}
      labels={agencyLabels}
      says={agencySays}
    />
  );
}

interface Post {
  name: string;
  lat: number | null;
}

function AgencyForm({ city }: FormProps) {
  const a = f.agency;
  return (
    <div class="kb-fields">
      <Line name="name" label={a.name} hint={a.nameHint} />
      <Choice name="kind" label={a.kind} hint={a.kindHint} options={KINDS} />
      <Phones name="phones" label={a.phones} hint={a.phonesHint} />
      <Items<Post> name="posts" label={a.posts} hint={a.postsHint} add={a.addPost} blank={BLANK_POST}>
        {(path, post) => (
          <>
            <Line name={`${path}.name`} label={a.postName} />
            <Line name={`${path}.address`} label={a.address} optional />
            <Village city={city} name={`${path}.kelurahan_kode`} label={a.village} />
            <div class="whole">
              <Phones name={`${path}.phones`} label={a.phones} />
              <Section title={f.point.label} summary={post.lat === null ? f.point.none : ""} names={[`${path}.lat`, `${path}.lon`]}>
                <PointField city={city} at={`${path}.`} />
              </Section>
            </div>
          </>
        )}
      </Items>
      <Words name="note" label={a.note} hint={a.noteHint} rows={3} />
    </div>
  );
}

const BLANK_POST = { name: "", address: null, kelurahan_kode: null, lat: null, lon: null, phones: [] };
const BLANK_PHONE = { number: "", label: "", confirmed_on: "", source: "", via: "voice", tested: false };

function Phones({ name, label, hint }: { name: string; label: string; hint?: string }) {
  const a = f.agency;
  return (
    <Items name={name} label={label} add={a.addPhone} blank={BLANK_PHONE} {...(hint && { hint })}>
      {(path) => (
        <>
          <Line name={`${path}.number`} label={a.number} type="tel" />
          <Line name={`${path}.label`} label={a.label} />
          <Line name={`${path}.confirmed_on`} label={a.confirmed} type="date" />
          <Line name={`${path}.source`} label={a.source} />
          <Choice name={`${path}.via`} label={a.via} options={VIAS} />
          <Check name={`${path}.tested`} label={a.tested} />
        </>
      )}
    </Items>
  );
}
