// The SQL that views are made of: exact, plain, and the same in the stock `sqlite3` shell as in the driver.
import { spawnSync } from "node:child_process";
import Database from "better-sqlite3";
import { writeDecimal, writeInstant, MAX_INSTANT, MIN_INSTANT } from "@td/fifo/values";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { averageDividend, decimalAverage, decimalDifference, decimalSum, decimalText, fixed } from "../src/ledger/decimal-sql.ts";
import type { FixedSql } from "../src/ledger/decimal-sql.ts";
import { instantText } from "../src/ledger/instant-sql.ts";

const RUNS = process.env["TD_DEPTH"] === "soak" ? 2000 : 150;
const SHAPES = [
  [38, 18],
  [76, 36],
  [20, 8],
  [5, 0],
  [9, 9],
  [47, 18],
  [85, 36],
] as const;

/** The stored form, written with BigInt alone so that it shares no code with what is tested. */
const encode = (units: bigint, precision: number) => (units + 10n ** BigInt(precision)).toString().padStart(precision + 1, "0");
const decode = (text: string, precision: number) => BigInt(text) - 10n ** BigInt(precision);

/** Units of any size that fits, small ones and the two ends included. */
const unitsOf = (precision: number) => {
  const limit = 10n ** BigInt(precision) - 1n;
  return fc.oneof(
    fc.bigInt({ min: -limit, max: limit }),
    fc.bigInt({ min: -1000n, max: 1000n }),
    fc.constantFrom(0n, limit, -limit),
    fc.tuple(fc.bigInt({ min: -99n, max: 99n }), fc.nat(precision - 2)).map(([head, zeros]) => head * 10n ** BigInt(zeros)),
  );
};

/** `numerator / (denominator * 10^18)` rounded half-even. */
function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const whole = denominator * 10n ** 18n;
  let floor = numerator / whole;
  if (numerator % whole < 0n) floor -= 1n;
  const twice = (numerator - floor * whole) * 2n;
  return twice > whole || (twice === whole && floor % 2n !== 0n) ? floor + 1n : floor;
}

let db: Database.Database;
beforeAll(() => {
  db = new Database(":memory:");
});
afterAll(() => db.close());

const value = (sql: string, ...params: unknown[]) =>
  db
    .prepare(sql)
    .pluck()
    .get(...params);

/** Values of one group as a table expression `t(v)`. */
const group = (units: readonly bigint[], precision: number) =>
  `(select value as v from json_each('${JSON.stringify(units.map((u) => encode(u, precision)))}'))`;

/** A select of the sum `total` and the count `n` of a column. */
const sumOf = (source: string, term: FixedSql) => {
  const { columns, value: sum } = decimalSum(term, "limb");
  return `select ${sum.sql} as total, n from (select ${columns}, count(${term.sql}) as n from ${source})`;
};

/** A select of the average `mean` of `n` things that add up to `total`. */
const averageOf = (source: string, total: FixedSql) => {
  const step = averageDividend(total, "n");
  const result = decimalAverage(fixed("dividend", step.precision, step.scale), total, "n");
  const steps = `with sums as materialized (${source}), dividends as materialized (select *, ${step.sql} as dividend from sums)`;
  return { sql: `${steps} select ${result.sql} as mean from dividends`, precision: result.precision };
};

describe("decimalText", () => {
  test.each(SHAPES)("writes the canonical text of any decimal(%i,%i)", (precision, scale) => {
    const statement = db.prepare(`select ${decimalText(fixed("v", precision, scale))} from (select ? as v)`).pluck();
    fc.assert(
      fc.property(unitsOf(precision), (units) => {
        expect(statement.get(encode(units, precision))).toBe(writeDecimal(units, scale));
      }),
      { numRuns: RUNS },
    );
  });

  test("is NULL for NULL", () => {
    expect(value(`select ${decimalText(fixed("v", 38, 18))} from (select null as v)`)).toBeNull();
  });
});

describe("decimalSum", () => {
  test.each(SHAPES)("adds any decimal(%i,%i) values exactly, NULLs left out", (precision, scale) => {
    fc.assert(
      fc.property(fc.array(unitsOf(precision), { maxLength: 30 }), (units) => {
        const source = `(select v from ${group(units, precision)} union all select null)`;
        expect(value(sumOf(source, fixed("v", precision, scale)))).toBe(
          encode(
            units.reduce((a, b) => a + b, 0n),
            precision + 9,
          ),
        );
      }),
      { numRuns: RUNS },
    );
  });

  test.each([1n, -1n])("does not overflow on a million extreme values (sign %s)", (sign) => {
    const extreme = sign * (10n ** 76n - 1n);
    const rows = `(with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000) select '${encode(extreme, 76)}' as v from n)`;
    expect(value(sumOf(rows, fixed("v", 76, 36)))).toBe(encode(extreme * 1_000_000n, 85));
  });

  test("carries limbs as large as a thousand million rows make them", () => {
    // What 10^9 equal rows add to a limb is that limb times 10^9: the largest sums that the documented bound allows.
    for (const extreme of [10n ** 76n - 1n, -(10n ** 76n - 1n), 10n ** 76n - 10n ** 40n]) {
      const limbs = decimalSum(fixed("v", 76, 36), "limb");
      const columns = limbs.columns
        .replaceAll(/sum\((cast\(.*? as integer\))\)/g, "sum($1 * 1000000000)")
        .replaceAll("count(v)", "1000000000");
      const sql = `select ${limbs.value.sql} from (select ${columns} from (select '${encode(extreme, 76)}' as v))`;
      expect(value(sql)).toBe(encode(extreme * 10n ** 9n, 85));
    }
  });

  test("sums each group of a GROUP BY by itself, in text that sorts as numbers do", () => {
    const { columns, value: sum } = decimalSum(fixed("v", 38, 18), "limb");
    const rows = [
      ["a", 5n],
      ["a", -7n],
      ["b", 1n],
      ["c", -3n],
    ] as const;
    const source = rows.map(([name, units]) => `select '${name}' as k, '${encode(units, 38)}' as v`).join(" union all ");
    const got = db.prepare(`select k, ${sum.sql} as total from (select k, ${columns} from (${source}) group by k) order by total`).all();
    expect(got).toEqual([
      { k: "c", total: encode(-3n, 47) },
      { k: "a", total: encode(-2n, 47) },
      { k: "b", total: encode(1n, 47) },
    ]);
  });

  test("adds up sums of groups", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), unitsOf(76)), { maxLength: 20 }), (rows) => {
        const { columns, again, value: sum } = decimalSum(fixed("v", 76, 36), "limb");
        const source = `select value ->> 0 as k, value ->> 1 as v from json_each('${JSON.stringify(rows.map(([k, u]) => [k, encode(u, 76)]))}')`;
        const got = value(`select ${sum.sql} from (select ${again} from (select ${columns} from (${source}) group by k))`);
        expect(got).toBe(
          encode(
            rows.reduce((total, [, units]) => total + units, 0n),
            85,
          ),
        );
      }),
      { numRuns: RUNS },
    );
  });
});

