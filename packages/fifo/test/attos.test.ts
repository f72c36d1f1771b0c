// Does an amount in two numbers say what integers say, or else that it does not fit?
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { Attos, writeUnits, ZERO } from "../src/attos.ts";
import { writeDecimal } from "../src/decimal-text.ts";
import { depth } from "./arbitraries.ts";
import { shortText } from "./exact-text.ts";

/** `units * 10^-scale * used / size`: money for `used` of `size`. */
interface Part {
  readonly sign: 1 | -1;
  readonly units: bigint;
  readonly scale: number;
  readonly used: bigint;
  readonly size: bigint;
}

const SAFE = 2n ** 53n;

/** Every length of integer alike, and those beside the borders of what a number holds and of each way to divide. */
const integer = (most: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.integer({ min: 1, max: most.toString(2).length - 1 }).chain((bits) => fc.bigInt({ min: 1n, max: 2n ** BigInt(bits) })),
    fc
      .tuple(fc.constantFrom(SAFE, SAFE / 11n, SAFE / 1001n, SAFE / 1_000_001n, 10n ** 15n), fc.bigInt({ min: -2n, max: 2n }))
      .map(([edge, off]) => edge + off),
  );

const part: fc.Arbitrary<Part> = fc
  .record({
    sign: fc.constantFrom(1 as const, -1 as const),
    units: fc.tuple(integer(2n ** 60n), fc.boolean()).map(([units, isNegative]) => (isNegative ? -units : units)),
    scale: fc.integer({ min: 0, max: 20 }),
    size: integer(2n ** 56n),
    share: fc.bigInt({ min: 0n, max: 10n ** 6n }),
  })
  .map(({ share, ...rest }) => ({ ...rest, used: (rest.size * share) / 10n ** 6n }));

/** In units of 10^-18, cut toward zero. */
const exactAttos = ({ sign, units, scale, used, size }: Part): bigint =>
  (BigInt(sign) * units * used * 10n ** 18n) / (10n ** BigInt(scale) * size);

const narrow = (value: bigint): number | bigint => (value < SAFE && value > -SAFE ? Number(value) : value);

function sumOf(parts: readonly Part[]): Attos {
  const sum = new Attos();
  for (const { sign, units, scale, used, size } of parts) sum.addPart(sign, narrow(units), scale, narrow(used), narrow(size));
  return sum;
}

describe("an amount in two numbers", () => {
  test.prop([part], depth(20_000, 1_000_000))("a part has the digits that integers give, or does not fit", (one) => {
    const text = sumOf([one]).text();
    if (text !== undefined) expect([one.scale <= 18, text]).toEqual([true, shortText(exactAttos(one), 18)]);
  });

  test.prop([fc.array(part, { minLength: 2, maxLength: 4 })], depth(10_000, 500_000))("so does a sum of up to four parts", (parts) => {
    const text = sumOf(parts).text();
    if (text !== undefined)
      expect(text).toBe(
        shortText(
          parts.map(exactAttos).reduce((sum, one) => sum + one, 0n),
          18,
        ),
      );
  });

  // Units of 8 places: four million beside fees of up to 6 places, forty thousand beside fees of 8.
  test.prop(
    [
      fc.constantFrom([6, 4n * 10n ** 14n] as const, [8, 4n * 10n ** 12n] as const).chain(([places, most]) =>
        fc.record({
          sign: fc.constantFrom(1 as const, -1 as const),
          units: fc.bigInt({ min: 1n - 10n ** 12n, max: 10n ** 12n - 1n }),
          scale: fc.integer({ min: 3, max: places }),
          size: fc.bigInt({ min: 1n, max: most }),
          share: fc.bigInt({ min: 0n, max: 100n }),
        }),
      ),
    ],
    depth(5000, 100_000),
  )("what trades hold fits: below a billion, fees of twelve digits, fills of millions of units", ({ share, ...rest }) => {
    const one = { ...rest, used: (rest.size * share) / 100n };
    expect(sumOf([one]).text()).toBe(shortText(exactAttos(one), 18));
  });

  test.prop([fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 30 })], depth(5000, 100_000))(
    "a single value is written as a bigint is, whether it fits or not",
    (units, scale) => {
      expect(writeUnits(narrow(units), scale)).toBe(writeDecimal(units, scale));
    },
  );

  test("what does not fit stays so whatever is added", () => {
    const sum = sumOf([
      { sign: 1, units: 1n, scale: 19, used: 1n, size: 1n },
      { sign: 1, units: 5n, scale: 0, used: 1n, size: 1n },
    ]);
    sum.set(sum, 1, ZERO);
    expect(sum.text()).toBeUndefined();
  });

  test("a billion is the first amount that does not fit", () => {
    const text = (units: number): string | undefined => sumOf([{ sign: 1, units: BigInt(units), scale: 6, used: 1n, size: 1n }]).text();
    expect([text(1e15 - 1), text(1e15), text(1)]).toEqual(["999999999.999999", undefined, "0.000001"]);
  });
});
