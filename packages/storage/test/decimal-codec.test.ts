import { test } from "@fast-check/vitest";
import { Decimal } from "decimal.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalCodec } from "../src/internal.ts";
import { decimalOf, decimalOfDigits } from "../src/table/decimal-of.ts";
import { decimalTexts, runs } from "./support.ts";

const shapes = [
  [38, 18],
  [76, 36],
  [20, 8],
  [5, 0],
  [3, 2],
  [1, 0],
] as const;

const texts = fc.constantFrom(...shapes).chain(([precision, scale]) =>
  fc.record({
    precision: fc.constant(precision),
    scale: fc.constant(scale),
    a: decimalTexts(precision - scale, scale),
    b: decimalTexts(precision - scale, scale),
  }),
);

function encoded(precision: number, scale: number, input: unknown): string {
  const stored = decimalCodec(precision, scale).encode(input);
  if (typeof stored !== "string") throw new Error(`refused ${String(input)}: ${stored.issue}`);
  return stored;
}

describe("a stored decimal", () => {
  test.prop([texts], runs(3000))("sorts as text exactly as its value sorts as a number", ({ precision, scale, a, b }) => {
    const [x, y] = [encoded(precision, scale, a), encoded(precision, scale, b)];
    expect(Math.sign(x < y ? -1 : x > y ? 1 : 0)).toBe(new Decimal(a).comparedTo(new Decimal(b)));
  });

  test.prop([texts], runs(3000))("comes back as the value that went in, in canonical spelling", ({ precision, scale, a }) => {
    const codec = decimalCodec(precision, scale);
    const stored = encoded(precision, scale, a);
    expect(codec.decodeText(stored)).toBe(new Decimal(a).toFixed().replace(/^-0$/, "0"));
    expect(codec.decode(stored).eq(a)).toBe(true);
  });

  test.prop([texts], runs(2000))("has p+1 digits and is value x 10^s + 10^p", ({ precision, scale, a }) => {
    const [whole = "", fraction = ""] = a.replace("-", "").split(".");
    const units = BigInt(whole + fraction.padEnd(scale, "0")) * (a.startsWith("-") ? -1n : 1n);
    expect(encoded(precision, scale, a)).toBe((units + 10n ** BigInt(precision)).toString().padStart(precision + 1, "0"));
  });

  test.prop([texts, fc.integer({ min: 0, max: 6 })], runs(1000))(
    "does not depend on how the number was spelled",
    ({ precision, scale, a }, zeros) => {
      const stored = encoded(precision, scale, a);
      const padded = `${a.replace(/^(-?)/, `$1${"0".repeat(zeros)}`)}${a.includes(".") ? "" : "."}0${"0".repeat(zeros)}`;
      expect(encoded(precision, scale, padded)).toBe(stored);
      expect(encoded(precision, scale, new Decimal(a))).toBe(stored);
      const [whole = "", fraction = ""] = a.split(".");
      expect(encoded(precision, scale, `${whole}${fraction}E-0${fraction.length}`)).toBe(stored);
    },
  );
});

describe("a decimal column refuses", () => {
  const codec = decimalCodec(10, 4);

  it.each([
    ["0.00001", "too-many-decimals"],
    ["1e-5", "too-many-decimals"],
    ["1000000", "too-many-digits"],
    ["-1000000", "too-many-digits"],
    ["999999.99999", "too-many-decimals"],
    ["1e90", "too-many-digits"],
    ["1e101", "number-too-long"],
    ["NaN", "not-a-number"],
    ["Infinity", "not-a-number"],
    ["", "not-a-number"],
    [" 1", "not-a-number"],
    ["1,000", "not-a-number"],
    ["+1", "not-a-number"],
    ["0x10", "not-a-number"],
    ["1.", "not-a-number"],
    [".", "not-a-number"],
    ["1.2.3", "not-a-number"],
    ["١", "not-a-number"],
    [new Decimal(Number.NaN), "not-a-number"],
    [new Decimal(Infinity), "not-a-number"],
    [new Decimal("1e9000000"), "number-too-long"],
    [new Decimal("1e-9000000"), "number-too-long"],
    [new Decimal("0.00001"), "too-many-decimals"],
    [1.5, "not-a-decimal"],
    [1, "not-a-decimal"],
    [1n, "not-a-decimal"],
    [null, "not-a-decimal"],
    [{}, "not-a-decimal"],
  ] as const)("%s as %s", (input, issue) => {
    expect(codec.encode(input)).toEqual({ issue });
  });

  it("nothing at the edges of its precision", () => {
    expect(
      ["999999.9999", "-999999.9999", "0.0001", "-0.0001", "-0", ".5", "1.50000000"].map((text) => codec.decodeText(encoded(10, 4, text))),
    ).toEqual(["999999.9999", "-999999.9999", "0.0001", "-0.0001", "0", "0.5", "1.5"]);
  });
});

const digits = (min: number): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 2, arbitrary: fc.constant("0") }, fc.integer({ min: 0, max: 9 }).map(String)), {
      minLength: min,
      maxLength: 45,
    })
    .map((found) => found.join(""));

/** All that decimal.js keeps of a number. */
const partsOf = ({ s, e, d }: Decimal): unknown => [s, e, d];

describe("a Decimal that td puts together", () => {
  test.prop([fc.constantFrom("", "-"), digits(1), digits(0)], runs(3000))(
    "has the very parts that decimal.js reads from the same digits",
    (sign, whole, fraction) => {
      const text = `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
      expect(partsOf(decimalOf(text))).toEqual(partsOf(new Decimal(text)));
      expect(partsOf(decimalOfDigits(`x${whole}${fraction}`, 1, whole.length, sign === "-"))).toEqual(partsOf(new Decimal(text)));
    },
  );

  it.each(["1e5", "1.50e30", "-1E-7", ".5", "-.5", "5.", "+5", "+0.10", "00", "-0", "NaN", "-Infinity", "0x1f", "1_000", "10000000"])(
    "is what decimal.js makes of %s",
    (text) => {
      expect(partsOf(decimalOf(text))).toEqual(partsOf(new Decimal(text)));
    },
  );

  it.each(["", "-", "1.2.3", "1-2", "0-", "1 ", "0.0a0", "--1", "0.-5"])("is refused where decimal.js refuses: %j", (text) => {
    expect(() => new Decimal(text)).toThrow("Invalid argument");
    expect(() => decimalOf(text)).toThrow("Invalid argument");
  });
});
