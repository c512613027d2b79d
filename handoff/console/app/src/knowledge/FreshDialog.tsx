import { useSignal } from "@preact/signals";
import { complain } from "../acts";
import { ApiError } from "../api";
import { t } from "../texts";
import { tell } from "../ui";
import { open, refreshAbout } from "./about";
import * as api from "./api";
import { Dialog } from "./Dialog";
import type { ListOf } from "./EntryList";
import { k } from "./texts";

interface FreshOf extends ListOf {
  fresh: NonNullable<ListOf["fresh"]>;
  shut: () => void;
}

/** A name, and it begins as a draft. */
export function FreshDialog({ city, kind, page, fresh, shut }: FreshOf) {
  const title = useSignal("");
  const problem = useSignal("");
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    const said = title.value.trim();
    problem.value = said ? "" : k.list.nameMissing;
    if (!said) return;
    try {
      const made = await api.create(city.slug, kind, said, fresh.body?.(said));
      void refreshAbout(city.slug);
      shut();
      tell(k.said.made);
      open(page, made.slug);
    } catch (error) {
      if (error instanceof ApiError && !error.passing) problem.value = error.detail || t.trouble;
      else complain(error);
    }
  };
  return (
    <Dialog title={fresh.button} shut={shut}>
      <form onSubmit={(event) => void make(event)}>
        <label class="field">
          <span>{fresh.name}</span>
          <input
            data-first
            value={title.value}
            autocomplete="off"
            aria-describedby="kb-fresh-hint"
            onInput={(event) => (title.value = event.currentTarget.value)}
          />
          <small id="kb-fresh-hint">{fresh.hint}</small>
        </label>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <div class="dialog-acts">
          <button type="button" onClick={shut}>
            {t.cancel}
          </button>
          <button type="submit" class="primary">
            {k.list.make}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
