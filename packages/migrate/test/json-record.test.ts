import { describe, expect, test } from "vitest";
import { MAX_DEPTH, readJsonRecord, readWholeNumbers, writeJsonRecord } from "../src/core/json-record.ts";
import { Rejection } from "../src/core/reasons.ts";

const reasonOf = (text: string): string => {
  const result = readJsonRecord(text);
  return result instanceof Rejection ? result.reason : "taken";
};

describe("a JSON record", () => {
  test("keeps every number as its own digits, however deep", () => {
    expect(readJsonRecord('{"a":9007199254740993,"b":[1.10,{"c":1e-8}],"d":-0,"e":1E400,"f":"1.5"}')).toEqual({
      a: "9007199254740993",
      b: ["1.10", { c: "1e-8" }],
      d: "-0",
      e: "1E400",
      f: "1.5",
    });
  });

  test("keeps what is not a number as it is", () => {
    expect(readJsonRecord('{"a":true,"b":null,"c":[],"d":{}}')).toEqual({ a: true, b: null, c: [], d: {} });
  });

  test("keeps a field named __proto__ a field", () => {
    const record = readJsonRecord('{"__proto__":{"polluted":1}}');
    expect(Object.getOwnPropertyNames(record)).toEqual(["__proto__"]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test.each(["", "{", '{"a":NaN}', '{"a":Infinity}', "{'a':1}", '{"a":01}', '{"a":1}x', '{"a":"\n"}', "\u{feff}{}"])(
    "%j is malformed",
    (text) => {
      expect(reasonOf(text)).toBe("malformed-json");
    },
  );

  test.each(["[]", "1", '"text"', "null", "true"])("%s is not an object", (text) => {
    expect(reasonOf(text)).toBe("not-an-object");
  });

  test("nests no deeper than the limit", () => {
    const nested = (levels: number): string => '{"a":'.repeat(levels) + "1" + "}".repeat(levels);
    expect(reasonOf(nested(MAX_DEPTH))).toBe("taken");
    expect(reasonOf(nested(MAX_DEPTH + 1))).toBe("nested-too-deep");
    expect(reasonOf('{"a":' + "[".repeat(100_000) + "]".repeat(100_000) + "}")).toBe("nested-too-deep");
  });
});

describe("a record in memory", () => {
  test("gives whole numbers, bigint, text and dates exactly", () => {
    const text = writeJsonRecord({ a: 42, b: 2n ** 70n, c: "1.10", d: new Date(0), e: undefined });
    expect(readWholeNumbers(text)).toEqual({ a: "42", b: "1180591620717411303424", c: "1.10", d: "1970-01-01T00:00:00.000Z" });
  });

  test.each([0.1, 1e21, 2 ** 53, 1.5e-9])("with the number %d is refused, for its digits are not known", (number) => {
    const result = readWholeNumbers(writeJsonRecord({ deep: [{ number }] }));
    expect(result).toBeInstanceOf(Rejection);
    expect((result as Rejection).reason).toBe("number-not-exact");
  });

  test("does not turn what JSON cannot write into null", () => {
    expect(readWholeNumbers(writeJsonRecord({ a: Number.NaN, b: -Infinity }))).toEqual({ a: "NaN", b: "-Infinity" });
    expect(writeJsonRecord(undefined)).toBe("null");
  });
});
