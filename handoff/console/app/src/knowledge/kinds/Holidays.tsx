import { useSignal } from "@preact/signals";
import { ApiError } from "../../api";
import { complain } from "../../acts";
import { t } from "../../texts";
import type { City } from "../../types";
import { open, refreshAbout } from "../about";
import * as api from "../api";
import { dayWords } from "../dates";
import { Dialog } from "../Dialog";
import type { FormProps } from "../EntryPage";
import { Line } from "../form";
import { KindPage } from "../KindPage";
import type { PageOf } from "../pages";
import { f, holidayLabels } from "../texts_forms";
import { m } from "../texts_more";
import { PAGE_OF_KIND } from "./addresses";

const PAGE = PAGE_OF_KIND["holiday"] ?? "";

/** Days on which offices are shut. A day is its own name, so a new one is made of its date. */
export function Holidays(page: PageOf) {
  const making = useSignal(false);
  return (
    <>
      <KindPage
        {...page}
        kind="holiday"
        page={PAGE}
        title={m.pages.holidays}
        intro={m.about["holiday"] ?? ""}
        formats={["xlsx", "csv", "yaml"]}
        form={HolidayForm}
        labels={holidayLabels}
        note={(row) => holidayWords(row.slug)}
      >
        {page.about.me.may_write && (
          <button type="button" class="primary" onClick={() => (making.value = true)}>
            + {f.fresh.holiday.button}
          </button>
        )}
      </KindPage>
      {making.value && <FreshDay city={page.city} shut={() => (making.value = false)} />}
    </>
  );
}

/** "2026-12-25" or "--12-25". */
export function holidayWords(slug: string): string {
  if (!slug.startsWith("--")) return dayWords(slug);
  return f.holiday.each(dayWords(`2024${slug.slice(1)}`).replace(/ 2024$/, ""));
}

function HolidayForm({ work }: FormProps) {
  return (
    <div class="kb-fields">
      <p class="kb-notice">
        {f.holiday.date}: <strong>{holidayWords(work.slug)}</strong>
      </p>
      <Line name="name" label={f.holiday.name} hint={f.holiday.nameHint} />
    </div>
  );
}

function FreshDay({ city, shut }: { city: City; shut: () => void }) {
  const day = useSignal("");
  const yearly = useSignal(false);
  const name = useSignal("");
  const problem = useSignal("");
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    problem.value = day.value ? "" : f.holiday.missing;
    if (problem.value) return;
    const slug = yearly.value ? `-${day.value.slice(4)}` : day.value;
    try {
      await api.saveDraft(city.slug, "holiday", slug, null, { name: name.value.trim() });
      void refreshAbout(city.slug);
      shut();
      open(PAGE, slug);
    } catch (error) {
      if (error instanceof ApiError && !error.passing) problem.value = error.detail || t.trouble;
      else complain(error);
    }
  };
  return (
    <Dialog title={f.fresh.holiday.button} shut={shut}>
      <form onSubmit={(event) => void make(event)}>
        <label class="field">
          <span>{f.holiday.date}</span>
          <input type="date" data-first value={day.value} onInput={(event) => (day.value = event.currentTarget.value)} />
        </label>
        <label class="check">
          <input type="checkbox" checked={yearly.value} onChange={(event) => (yearly.value = event.currentTarget.checked)} />
          <span>
            {f.holiday.yearly} <small>{f.holiday.yearlyHint}</small>
          </span>
        </label>
        <label class="field">
          <span>{f.holiday.name}</span>
          <input required autocomplete="off" value={name.value} onInput={(event) => (name.value = event.currentTarget.value)} />
          <small>{f.holiday.nameHint}</small>
        </label>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <div class="dialog-acts">
          <button type="button" onClick={shut}>
            {t.cancel}
          </button>
          <button type="submit" class="primary">
            {f.holiday.make}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
