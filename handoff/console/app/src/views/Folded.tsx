import { useSignal } from "@preact/signals";
import { t } from "../texts";

const LONG = 600;
const BEGINNING = 400;

/** A message's words; the rest of a long one is a touch away, so that it does not push its neighbours off the screen. */
export function Folded({ text }: { text: string }) {
  const open = useSignal(false);
  if (text.length <= LONG) return <p class="words">{text}</p>;
  // By whole characters: half an emoji is none.
  const start = [...text].slice(0, BEGINNING).join("").replace(/(\s)\S*$/, "$1");
  return (
    <>
      <p class="words">{open.value ? text : `${start.trimEnd()}…`}</p>
      <button type="button" class="fold" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
        {open.value ? t.thread.less : t.thread.more}
      </button>
    </>
  );
}
