import type { ComponentChild } from "preact";

const ITEM = /^\s*(?:[-*]|\d+[.)])\s+/;

/** The little of Markdown that SOPs are written in: paragraphs, lists, bold words. Text stays text, never HTML. */
export function Prose({ text }: { text: string }) {
  return (
    <>
      {blocks(text).map((lines, place) => (
        <Block key={place} lines={lines} />
      ))}
    </>
  );
}

/** Lines that belong together: one list, or one paragraph. */
function blocks(text: string): string[][] {
  const found: string[][] = [];
  let before = "";
  for (const line of text.split("\n")) {
    const kind = !line.trim() ? "" : ITEM.test(line) ? (/^\s*\d/.test(line) ? "numbers" : "dots") : "words";
    if (kind && kind === before) found[found.length - 1]?.push(line);
    else if (kind) found.push([line]);
    before = kind;
  }
  return found;
}

function Block({ lines }: { lines: string[] }) {
  const first = lines[0] ?? "";
  if (first.startsWith("#")) return <h4>{bold(first.replace(/^#+\s*/, ""))}</h4>;
  if (!ITEM.test(first)) return <p>{lines.flatMap((line, place) => [place > 0 && <br />, ...bold(line)])}</p>;
  const items = lines.map((line, place) => <li key={place}>{bold(line.replace(ITEM, ""))}</li>);
  return /^\s*\d/.test(first) ? <ol>{items}</ol> : <ul>{items}</ul>;
}

const bold = (line: string): ComponentChild[] =>
  line.split("**").map((words, place) => (place % 2 ? <strong>{words}</strong> : words));
