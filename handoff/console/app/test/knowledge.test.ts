import assert from "node:assert/strict";
import { test } from "node:test";
import { clockOf, daysRead, filling, hoursRead } from "../src/knowledge/article";
import { valueAt, withValue } from "../src/knowledge/path";
import { signName } from "../src/knowledge/texts";
import type { About } from "../src/knowledge/types";
import { strangers } from "../src/segments";
import type { City } from "../src/types";

test("a value is read and replaced by its path, and nothing that was there changes", () => {
  const body = { title: "KTP", phones: [{ number: "1" }, { number: "2" }] };
  assert.equal(valueAt(body, "phones.1.number"), "2");
  assert.equal(valueAt(body, "phones.7.number"), undefined);
  const changed = withValue(body, "phones.1.number", "3");
  assert.deepEqual(changed, { title: "KTP", phones: [{ number: "1" }, { number: "3" }] });
  assert.ok(Array.isArray(changed.phones));
  assert.equal(body.phones[1]?.number, "2");
});

test("a time is understood however a clerk writes it", () => {
  assert.deepEqual(["8", "8.30", "0830", " 14:05 ", "24.00"].map(clockOf), ["08:00", "08:30", "08:30", "14:05", "24:00"]);
  assert.equal(clockOf("siang"), "siang");
});

test("opening hours are read as one would say them", () => {
  assert.equal(hoursRead({ days: [1, 2, 3, 4, 5], opens: "08:00", closes: "15:00" }), "Senin–Jumat 08.00–15.00");
  assert.equal(daysRead([6, 1]), "Senin, Sabtu");
  assert.equal(daysRead([7, 6, 5, 4, 3, 2, 1]), "Setiap hari");
});

test("signs that no SMS knows are found once each, and have names", () => {
  assert.deepEqual(strangers("“Bawa KK” – gratis… {ok} €"), ["“", "”", "–", "…"]);
  assert.equal(signName("’"), "kutip melengkung ’");
  assert.equal(signName("🔥"), "emoji 🔥");
  assert.equal(signName("ā"), "“ā”");
});

test("placeholders are counted as what they become", () => {
  const fill = filling({ name: "Kota Kendari", short_name: "Kendari" } as City, { placeholders: { voice: "112" } } as unknown as About);
  assert.equal(fill("{voice} {city} {strange}"), "112 Kota Kendari {strange}");
});
