import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import { typedAhead } from "../src/ahead";

test("letters are in the draft at once, an Enter waits for the box, and what follows it belongs to the next reply", () => {
  const draft = signal("");
  const ahead = typedAhead(draft);
  for (const key of ["y", "a", "Enter", "o", "k"]) ahead.write(key, false);
  assert.equal(draft.value, "ya");
  const sent: string[] = [];
  const pressed = ahead.play(() => {
    sent.push(draft.value);
    draft.value = "";
  });
  assert.deepEqual([pressed, sent, draft.value], [true, ["ya"], "ok"]);
  assert.equal(ahead.play(() => assert.fail("pressed twice")), false);
});

test("with Shift it is a new line, as in the box", () => {
  const draft = signal("");
  const ahead = typedAhead(draft);
  ahead.write("a", false);
  ahead.write("Enter", true);
  ahead.write("B", true);
  assert.equal(draft.value, "a\nB");
  assert.equal(ahead.play(() => assert.fail("nothing was to be sent")), false);
});

test("where the box never comes, the words are kept and nothing is sent", () => {
  const draft = signal("dari tadi ");
  const ahead = typedAhead(draft);
  for (const key of ["a", "Enter", "b"]) ahead.write(key, false);
  ahead.keep();
  assert.equal(draft.value, "dari tadi a\nb");
  ahead.keep();
  assert.equal(draft.value, "dari tadi a\nb");
});
