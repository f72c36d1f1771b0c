import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_INSTANT, MIN_INSTANT, readInstant, writeInstant } from "../src/values.ts";
import { depth } from "./arbitraries.ts";

const textOf = (input: string | Date, zone?: string) => {
  const at = readInstant(input, zone);
  return typeof at === "string" ? at : writeInstant(at);
};

describe("an instant has one canonical spelling: UTC with six digits after the second", () => {
  test.each([
    ["2025-03-01T10:00:00Z", "2025-03-01T10:00:00.000000Z"],
    ["2025-03-01T10:00:00.1Z", "2025-03-01T10:00:00.100000Z"],
    ["2025-03-01T10:00:00.12Z", "2025-03-01T10:00:00.120000Z"],
    ["2025-03-01T10:00:00.123Z", "2025-03-01T10:00:00.123000Z"],
    ["2025-03-01T10:00:00.1234Z", "2025-03-01T10:00:00.123400Z"],
    ["2025-03-01T10:00:00.12345Z", "2025-03-01T10:00:00.123450Z"],
    ["2025-03-01T10:00:00.123456Z", "2025-03-01T10:00:00.123456Z"],
    ["2025-03-01T10:00:00.000001Z", "2025-03-01T10:00:00.000001Z"],
    ["2025-03-01T10:00:00.123456000000Z", "2025-03-01T10:00:00.123456Z"],
    ["2025-03-01 10:00:00Z", "2025-03-01T10:00:00.000000Z"],
    ["2025-03-01T10:00:00z", "2025-03-01T10:00:00.000000Z"],
    ["2025-03-01 10:00:00.5+00", "2025-03-01T10:00:00.500000Z"],
    ["2025-03-01T03:41:00-07:00", "2025-03-01T10:41:00.000000Z"],
    ["2025-03-01T15:30:00+0530", "2025-03-01T10:00:00.000000Z"],
    ["2025-03-01T00:30:00+05:30", "2025-02-28T19:00:00.000000Z"],
    ["2024-12-31T20:00:00.000001-05", "2025-01-01T01:00:00.000001Z"],
    ["1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"],
    ["1970-01-01T00:00:00-00:00", "1970-01-01T00:00:00.000000Z"],
  ])("%s is %s", (input, canonical) => expect(textOf(input)).toBe(canonical));

  test("the epoch is zero, and one microsecond is one", () => {
    expect(Object.is(readInstant("1970-01-01T00:00:00Z"), 0)).toBe(true);
    expect(readInstant("1970-01-01T00:00:00.000001Z")).toBe(1);
    expect(readInstant("1969-12-31T23:59:59.999999Z")).toBe(-1);
  });
});

describe("what names no instant is refused", () => {
  const words = ["", " ", "now", "2025", "2025-03-01", "10:00:00Z", "1740823200", "01/03/2025 10:00:00Z", "Sat, 01 Mar 2025 10:00:00 GMT"];
  const shapes = [
    "2025-3-01T10:00:00Z",
    "2025-03-01T10:00Z",
    "2025-03-01T1:00:00Z",
    "2025-03-01T10:00:00,5Z",
    "2025-03-01T10:00:00.Z",
    "2025-03-01t10:00:00Z",
  ];
  const tails = [
    "2025-03-01T10:00:00Z ",
    " 2025-03-01T10:00:00Z",
    "2025-03-01T10:00:00ZZ",
    "2025-03-01T10:00:00 UTC",
    "2025-03-01T10:00:00+5",
    "-2025-03-01T10:00:00Z",
  ];
  const digits = [
    "2o25-03-01T10:00:00Z",
    "2025-0a-01T10:00:00Z",
    "2025-03-01T10:0 :00Z",
    "2025-03-01T10:00:00.12x456Z",
    "２025-03-01T10:00:00Z",
  ];
  test.each([...words, ...shapes, ...tails, ...digits])("%j is not a time", (input) => expect(readInstant(input)).toBe("not-a-time"));

  const dates = [
    "2025-02-29",
    "2025-02-30",
    "2025-04-31",
    "2025-06-31",
    "2025-09-31",
    "2025-11-31",
    "2025-01-32",
    "2025-01-00",
    "2025-00-01",
    "2025-13-01",
    "1900-02-29",
  ];
  test.each(dates.flatMap((date) => [`${date}T10:00:00Z`, `${date}T10:00:00+01:00`]))("%s is an impossible date", (input) => {
    expect(readInstant(input)).toBe("not-a-time");
  });

  const times = ["24:00:00", "25:00:00", "10:60:00", "23:59:60", "10:00:99"];
  test.each(times.flatMap((time) => [`2025-03-01T${time}Z`, `2025-03-01T${time}+00:00`]))("%s is an impossible time of day", (input) => {
    expect(readInstant(input)).toBe("not-a-time");
  });

  test.each(["+16:00", "-16:00", "+99:99", "+10:60"])("the offset %s does not exist", (offset) => {
    expect(readInstant(`2025-03-01T10:00:00${offset}`)).toBe("not-a-time");
  });

  test.each(["2025-03-01T10:00:00", "2025-03-01 10:00:00", "2025-03-01T10:00:00.123456"])("%s has no zone", (input) => {
    expect(readInstant(input)).toBe("time-without-zone");
  });

  test.each(["2025-03-01T10:00:00.1234567Z", "2025-03-01T10:00:00.000000001+00:00", "2025-03-01T10:00:00.123456789"])(
    "%s is too precise, and is not rounded",
    (input) => {
      expect(readInstant(input)).toBe("time-too-precise");
    },
  );

  test.each([5, 5n, null, undefined, {}, [], true, { getTime: () => 5 }])("%s is neither text nor a Date", (value) => {
    expect(readInstant(value as unknown as string)).toBe("not-a-time");
  });
});

