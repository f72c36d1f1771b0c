import { readInstant } from "@td/fifo/values";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { decimalText, instantText, REJECT_REASONS, Rejection, requiredText, type RejectReason } from "@td/migrate";
import { fieldsOf, validator } from "../src/core/validate.ts";

function outcome(schema: z.ZodType, value: unknown): unknown {
  const result = validator(z.object({ it: schema.optional() }))(value === undefined ? {} : { it: value });
  return result instanceof Rejection ? result.reason : result.it;
}

function required(schema: z.ZodType, value: unknown): unknown {
  const result = validator(z.object({ it: schema }))(value === undefined ? {} : { it: value });
  return result instanceof Rejection ? result.reason : result.it;
}

describe("decimalText", () => {
  test.each([
    ["1.50", "1.5"],
    ["1e-8", "0.00000001"],
    ["1.0E-08", "0.00000001"],
    ["-0.0", "0"],
    [".5", "0.5"],
    ["007", "7"],
  ])("reads %j as %s", (input, canonical) => {
    expect(required(decimalText(), input)).toBe(canonical);
  });

  test.each([
    ["", "not-a-number"],
    ["NaN", "not-a-number"],
    ["Infinity", "not-a-number"],
    ["0x10", "not-a-number"],
    ["1,000.5", "not-a-number"],
    [" 1", "not-a-number"],
    [true, "not-a-number"],
    [{}, "not-a-number"],
    [0.5, "not-a-number"],
    ["7".repeat(101), "number-too-long"],
    ["1e999999", "number-too-long"],
    [null, "missing-value"],
    [undefined, "missing-value"],
  ])("rejects %j as %s", (input, reason) => {
    expect(required(decimalText(), input)).toBe(reason);
  });

  test("rejects zero and below with the reason it was given", () => {
    expect(required(decimalText({ positive: true }), "0.00")).toBe("not-positive");
    expect(required(decimalText({ positive: "size-not-positive" }), "-1")).toBe("size-not-positive");
    expect(required(decimalText({ notNegative: true }), "-1")).toBe("negative");
    expect(required(decimalText({ notNegative: true }), "-0")).toBe("0");
    expect(required(decimalText({ positive: false, notNegative: false }), "-1")).toBe("-1");
  });
});

describe("instantText", () => {
  test.each([
    ["2025-03-01 10:00:00.5+02", "2025-03-01 10:00:00.5+02"],
    ["2025-03-01T10:00:00.123456Z", "2025-03-01T10:00:00.123456Z"],
    ["2025-03-01T10:00:00.5+00:00", "2025-03-01T10:00:00.5Z"],
    ["2025-03-01 10:00:00+00", "2025-03-01T10:00:00Z"],
  ])("reads %s as the same instant %s", (input, output) => {
    expect(required(instantText(), input)).toBe(output);
    expect(readInstant(output)).toBe(readInstant(input));
  });

  test.each(["2025-03-01T10:00:00Z+00:00", "2025-03-01T10:00+00", "2025-03-01T10:00:00+02+00:00", "+00:00", "+00"])(
    "does not take %s for UTC",
    (input) => {
      expect(required(instantText(), input)).toBe("not-a-time");
      expect(readInstant(input)).toBe("not-a-time");
    },
  );

  test("makes an instant of a time without a zone when it is told the zone", () => {
    expect(required(instantText({ zone: "+05:30" }), "2025-03-01T10:00:00")).toBe("2025-03-01T04:30:00.000000Z");
  });

  test.each([
    ["2025-03-01T10:00:00", "time-without-zone"],
    ["2025-02-30T10:00:00Z", "not-a-time"],
    ["2025-03-01T10:00:00.1234567Z", "time-too-precise"],
    ["1601-01-01T00:00:00Z", "time-out-of-range"],
    ["9999-12-31T23:59:59Z", "time-out-of-range"],
    [12, "not-a-time"],
    [null, "missing-value"],
  ])("rejects %j as %s", (input, reason) => {
    expect(required(instantText(), input)).toBe(reason);
  });

  test("does not believe a time after the latest", () => {
    const schema = instantText({ notAfter: "2025-11-22T00:00:00Z" });
    expect(required(schema, "2025-11-22T00:00:00.000000+00:00")).toBe("2025-11-22T00:00:00.000000Z");
    expect(required(schema, "2025-11-22T00:00:00.000001Z")).toBe("time-in-future");
    expect(required(schema, "9999-12-31T23:59:59.999999Z")).toBe("time-in-future");
    expect(required(schema, "0001-01-01T00:00:00Z")).toBe("time-out-of-range");
    expect(required(instantText({ notAfter: new Date(0) }), "1970-01-01T00:00:00.000001Z")).toBe("time-in-future");
  });

  test("refuses a limit that is no instant and a zone that is none", () => {
    expect(() => instantText({ notAfter: "2025-11-22" })).toThrow(/notAfter must be an instant with an offset, not "2025-11-22"/);
    expect(() => instantText({ zone: "Mars" })).toThrow(/zone must be UTC or an offset/);
  });
});

