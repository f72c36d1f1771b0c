import { fc, test as prop } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { baseOf, conflictsBetween } from "../src/core/conflict.ts";
import { changesBetween, jsonEqual, redactChanges, undone } from "../src/core/changes.ts";
import type { Json, JsonObject } from "../src/core/json.ts";
import { overDefaults } from "../src/core/merge-patch.ts";
import { isPointer, keysOf, pointerOf } from "../src/core/pointer.ts";
import { mergePatch } from "../src/index.ts";

// RFC 7396, appendix A, every row: original, patch, result.
test.each<[Json, Json, Json]>([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])("%j patched with %j is %j, as RFC 7396 says", (original, patch, result) => {
  expect(mergePatch(original, patch)).toEqual(result);
});

const key = fc.oneof(fc.constantFrom("a", "b", "c", "__proto__", "constructor", "a/b", "~", ""), fc.string({ maxLength: 3 }));
const json: fc.Arbitrary<Json> = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
  json: fc.oneof({ maxDepth: 3 }, fc.constantFrom(null, true, 0, 1, "x", "y"), tie("object"), fc.array(tie("json"), { maxLength: 3 })),
  object: fc.array(fc.tuple(key, tie("json")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
})).json;
const object: fc.Arbitrary<JsonObject> = fc.array(fc.tuple(key, json), { maxLength: 4 }).map((entries) => Object.fromEntries(entries));
const withoutNull = (value: Json): Json => mergePatch({}, value);
const document = object.map((value) => withoutNull(value) as JsonObject);

prop.prop([json, json])("a patch may be applied twice, changes neither side, and touches no prototype", (target, patch) => {
  const before = JSON.stringify([target, patch]);
  const once = mergePatch(target, patch);
  expect(jsonEqual(mergePatch(once, patch), once)).toBe(true);
  expect(JSON.stringify([target, patch])).toBe(before);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

prop.prop([document, object, object])("two patches one after the other are one patch of both", (target, first, second) => {
  fc.pre(disjoint(first, second));
  expect(jsonEqual(mergePatch(mergePatch(target, first), second), mergePatch(mergePatch(target, second), first))).toBe(true);
});

function disjoint(a: JsonObject, b: JsonObject): boolean {
  return Object.keys(a).every((name) => !Object.hasOwn(b, name));
}

prop.prop([document, document])("what changed leads back to what was", (before, after) => {
  const changes = changesBetween(before, after);
  expect(jsonEqual(undone(after, changes), before)).toBe(true);
  expect(changes.length === 0).toBe(jsonEqual(before, after));
  expect(changes.map(({ path }) => path)).toEqual(changes.map(({ path }) => path).toSorted());
});

prop.prop([fc.array(document, { minLength: 1, maxLength: 6 })])("any earlier document is had back from the records", (documents) => {
  const steps = documents.slice(1).map((after, at) => changesBetween(documents[at] ?? {}, after));
  const { base, redacted } = baseOf(documents.at(-1) ?? {}, steps.toReversed());
  expect(jsonEqual(base, documents[0])).toBe(true);
  expect(redacted).toEqual([]);
});

prop.prop([document, document, object])("sides that disagree nowhere merge to one document in either order", (base, theirs, patch) => {
  const mine = mergePatch(base, patch) as JsonObject;
  fc.pre(conflictsBetween({ base, mine, theirs, redacted: [] }).length === 0);
  const merged = mergePatch(theirs, patch) as JsonObject;
  for (const { path } of changesBetween(base, mine)) {
    expect(changesBetween(merged, mine).map((change) => change.path)).not.toContain(path);
  }
});

prop.prop([object, document])("a document over the defaults has every key of both", (defaults, chosen) => {
  const value = overDefaults(defaults, chosen);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(Object.keys(value).toSorted()).toEqual([...new Set([...Object.keys(defaults), ...Object.keys(chosen)])].toSorted());
});

prop.prop([fc.array(key, { minLength: 1, maxLength: 4 })])("a pointer names a path and gives it back", (keys) => {
  expect(keysOf(pointerOf(keys))).toEqual(keys);
  expect(isPointer(pointerOf(keys))).toBe(true);
});

test("equal data is equal whatever the order of its keys", () => {
  expect(jsonEqual({ a: 1, b: [1, { c: 2, d: 3 }] }, { b: [1, { d: 3, c: 2 }], a: 1 })).toBe(true);
  expect(jsonEqual([1, 2], [2, 1])).toBe(false);
  expect(jsonEqual([], {})).toBe(false);
  expect(jsonEqual({ a: 1 }, { b: 1 })).toBe(false);
});

test("no content of a redacted place is left, however it was changed", () => {
  const secret = { tax: { id: "secret", country: "IN" }, other: 1 };
  const cases: readonly (readonly [JsonObject, JsonObject, readonly string[]])[] = [
    [{}, secret, ["/tax/id"]],
    [secret, {}, ["/tax/id"]],
    [secret, { tax: { id: "secret-2" } }, ["/tax"]],
    [secret, { tax: 7 }, ["/tax/id"]],
    [{ tax: "secret" }, { tax: { id: "1" } }, ["/tax/id"]],
    [{ tax: [{ id: "secret" }] }, { tax: [] }, ["/tax/0/id"]],
  ];
  for (const [before, after, places] of cases) {
    const kept = redactChanges(changesBetween(before, after), places);
    expect(JSON.stringify(kept)).not.toMatch(/secret/);
    expect(kept.some(({ redacted }) => redacted === true)).toBe(true);
  }
  expect(redactChanges(changesBetween({}, secret), ["/tax/id"])).toEqual([
    { path: "/other", to: 1 },
    { path: "/tax/country", to: "IN" },
    { path: "/tax/id", redacted: true },
  ]);
});