describe("February 29th exists in leap years only", () => {
  test.each(["2024", "2000", "1704", "2196"])("%s is one", (year) => {
    expect(textOf(`${year}-02-29T00:00:00Z`)).toBe(`${year}-02-29T00:00:00.000000Z`);
  });
  test.each(["2023", "1900", "2100", "1800"])("%s is none", (year) => expect(readInstant(`${year}-02-29T00:00:00Z`)).toBe("not-a-time"));
});

describe("years 1700 to 2199 can be told", () => {
  test("both ends are inside", () => {
    expect(readInstant("1700-01-01T00:00:00Z")).toBe(MIN_INSTANT);
    expect(readInstant("2199-12-31T23:59:59.999999Z")).toBe(MAX_INSTANT);
    expect([writeInstant(MIN_INSTANT), writeInstant(MAX_INSTANT)]).toEqual(["1700-01-01T00:00:00.000000Z", "2199-12-31T23:59:59.999999Z"]);
    expect([MIN_INSTANT, MAX_INSTANT].every(Number.isSafeInteger)).toBe(true);
  });

  const outside = [
    "1699-12-31T23:59:59.999999Z",
    "2200-01-01T00:00:00Z",
    "1700-01-01T00:00:00+00:01",
    "2199-12-31T23:59:59-00:01",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
  ];
  test.each(outside)("%s is out of range", (input) => expect(readInstant(input)).toBe("time-out-of-range"));

  test("a Date is held to the same range", () => {
    expect(readInstant(new Date(MIN_INSTANT / 1000))).toBe(MIN_INSTANT);
    expect(readInstant(new Date(MIN_INSTANT / 1000 - 1))).toBe("time-out-of-range");
    expect(readInstant(new Date((MAX_INSTANT + 1) / 1000))).toBe("time-out-of-range");
    expect(readInstant(new Date(8.64e15))).toBe("time-out-of-range");
    expect(readInstant(new Date(Number.NaN))).toBe("not-a-time");
  });
});

describe("a zone can be given for times that have none", () => {
  test.each([
    ["UTC", "2025-03-01T10:00:00.000000Z"],
    ["Z", "2025-03-01T10:00:00.000000Z"],
    ["+05:30", "2025-03-01T04:30:00.000000Z"],
    ["-0700", "2025-03-01T17:00:00.000000Z"],
    ["+02", "2025-03-01T08:00:00.000000Z"],
  ])("in %s, 10:00 is %s", (zone, canonical) => expect(textOf("2025-03-01 10:00:00", zone)).toBe(canonical));

  test("an offset in the text wins over it", () => {
    expect(textOf("2025-03-01T10:00:00Z", "+05:30")).toBe("2025-03-01T10:00:00.000000Z");
    expect(textOf("2025-03-01T10:00:00+01:00", "+05:30")).toBe("2025-03-01T09:00:00.000000Z");
  });

  test.each(["Europe/Berlin", "EST", "local", "", "+5"])("%j is no fixed zone", (zone) => {
    expect(readInstant("2025-03-01 10:00:00", zone)).toBe("not-a-time");
  });
});

const micros = fc.oneof(
  fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT }),
  fc.integer({ min: -2_000_000, max: 2_000_000 }),
  fc.constantFrom(MIN_INSTANT, MAX_INSTANT, -1, 0, 1),
);

describe("for every instant", () => {
  test("text and back is the identity, in each spelling", () => {
    const property = fc.property(micros, (at) => {
      const text = writeInstant(at);
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      for (const spelt of [text, text.replace("T", " "), text.replace("Z", "+00:00"), text.replace("Z", "000Z")])
        expect(readInstant(spelt)).toBe(at);
      expect(readInstant(text.slice(0, -1), "UTC")).toBe(at);
    });
    fc.assert(property, depth(1000, 50_000));
  });

  test("JavaScript's Date agrees to the millisecond", () => {
    const range = { min: new Date(MIN_INSTANT / 1000), max: new Date((MAX_INSTANT - 999) / 1000), noInvalidDate: true };
    const property = fc.property(fc.date(range), (date) => {
      expect(readInstant(date)).toBe(date.getTime() * 1000);
      expect(readInstant(date.toISOString())).toBe(date.getTime() * 1000);
      expect(textOf(date)).toBe(date.toISOString().replace("Z", "000Z"));
    });
    fc.assert(property, depth(1000, 50_000));
  });

  test("an offset moves the clock and not the instant", () => {
    const property = fc.property(
      fc.integer({ min: MIN_INSTANT + 1e11, max: MAX_INSTANT - 1e11 }),
      fc.integer({ min: -900, max: 900 }),
      (at, minutes) => {
        const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) => String(n).padStart(2, "0"));
        const local = writeInstant(at + minutes * 60_000_000).slice(0, -1);
        expect(readInstant(`${local}${minutes < 0 ? "-" : "+"}${hours}:${rest}`)).toBe(at);
      },
    );
    fc.assert(property, depth(500, 20_000));
  });

  test("text order is time order", () => {
    const property = fc.property(micros, micros, (a, b) => {
      expect(writeInstant(a) < writeInstant(b)).toBe(a < b);
    });
    fc.assert(property, depth(500, 20_000));
  });
});
