import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalDecimal, MAX_DIGITS, readDecimal, writeDecimal } from "../src/values.ts";
import { depth } from "./arbitraries.ts";

const textOf = (input: string | Decimal) => {
  const canonical = canonicalDecimal(input);
  return typeof canonical === "string" ? canonical : canonical.text;
};

describe("a decimal text has one canonical spelling", () => {
  test.each([
    ["0", "0"],
    ["-0", "0"],
    ["0.000", "0"],
    ["0e999999", "0"],
    ["-0e-7", "0"],
    ["000", "0"],
    ["1", "1"],
    ["-1.50", "-1.5"],
    ["007", "7"],
    ["00.070", "0.07"],
    [".5", "0.5"],
    ["-.5", "-0.5"],
    ["100", "100"],
    ["1e2", "100"],
    ["1E+2", "100"],
    ["1e-8", "0.00000001"],
    ["1.0E-08", "0.00000001"],
    ["3.8275e-9", "0.0000000038275"],
    ["12.5e1", "125"],
    ["12.50e1", "125"],
    ["120e-1", "12"],
    ["9007199254740993", "9007199254740993"],
    ["0.1234567890123456789012345678", "0.1234567890123456789012345678"],
  ])("%s is %s", (input, canonical) => expect(textOf(input)).toBe(canonical));
});

describe("a text that is no plain decimal is refused", () => {
  const texts = [
    "",
    " ",
    "1 ",
    " 1",
    "1\n",
    "+1",
    "--1",
    "-",
    ".",
    "5.",
    "1.2.3",
    "1,000",
    "1_000",
    "0x10",
    "0b1",
    "1e",
    "e5",
    "1e1.5",
    "1e1000000",
  ];
  const words = ["NaN", "Infinity", "-Infinity", "null", "undefined", "true", "1n", "١", "１", "½", "$1", "1%", "(1)", "1-"];
  test.each([...texts, ...words])("%j is not a number", (input) => expect(canonicalDecimal(input)).toBe("not-a-number"));
});

describe("a decimal has at most 100 digits once its exponent is written out", () => {
  const nines = (count: number) => "9".repeat(count);
  test.each([
    nines(MAX_DIGITS),
    `0.${nines(MAX_DIGITS)}`,
    `${nines(50)}.${nines(50)}`,
    "1e99",
    "1e-100",
    `0${nines(MAX_DIGITS)}`,
    `${nines(MAX_DIGITS)}.0`,
  ])("%s is read exactly", (input) => expect(textOf(input)).toBe(new Decimal(input).toFixed()));
  test.each([nines(101), nines(400), `0.${nines(101)}`, `${nines(51)}.${nines(50)}`, "1e100", "1e-101", "1e999999", "-1e-999999"])(
    "%s is too long",
    (input) => expect(canonicalDecimal(input)).toBe("number-too-long"),
  );

  test("a text of a million zeros between two ones is refused without a hang", () => {
    expect(canonicalDecimal(`1${"0".repeat(1_000_000)}1`)).toBe("number-too-long");
    expect(canonicalDecimal(`0.1${"0".repeat(1_000_000)}1`)).toBe("number-too-long");
  });

  test("a million leading or trailing zeros carry no digit", () => {
    expect(textOf(`${"0".repeat(1_000_000)}1.5${"0".repeat(1_000_000)}`)).toBe("1.5");
  });
});

describe("a Decimal is read exactly", () => {
  test.each(["1.50", "-0", "1e-50", "123456789012345678901234567890.123456789"])("%s", (input) => {
    expect(textOf(new Decimal(input))).toBe(textOf(input));
  });

  test.each(["NaN", "Infinity", "-Infinity"])("Decimal %s is not a number", (input) => {
    expect(readDecimal(new Decimal(input))).toBe("not-a-number");
  });

  test.each(["1e101", "1e-101", "1e9000000000000000", "-1e-9000000000000000"])(
    "Decimal %s is too long and is never written out",
    (input) => {
      expect(readDecimal(new Decimal(input))).toBe("number-too-long");
    },
  );

  test("a Decimal of another configuration is a Decimal", () => {
    const Other = Decimal.clone({ precision: 3, rounding: Decimal.ROUND_UP });
    expect(textOf(new Other("1.23456789"))).toBe("1.23456789");
  });
});

describe("what is neither text nor Decimal is refused, never rounded", () => {
  const values = [
    1.5,
    2,
    Number.NaN,
    5n,
    true,
    null,
    undefined,
    {},
    [],
    ["1"],
    Object(1.5),
    new Date(0),
    { toFixed: () => "1" },
    Object.create(null),
    Symbol("1"),
  ];
  test.each(values.map((value) => [typeof value, value]))("%s", (_, value) => {
    expect(readDecimal(value as string)).toBe("not-a-number");
    expect(canonicalDecimal(value as string)).toBe("not-a-number");
  });
});

const spelling = fc.stringMatching(/^-?(\d{1,30}(\.\d{1,30})?|\.\d{1,30})([eE][+-]?\d{1,2})?$/);
const parts = fc.record({ units: fc.bigInt({ min: -(10n ** 90n), max: 10n ** 90n }), scale: fc.nat({ max: 100 }) });

describe("for every decimal", () => {
  test("the value is the one that decimal.js reads", () => {
    const property = fc.property(spelling, (input) => {
      const read = canonicalDecimal(input);
      if (read === "number-too-long") return;
      expect(textOf(input)).toBe(new Decimal(input).plus(0).isZero() ? "0" : new Decimal(input).toFixed());
    });
    fc.assert(property, depth(1000, 50_000));
  });

  test("text, parts and text again is the identity", () => {
    const property = fc.property(parts, ({ units, scale }) => {
      const read = readDecimal(writeDecimal(units, scale));
      if (typeof read === "string") throw new Error(read);
      expect(read.units * 10n ** BigInt(scale - read.scale)).toBe(units);
      expect(writeDecimal(read.units, read.scale)).toBe(writeDecimal(units, scale));
      expect(textOf(writeDecimal(units, scale))).toBe(writeDecimal(units, scale));
    });
    fc.assert(property, depth(1000, 50_000));
  });

  test("equal values have equal parts, however they are spelt", () => {
    const property = fc.property(parts, fc.nat({ max: 5 }), ({ units, scale }, zeros) => {
      const padded = writeDecimal(units, scale).replace(/^-?/, (sign) => sign + "0".repeat(zeros));
      const shifted = `${units}e-${scale}`;
      expect(readDecimal(padded)).toEqual(readDecimal(writeDecimal(units, scale)));
      expect(readDecimal(shifted)).toEqual(readDecimal(writeDecimal(units, scale)));
    });
    fc.assert(property, depth(500, 20_000));
  });
});