describe("decimalDifference", () => {
  test.each(SHAPES)("subtracts any decimal(%i,%i) from another exactly", (precision, scale) => {
    const difference = decimalDifference(fixed("a", precision, scale), fixed("b", precision, scale));
    const statement = db.prepare(`select ${difference.sql} from (select ? as a, ? as b)`).pluck();
    fc.assert(
      fc.property(unitsOf(precision), unitsOf(precision), (a, b) => {
        expect(statement.get(encode(a, precision), encode(b, precision))).toBe(encode(a - b, difference.precision));
      }),
      { numRuns: RUNS },
    );
  });
});

describe("decimalAverage", () => {
  const term = fixed("v", 76, 36);
  const total = fixed("total", 85, 36);
  const mean = (source: string) => {
    const { sql, precision } = averageOf(source, total);
    return decode(String(value(sql)), precision);
  };

  test("is the exact sum over the count, rounded half-even to 18 places", () => {
    fc.assert(
      fc.property(fc.array(unitsOf(76), { minLength: 1, maxLength: 12 }), (units) => {
        const sum = units.reduce((a, b) => a + b, 0n);
        expect(mean(sumOf(group(units, 76), term))).toBe(divideHalfEven(sum, BigInt(units.length)));
      }),
      { numRuns: RUNS },
    );
  });

  test("takes the even neighbour of a tie, above and below zero", () => {
    const half = 5n * 10n ** 17n;
    fc.assert(
      fc.property(fc.bigInt({ min: -40n, max: 40n }), fc.bigInt({ min: 1n, max: 9n }), fc.constantFrom(-1n, 0n, 1n), (halves, n, off) => {
        const sum = halves * half * n + off;
        expect(mean(`select '${encode(sum, 85)}' as total, ${n} as n`)).toBe(divideHalfEven(sum, n));
      }),
      { numRuns: RUNS * 2 },
    );
  });

  test("divides by a thousand million", () => {
    for (const sum of [10n ** 85n - 1n, -(10n ** 85n - 1n), 1n, -1n, 5n * 10n ** 26n, 15n * 10n ** 26n, -5n * 10n ** 26n]) {
      expect(mean(`select '${encode(sum, 85)}' as total, 1000000000 as n`)).toBe(divideHalfEven(sum, 10n ** 9n));
    }
  });
});

describe("instantText", () => {
  test("writes any instant as td does, before 1970 too", () => {
    const statement = db.prepare(`select ${instantText("v")} from (select cast(? as integer) as v)`).pluck();
    const instants = fc.oneof(
      fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT }),
      fc.integer({ min: -2_000_001, max: 2_000_001 }),
      fc.constantFrom(MIN_INSTANT, MAX_INSTANT),
    );
    fc.assert(
      fc.property(instants, (micros) => {
        expect(statement.get(micros)).toBe(writeInstant(micros));
      }),
      { numRuns: RUNS * 2 },
    );
  });

  test("is NULL for NULL", () => {
    expect(value(`select ${instantText("v")} from (select null as v)`)).toBeNull();
  });
});

const shell = spawnSync("sqlite3", ["--version"], { encoding: "utf8" });
const installed = shell.status === 0;
if (!installed) console.log("no sqlite3 shell on this machine: the case that runs the SQL in it is skipped");

describe.runIf(installed)("the stock sqlite3 shell", () => {
  test("gives the same answers without any registered function", () => {
    const units = fc.sample(unitsOf(76), { numRuns: 40, seed: 7 });
    const term = fixed("v", 76, 36);
    const sum = sumOf(group(units, 76), term);
    const average = averageOf(sum, fixed("total", 85, 36));
    const queries = [
      `select group_concat(x, char(10)) from (select ${decimalText(term)} as x from ${group(units, 76)})`,
      `select ${decimalText(fixed("total", 85, 36))} from (${sum})`,
      `with means as materialized (${average.sql}) select ${decimalText(fixed("mean", average.precision, 18))} from means`,
      `select group_concat(x) from (select ${instantText("value")} as x from json_each('[-1, 0, 1, -98615000000, 1740823200123456]'))`,
    ];
    const run = spawnSync("sqlite3", [":memory:"], { input: queries.map((q) => `${q};`).join("\n"), encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.stdout.trim().split("\n")).toEqual(
      queries
        .map((q) => String(value(q)))
        .join("\n")
        .split("\n"),
    );
  });
});