describe("requiredText", () => {
  test.each([
    [undefined, "missing-symbol"],
    [null, "missing-symbol"],
    ["", "missing-symbol"],
    [1, "not-text"],
  ])("rejects %j as %s", (input, reason) => {
    expect(required(requiredText("missing-symbol"), input)).toBe(reason);
  });

  test("keeps any other text", () => {
    expect(required(requiredText(), " ")).toBe(" ");
    expect(required(requiredText(), "")).toBe("missing-value");
  });

  test("can be optional like any zod schema", () => {
    expect(outcome(requiredText(), undefined)).toBeUndefined();
    expect(outcome(requiredText().nullable(), null)).toBeNull();
  });
});

describe("the reason of a rejection", () => {
  test("is the message of any zod check that is one of the list", () => {
    expect(required(z.enum(["buy", "sell"], { error: "unknown-side" }), "short")).toBe("unknown-side");
    expect(
      required(
        z.string().refine(() => false, { params: { reason: "missing-id" } }),
        "x",
      ),
    ).toBe("missing-id");
  });

  test("is schema for any other check, whose words are kept", () => {
    const result = validator(z.object({ a: z.object({ b: z.string().max(1, "too long for us") }) }))({ a: { b: "xx" } });
    expect(result).toEqual(new Rejection({ reason: "schema", field: "a.b", note: "too long for us" }));
  });

  test("comes with all issues of the record", () => {
    const result = validator(z.object({ a: decimalText(), b: requiredText() }))({ a: "x" }) as Rejection;
    expect(result.issues).toEqual([
      { reason: "not-a-number", field: "a" },
      { reason: "missing-value", field: "b" },
    ]);
  });

  test("is of a closed list without doubles", () => {
    const reasons: readonly RejectReason[] = REJECT_REASONS;
    expect(new Set(reasons).size).toBe(reasons.length);
  });
});

describe("a field that the schema does not know", () => {
  const record = { a: "1", b: "2" };

  test("rejects the record, for a plain object schema would drop it in silence", () => {
    expect(validator(z.object({ a: z.string() }))(record)).toEqual(new Rejection({ reason: "unknown-field", field: "b" }));
    expect((validator(z.strictObject({ a: z.string() }))(record) as Rejection).reason).toBe("unknown-field");
  });

  test("is let through by a loose object schema", () => {
    expect(validator(z.looseObject({ a: z.string() }))(record)).toEqual(record);
    expect(validator(z.object({ a: z.string() }).catchall(z.string()))(record)).toEqual(record);
  });

  test("is told from the ones that it knows", () => {
    expect(fieldsOf(z.object({ a: z.string(), b: z.string().optional(), c: z.string().nullish(), d: z.string().default("x") }))).toEqual({
      names: ["a", "b", "c", "d"],
      required: ["a"],
      open: false,
    });
    expect(fieldsOf(z.looseObject({ a: z.string() })).open).toBe(true);
    expect(fieldsOf(z.record(z.string(), z.string()))).toEqual({ names: [], required: [], open: true });
  });
});
