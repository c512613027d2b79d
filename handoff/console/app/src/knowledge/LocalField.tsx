import { Items, Words, useBound } from "./form";
import { k } from "./texts";
import type { About, Local } from "./types";

interface LocalOf {
  about: About;
  fill: (text: string) => string;
}

/** Another answer for some kecamatan. */
export function LocalField({ about, fill }: LocalOf) {
  return (
    <Items<Local> name="local" label="" hint={k.article.localHint} add={k.article.addLocal} blank={{ kecamatan: [], answer: "", sms: null }}>
      {(path) => (
        <>
          <Kecamatan name={`${path}.kecamatan`} all={about.kecamatan} />
          <Words name={`${path}.answer`} label={k.article.localAnswer} rows={4} most={600} fill={fill} />
          <Words name={`${path}.sms`} label={k.article.localSms} rows={2} sms fill={fill} optional />
        </>
      )}
    </Items>
  );
}

function Kecamatan({ name, all }: { name: string; all: readonly string[] }) {
  const { value, put, fault } = useBound<string[]>(name);
  const chosen = value ?? [];
  return (
    <fieldset class="kb-ticks">
      <legend>{k.article.kecamatan}</legend>
      {all.map((one) => (
        <label class="check" key={one}>
          <input
            type="checkbox"
            checked={chosen.includes(one)}
            onChange={(event) => put(event.currentTarget.checked ? [...chosen, one] : chosen.filter((other) => other !== one))}
          />
          {one}
        </label>
      ))}
      {fault && <p class="fault">{fault}</p>}
    </fieldset>
  );
}
