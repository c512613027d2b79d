import { useComputed } from "@preact/signals";
import { elapsed, lit, now } from "../clock";
import type { Time } from "../types";

const LATE_MS = 30_000;

/** A running clock. The signals write into the page by themselves: no component is drawn again each second. */
export function Elapsed({ since, waiting }: { since: Time; waiting?: boolean }) {
  const from = Date.parse(since);
  const text = useComputed(() => elapsed(now.value - from));
  const look = useComputed(() => {
    if (!waiting || now.value - from <= LATE_MS) return "elapsed";
    return lit.value ? "elapsed late lit" : "elapsed late";
  });
  return <span class={look}>{text}</span>;
}
