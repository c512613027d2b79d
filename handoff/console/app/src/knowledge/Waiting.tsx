import { t } from "../texts";
import type { Fetched } from "./fetched";
import { m } from "./texts_more";

/** What a page shows until its first answer has come. */
export function Waiting({ on }: { on: Pick<Fetched<unknown>, "failed" | "again"> }) {
  if (!on.failed) {
    return (
      <p class="empty" role="status">
        {t.loading}
      </p>
    );
  }
  return (
    <p class="empty" role="status">
      {t.failed}{" "}
      <button type="button" onClick={() => void on.again()}>
        {m.reload}
      </button>
    </p>
  );
}
