import { useSignal } from "@preact/signals";
import { complain } from "../acts";
import * as api from "./api";
import { Labelled, useBound } from "./form";
import { k } from "./texts";

const MOST_BYTES = 300_000;
const KINDS = ["image/png", "image/jpeg", "image/webp"];

/** One picture that goes with the answer where the channel shows pictures. */
export function PictureField({ city }: { city: string }) {
  const { id, value, put, fault, locked } = useBound<string | null>("picture");
  const problem = useSignal("");
  const busy = useSignal(false);
  const add = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    problem.value = !KINDS.includes(file.type) ? k.picture.kind : file.size > MOST_BYTES ? k.picture.big : "";
    if (problem.value) return;
    busy.value = true;
    try {
      put((await api.addPicture(city, file)).id);
    } catch (error) {
      complain(error);
    }
    busy.value = false;
  };
  return (
    <Labelled id={id} label={k.picture.label} hint={k.picture.hint} fault={problem.value || fault}>
      {value && <img class="kb-picture" src={api.pictureAddress(city, value)} alt={k.picture.one} />}
      {!locked && (
        <div class="line">
          <input
            id={id}
            type="file"
            accept={KINDS.join(",")}
            aria-describedby={`${id}-hint`}
            onChange={(event) => void add(event.currentTarget.files?.[0])}
          />
          {value && (
            <button type="button" onClick={() => put(null)}>
              {k.picture.remove}
            </button>
          )}
          {busy.value && <span role="status">{k.picture.sending}</span>}
        </div>
      )}
    </Labelled>
  );
}
