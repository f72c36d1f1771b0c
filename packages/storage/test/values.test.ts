import { test } from "@fast-check/vitest";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_INSTANT, MIN_INSTANT, writeInstant } from "@td/fifo/values";
import { canonicalJson } from "../src/internal.ts";
import { instantText } from "../src/table/instant-text.ts";
import { sortedJsonValue } from "../src/table/json-codec.ts";
import { describeStorage, failure, openTemp, runs, samples } from "./support.ts";

describe("JSON columns", () => {
  test.prop([fc.jsonValue()], runs(2000))("spell equal values with equal text, whatever the order of the keys", (value) => {
    const text = canonicalJson(value);
    if (text === undefined) return;
    expect(canonicalJson(reversed(JSON.parse(JSON.stringify(value))))).toBe(text);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
  });

  test.prop([fc.jsonValue()], runs(1000))("give the keys of a parsed value the order that its canonical text has", (value) => {
    const text = canonicalJson(value);
    if (text === undefined) return;
    const parsed: unknown = JSON.parse(JSON.stringify(reversed(JSON.parse(text))));
    expect(JSON.stringify(sortedJsonValue(parsed))).toBe(JSON.stringify(JSON.parse(text)));
  });

  it("give keys that are not plain names as they are", () => {
    const parsed: unknown = JSON.parse('{"b": {"z": 1, "a": 2}, "__proto__": {"d": [{"y": 1, "x": 2}], "c": 2}, "10": 1, "9": 2}');
    expect(JSON.stringify(sortedJsonValue(parsed))).toBe('{"9":2,"10":1,"__proto__":{"c":2,"d":[{"x":2,"y":1}]},"b":{"a":2,"z":1}}');
  });

  it("sort keys by code unit at every depth", () => {
    expect(canonicalJson({ b: [{ z: 1, a: null }], a: true, 10: "x", 9: "y", é: 1 })).toBe(
      '{"10":"x","9":"y","a":true,"b":[{"a":null,"z":1}],"é":1}',
    );
    expect(canonicalJson({ a: "x", b: "y" })).toBe('{"a":"x","b":"y"}');
  });

  it.each([
    ["undefined", undefined],
    ["NaN", Number.NaN],
    ["Infinity", [1, Infinity]],
    ["a bigint", { a: 1n }],
    ["a function", { toJSON: () => "x" }],
    ["a Date", { a: new Date(0) }],
    ["a Decimal", new Decimal(1)],
    ["a Map", new Map()],
    ["an undefined property", { a: undefined }],
    ["a hole", Array.from({ length: 1 })],
    ["NUL in a text", ["a\0"]],
    ["NUL in a key", { "a\0": "x" }],
    ["half a surrogate pair", { a: "\ud800" }],
    ["a symbol", Symbol("x")],
    ["nesting without end", nested(300)],
  ])("refuse %s", (_, value) => {
    expect(canonicalJson(value)).toBeUndefined();
  });
});

describeStorage("text, integers, booleans and instants", (kind) => {
  const storage = openTemp(kind);
  it.each([
    [{ id: "a\0b" }, "id", "text-not-storable"],
    [{ id: "\udc00" }, "id", "text-not-storable"],
    [{ id: 5 }, "id", "not-text"],
    [{ id: undefined }, "id", "missing"],
    [{ id: null }, "id", "not-text"],
    [{ count: 1.5 }, "count", "not-an-integer"],
    [{ count: 2 ** 53 }, "count", "not-an-integer"],
    [{ count: "1" }, "count", "not-an-integer"],
    [{ live: 1 }, "live", "not-a-boolean"],
    [{ side: "hold" }, "side", "not-one-of"],
    [{ at: "2025-01-01T00:00:00" }, "at", "time-without-zone"],
    [{ at: "2025-01-01T00:00:00.1234567Z" }, "at", "time-too-precise"],
    [{ at: "3025-01-01T00:00:00Z" }, "at", "time-out-of-range"],
    [{ at: new Date(Number.NaN) }, "at", "not-a-time"],
    [{ at: 0 }, "at", "not-a-time"],
    [{ price: 1.5 }, "price", "not-a-decimal"],
    [{ extra: { a: undefined } }, "extra", "not-json"],
    [{ nothing: 1 }, "nothing", "unknown-column"],
    [{ userId: "someone else" }, "userId", "another-user"],
  ])("refuse %o", async (change, column, issue) => {
    const me = (await storage).forUser("ann").table(samples);
    // Types already refuse these; a caller without types meets the same wall.
    const row = { id: "x", ...change } as unknown as { readonly id: string };
    const error = await failure(me.insert(row), "value-rejected");
    expect(error.facts["issues"]).toEqual([{ column, issue }]);
    expect(error.message).toContain(column);
    expect(await me.importMany([row])).toMatchObject({ written: 0, rejected: [{ issues: [{ column, issue }] }] });
  });

  it("come back exactly", async () => {
    const me = (await storage).forUser("ann").table(samples);
    const row = {
      id: "✓ 😀 '\"; drop table --",
      label: "",
      side: "it's" as const,
      price: "123456789012.00000001",
      stop: new Decimal("-0.00000001"),
      wide: "-1234567890123456789012345678901234567890.123456789012345678901234567890123456",
      at: "1969-12-31T23:59:59.999999Z",
      until: new Date("2025-06-01T00:00:00.5Z"),
      count: -Number.MAX_SAFE_INTEGER,
      live: false,
      extra: { b: [1, 1.5, "é"], a: null },
    };
    await me.insert(row);
    expect(await me.get({ id: row.id })).toEqual({
      ...row,
      userId: "ann",
      price: new Decimal(row.price),
      wide: new Decimal(row.wide),
      until: "2025-06-01T00:00:00.500000Z",
      seenAt: "2025-01-01T00:00:00.000000Z",
      revision: 1,
      seq: 1,
    });
  });

  it("hold a megabyte of JSON and null in every nullable column", async () => {
    const me = (await storage).forUser("ann").table(samples);
    const extra = { text: "é".repeat(500_000), list: Array.from({ length: 1000 }, (_, at) => at) };
    expect((await me.insert({ id: "big", extra })).extra).toEqual(extra);
    expect(await me.insert({ id: "nulls", label: null, stop: null, wide: null, until: null, extra: null })).toMatchObject({
      label: null,
      stop: null,
      wide: null,
      until: null,
      extra: null,
    });
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]: [string, unknown]) => [key, reversed(inner)]),
  );
}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

describe("the text of an instant", () => {
  const instants = fc.oneof(
    fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT }),
    fc.integer({ min: -3, max: 3 }),
    fc.integer({ min: -90_000_000_000, max: 90_000_000_000 }),
  );
  test.prop([fc.array(instants, { minLength: 1 })], runs(1000))("is the same whatever day was written before it", (micros) => {
    expect(micros.map(instantText)).toEqual(micros.map(writeInstant));
  });
});
