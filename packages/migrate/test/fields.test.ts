import { readInstant } from "@td/fifo/values";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  decimalText,
  instantText,
  moneyText,
  REJECT_REASONS,
  Rejection,
  requiredText,
  type RejectReason,
  type TimeSpelling,
} from "@td/migrate";
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

  test.each([
    ["Asia/Kolkata", "2025-10-27T09:16:02.123456", "2025-10-27T03:46:02.123456Z"],
    ["America/New_York", "2025-07-28 15:02:11", "2025-07-28T19:02:11.000000Z"],
    ["America/New_York", "2025-12-28 15:02:11", "2025-12-28T20:02:11.000000Z"],
    ["America/New_York", "2025-03-09T01:59:59", "2025-03-09T06:59:59.000000Z"],
    ["America/New_York", "2025-03-09T02:30:00", "time-does-not-exist"],
    ["America/New_York", "2025-03-09T03:00:00", "2025-03-09T07:00:00.000000Z"],
    ["America/New_York", "2025-11-02T00:59:59", "2025-11-02T04:59:59.000000Z"],
    ["America/New_York", "2025-11-02T01:30:00", "time-ambiguous"],
    ["America/New_York", "2025-11-02T02:00:00", "2025-11-02T07:00:00.000000Z"],
    ["America/New_York", "2025-11-02T01:30:00-04:00", "2025-11-02T01:30:00-04:00"],
    ["Pacific/Apia", "2011-12-30T12:00:00", "time-does-not-exist"],
    ["+05:30", "2025-10-27T09:16:02", "2025-10-27T03:46:02.000000Z"],
  ])("on the clock of %s reads %s as %s", (zone, text, expected) => {
    const result = instantText({ zone }).safeParse(text);
    expect(result.success ? result.data : result.error.issues[0]?.message).toBe(expected);
    const byJob = validator(z.object({ at: instantText() }), zone)({ at: text });
    expect(byJob instanceof Rejection ? byJob.reason : byJob.at).toBe(expected);
  });

  test.each<[string, readonly TimeSpelling[], string]>([
    ["1762400000000", ["epoch-ms"], "2025-11-06T03:33:20.000000Z"],
    ["1762400000", ["epoch-s"], "2025-11-06T03:33:20.000000Z"],
    ["1762400000000", ["epoch-s"], "not-a-time"],
    ["1762400000000", [], "not-a-time"],
    ["27-Oct-2025 09:15:00", ["dd-mon-yyyy", "epoch-ms"], "2025-10-27T03:45:00.000000Z"],
    ["27-Okt-2025 09:15:00", ["dd-mon-yyyy"], "not-a-time"],
    ["30-Feb-2025 09:15:00", ["dd-mon-yyyy"], "not-a-time"],
    ["27-Oct-2025 09:15:00", ["epoch-ms"], "not-a-time"],
    ["2025-01-02 03:04:05 UTC", ["utc-word"], "2025-01-02 03:04:05Z"],
    ["2025-01-02 03:04:05 UTC", [], "not-a-time"],
  ])("reads %s with %j as %s", (text, also, expected) => {
    const result = instantText({ also, zone: "Asia/Kolkata" }).safeParse(text);
    expect(result.success ? result.data : result.error.issues[0]?.message).toBe(expected);
  });

  test("refuses a limit that is no instant and a zone that is none", () => {
    expect(() => instantText({ notAfter: "2025-11-22" })).toThrow(/notAfter must be an instant with an offset, not "2025-11-22"/);
    expect(() => instantText({ zone: "Mars" })).toThrow(/zone must be UTC, an offset/);
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

describe("moneyText", () => {
  test.each([
    ["$1,234.56 ", "1234.56"],
    ["($1,234.56)", "-1234.56"],
    ["$0.00", "0"],
    ["-$12.50", "-12.5"],
    ["Rs +1,234.50", "1234.5"],
    ["Rs -1,23,456.00", "-123456"],
    ["(5)", "-5"],
    ["1234.5", "1234.5"],
  ])("reads %j as %s", (text, expected) => {
    expect(moneyText().parse(text)).toBe(expected);
  });

  test.each(["", "$", "n/a", "1,2", "$1.2.3", "(1", "1)", "(-1)", "1e3", "--1", "$1,234.56 USD"])(
    "takes %j for no amount, and never for 0",
    (text) => {
      expect(moneyText().safeParse(text).error?.issues[0]?.message).toBe("not-a-number");
    },
  );

  test("demands what its options say", () => {
    expect(moneyText({ positive: true }).safeParse("($5)").error?.issues[0]?.message).toBe("not-positive");
    expect(moneyText().safeParse(null).error?.issues[0]?.message).toBe("missing-value");
  });
});
