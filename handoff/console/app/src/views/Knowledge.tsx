import { useEffect } from "preact/hooks";
import { failed, openKnowledge, shell } from "../knowledge/load";
import { t } from "../texts";

/** The door to the part where answers are kept; what lies behind it is fetched on opening. */
export function Knowledge() {
  useEffect(() => {
    if (!shell.value) void openKnowledge();
  }, []);
  const Shell = shell.value;
  if (Shell) return <Shell />;
  return (
    <main class="starting">
      <span role="status">{failed.value ? t.failed : t.loading}</span>{" "}
      {failed.value && (
        <button type="button" onClick={() => location.reload()}>
          {t.reload}
        </button>
      )}
    </main>
  );
}
