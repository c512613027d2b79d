import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { complain } from "../acts";
import * as api from "./api";
import { dayOf } from "./days";
import type { Labels } from "./EntryPage";
import { k } from "./texts";
import type { Difference } from "./types";
import type { Work } from "./work";

const DAY = /^\d{4}-\d\d-\d\d$/;

/** A field's name for people; "local.0.answer" is looked up as itself, then as "local.answer", then as "local". */
export function labelOf({ labels }: Labels, field: string): string {
  const path = field.split(".").filter((step) => !/^\d+$/.test(step));
  return labels[field] ?? labels[path.join(".")] ?? labels[path[0] ?? ""] ?? field;
}

/** A value as one would read it aloud. */
export function reading({ says }: Labels, field: string, value: unknown): string {
  const said = says?.(field, value);
  if (said !== undefined) return said;
  if (value === null || value === undefined || value === "") return k.diff.nothing;
  if (typeof value === "boolean") return value ? k.diff.yes : k.diff.no;
  if (typeof value === "string" && DAY.test(value)) return dayOf(value);
  if (Array.isArray(value)) return value.map((one) => reading({ labels: {} }, field, one)).join("\n") || k.diff.nothing;
  if (typeof value === "object") {
    const parts = Object.values(value).filter((one) => one !== null && one !== "");
    return parts.map((one) => (Array.isArray(one) ? one.join(", ") : reading({ labels: {} }, field, one))).join(" · ");
  }
  return String(value);
}

/** Field by field; within a text word by word. Removed and added are told by sign and word too, not by colour alone. */
export function DifferenceList({ differences, naming }: { differences: readonly Difference[]; naming: Labels }) {
  const told = differences.filter((one) => !empty(one.old) || !empty(one.new));
  if (!told.length) return <p class="empty">{k.diff.none}</p>;
  return (
    <dl class="kb-diff">
      {told.map((one) => (
        <div key={one.field}>
          <dt>{labelOf(naming, one.field)}</dt>
          <dd>
            <Pieces difference={one} naming={naming} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Pieces({ difference, naming }: { difference: Difference; naming: Labels }) {
  const { field, parts } = difference;
  if (Array.isArray(difference.old ?? difference.new) && naming.says?.(field, difference.new) === undefined) {
    return <ListPieces difference={difference} naming={naming} />;
  }
  const said = naming.says?.(field, difference.new ?? difference.old) !== undefined;
  if (said || !parts.length || DAY.test(String(difference.new ?? difference.old))) {
    return (
      <>
        {!empty(difference.old) && <del>{reading(naming, field, difference.old)}</del>}{" "}
        {!empty(difference.new) && <ins>{reading(naming, field, difference.new)}</ins>}
      </>
    );
  }
  return (
    <>
      {parts.map(([sign, text], place) => {
        if (sign === "-") return <del key={place}>{text}</del>;
        if (sign === "+") return <ins key={place}>{text}</ins>;
        return <span key={place}>{text}</span>;
      })}
    </>
  );
}

/** Of a list what went and what came, one a line; how many stayed is enough. */
function ListPieces({ difference, naming }: { difference: Difference; naming: Labels }) {
  const lines = (value: unknown): string[] =>
    Array.isArray(value) ? value.map((one) => reading(naming, `${difference.field}.0`, one)) : [];
  const [before, after] = [lines(difference.old), lines(difference.new)];
  const [gone, come] = [before.filter((one) => !after.includes(one)), after.filter((one) => !before.includes(one))];
  const stayed = after.length - come.length;
  return (
    <ul>
      {gone.map((one) => (
        <li key={one}>
          − <del>{one}</del>
        </li>
      ))}
      {come.map((one) => (
        <li key={one}>
          + <ins>{one}</ins>
        </li>
      ))}
      {stayed > 0 && <li class="stayed">{k.diff.rest(stayed)}</li>}
    </ul>
  );
}

const empty = (value: unknown): boolean =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

/** What the draft would change of what citizens are told now. */
export function Changes({ work, naming, open }: { work: Work; naming: Labels; open: boolean }) {
  const found = useSignal<Difference[] | null>(null);
  const unfolded = useSignal(open);
  useEffect(() => {
    if (!unfolded.value || found.value) return;
    api
      .diff(work.city, work.kind, work.slug)
      .then((answer) => (found.value = Array.isArray(answer) ? answer : answer.diff))
      .catch(complain);
  }, [unfolded.value]);
  return (
    <details class="kb-section" open={open} onToggle={(event) => (unfolded.value = event.currentTarget.open)}>
      <summary>
        <strong>{work.entry.value?.published ? k.diff.title : k.diff.titleNew}</strong>
      </summary>
      <div class="inside">{found.value && <DifferenceList differences={found.value} naming={naming} />}</div>
    </details>
  );
}
