import assert from "node:assert/strict";
import { test } from "node:test";
import { readable } from "../src/labels";
import { filled, insertedIn, offered } from "../src/quick";
import { segments } from "../src/segments";
import { telltales } from "../src/silence";

test("an SMS is counted as the network counts it", () => {
  const figures = (text: string): [number, boolean] => [segments(text).parts, segments(text).unicode];
  assert.deepEqual(figures("a".repeat(160)), [1, false]);
  assert.deepEqual(figures("a".repeat(161)), [2, false]);
  assert.deepEqual(figures("€".repeat(81)), [2, false]);
  assert.deepEqual(figures(`ā${"a".repeat(69)}`), [1, true]);
  assert.deepEqual(figures(`ā${"a".repeat(70)}`), [2, true]);
  assert.deepEqual(figures("🔥".repeat(36)), [2, true]);
});

test("silent mode notices every word that tells, in any form", () => {
  const list = { stems: ["polis", "lapor"], numbers: ["112"] };
  assert.deepEqual(telltales("Polisinya jalan, laporanmu masuk, 112", list), ["polisinya", "laporanmu", "112"]);
  assert.deepEqual(telltales("Bisa balas? 1 ya, 2 tidak", list), []);
  assert.deepEqual(telltales("rumah nomor 1120", list), []);
});

test("no label is written over another, and the more important one stays", () => {
  const box = (left: number, top: number) => ({ left, top, width: 60, height: 15 });
  assert.deepEqual(readable([box(0, 0), box(50, 5), box(62, 0), box(0, 14), box(0, 17)]), [true, false, true, false, true]);
});

test("a ready sentence is offered only where all that it names is known", () => {
  const all = [
    { slug: "a", title: "Nomor laporan", text: "Nomor Anda {code}.", keys: "no" },
    { slug: "b", title: "Tunggu, nomor dicari", text: "Tunggu.", keys: null },
  ];
  assert.equal(filled("Telepon {voice}, {city}", { voice: "112", city: "Kota Ambon" }), "Telepon 112, Kota Ambon");
  assert.deepEqual(offered(all, "NO", { code: "A-0001" }).map((one) => one.text), ["Nomor Anda A-0001.", "Tunggu."]);
  assert.deepEqual(offered(all, "no", {}).map((one) => one.slug), ["b"]);
});

test("a ready sentence takes the place of its short word, else it stands at the cursor", () => {
  assert.deepEqual(insertedIn("/no", 3, "Baik."), { words: "Baik.", caret: 5 });
  assert.deepEqual(insertedIn("satu tiga", 4, "dua"), { words: "satu dua tiga", caret: 8 });
});
