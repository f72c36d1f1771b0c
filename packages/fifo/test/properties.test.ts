// Laws that hold for every book. A failure prints the seed that runs it again.
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { allocate, compareTrades, FifoError, sortTrades, type FifoOptions, type FifoResult, type TradeInput } from "../src/index.ts";
import { checkInvariants } from "../src/audit.ts";
import { amount, anyBook, anyOptions, depth, shuffledBook, tradeId } from "./arbitraries.ts";
import { minuteAt } from "./book.ts";
import { unitsOf } from "./exact-text.ts";
import { expectConserved, expectFirstInFirstOut } from "./laws.ts";
import { mixedScaleBook, originOf, product, rateBook, respelt, scaled, soldOutBook, splitBook } from "./special-books.ts";

const json = (trades: Iterable<TradeInput>, options?: FifoOptions) => JSON.stringify(allocate(trades, options));
const book = anyBook();

describe("for every book and every option", () => {
  test.prop([book, anyOptions], depth(200, 3000))("quantity, cost, proceeds and fees are conserved, with equality", (trades, options) => {
    expectConserved(trades, allocate(trades, options), options);
  });

  test.prop([book, anyOptions], depth(200, 3000))("each row takes from the oldest lot that was open before its sell", (trades, options) => {
    expectFirstInFirstOut(trades, allocate(trades, options), options);
  });

  test.prop([book, anyOptions], depth(200, 3000))("no buy serves an earlier sell", (trades, options) => {
    const byId = new Map(trades.map((trade) => [trade.id, trade]));
    for (const { buyId, sellId } of allocate(trades, options).allocations) {
      const [buy, sell] = [byId.get(buyId ?? ""), byId.get(sellId)];
      if (buy !== undefined && sell !== undefined) expect(compareTrades(buy, sell)).toBeLessThan(0);
    }
  });

  test.prop([book, anyOptions], depth(200, 3000))("the independent checker agrees with the engine, also on its JSON", (trades, options) => {
    const result = allocate(trades, options);
    const read = JSON.parse(JSON.stringify(result)) as ReturnType<typeof result.toJSON>;
    expect([checkInvariants(trades, result), checkInvariants(trades, read, options)]).toEqual([[], []]);
  });

  test.prop([shuffledBook, anyOptions], depth(200, 3000))("the order of arrival changes no byte", ([trades, shuffled], options) => {
    expect(json(shuffled, options)).toBe(json(trades, options));
  });

  test.prop([book, anyOptions], depth(150, 2000))(
    "a replay changes no byte, neither from a copy nor in sorted order",
    (trades, options) => {
      const once = json(trades, options);
      expect([json(structuredClone(trades), options), json(sortTrades(trades), options)]).toEqual([once, once]);
    },
  );

  test.prop([book, anyOptions, fc.infiniteStream(fc.nat({ max: 3 }))], depth(150, 2000))(
    "another spelling of decimals and instants changes no byte",
    (trades, options, styles) => {
      expect(
        json(
          trades.map((trade) => respelt(trade, () => styles.next().value ?? 0)),
          options,
        ),
      ).toBe(json(trades, options));
    },
  );

  test.prop([book, anyOptions, fc.nat({ max: 40 })], depth(150, 2000))(
    "the rows of the first trades are the first rows, symbol by symbol",
    (trades, options, length) => {
      const some = allocate(sortTrades(trades).slice(0, length), options);
      const rowsOf = (result: FifoResult, name: string) => result.toJSON().allocations.filter(({ symbol }) => symbol === name);
      const all = allocate(trades, options);
      for (const symbol of some.symbols.keys())
        expect(rowsOf(some, symbol)).toEqual(rowsOf(all, symbol).slice(0, rowsOf(some, symbol).length));
    },
  );

  test.prop([book, anyOptions], depth(150, 2000))("each symbol alone gives its own part of the whole", (trades, options) => {
    const whole = allocate(trades, options).toJSON();
    const symbols = [...new Set(trades.map(({ symbol }) => symbol))].sort();
    const alone = symbols.map((name) =>
      allocate(
        trades.filter(({ symbol }) => symbol === name),
        options,
      ).toJSON(),
    );
    expect([alone.flatMap(({ allocations }) => allocations), alone.flatMap(({ openLots }) => openLots)]).toEqual([
      whole.allocations,
      whole.openLots,
    ]);
  });
});

const tradeOf = (id: string): TradeInput => ({ id, symbol: "A-B", side: "buy", quantity: "1", price: "1", executedAt: minuteAt(0) });

describe("for every two trades", () => {
  const three = fc.tuple(book, fc.nat(), fc.nat(), fc.nat()).filter(([trades]) => trades.length > 2);
  test.prop([three], depth(500, 5000))(
    "the order is antisymmetric and transitive, and only a trade itself is equal",
    ([trades, ...places]) => {
      const [a, b, c] = places.map((place) => trades[place % trades.length] ?? tradeOf("1")) as [TradeInput, TradeInput, TradeInput];
      expect(Math.sign(compareTrades(a, b)) + Math.sign(compareTrades(b, a))).toBe(0);
      expect(compareTrades(a, b) === 0).toBe(a === b);
      if (compareTrades(a, b) <= 0 && compareTrades(b, c) <= 0) expect(compareTrades(a, c)).toBeLessThanOrEqual(0);
    },
  );

  const digits = fc.stringMatching(/^\d{1,25}$/);
  test.prop([digits, digits], depth(500, 5000))("ids of digits compare as integers", (a, b) => {
    if (BigInt(a) !== BigInt(b)) expect(compareTrades(tradeOf(a), tradeOf(b)) < 0).toBe(BigInt(a) < BigInt(b));
  });

  test.prop([digits, tradeId], depth(200, 3000))("an id of digits comes before any other", (number, other) => {
    if (!/^\d+$/.test(other)) expect(compareTrades(tradeOf(number), tradeOf(other))).toBeLessThan(0);
  });
});

describe("for every list of ids", () => {
  const climbing = fc.array(fc.nat({ max: 3 }), { maxLength: 12 }).map((steps) =>
    steps.map(
      (
        (id) => (step: number) =>
          `${(id += step)}`
      )(8),
    ),
  );
  test.prop([fc.oneof(fc.array(tradeId, { maxLength: 8 }), climbing), fc.boolean()], depth(500, 5000))(
    "an id that is there twice is refused wherever it stands, and nothing else is",
    (ids, isNamed) => {
      const options: FifoOptions = isNamed ? { method: "specific", lots: {} } : {};
      const refused = caught(() => allocate(ids.map(tradeOf), options));
      const second = ids.find((id, i) => ids.indexOf(id) < i);
      expect(refused).toEqual(second === undefined ? undefined : ["duplicate-id", second]);
    },
  );
});

function caught(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof FifoError ? [error.code, error.facts["tradeId"]] : error;
  }
}

/** Quantity and money of each pair of sell and buy, parts of one fill added up. */
function sumsByPair({ allocations }: FifoResult): ReadonlyMap<string, readonly bigint[]> {
  const fields = ["quantity", "costBasis", "proceeds", "netProceeds", "pnl", "buyFee", "sellFee"] as const;
  const sums = new Map<string, readonly bigint[]>();
  for (const row of allocations) {
    const key = JSON.stringify([row.kind, originOf(row.sellId), originOf(row.buyId ?? "")]);
    const before = sums.get(key);
    sums.set(
      key,
      fields.map((field, i) => (before?.[i] ?? 0n) + unitsOf(row.text(field), 60)),
    );
  }
  return sums;
}

const sumTexts = ({ totals: { realizedPnl, unmatchedQuantity, unmatchedProceeds, openQuantity, openCost } }: FifoResult) =>
  [realizedPnl, unmatchedQuantity, unmatchedProceeds, openQuantity, openCost].map((sum) => sum.toFixed());

describe("for every book of special make", () => {
  test.prop([splitBook], depth(200, 3000))(
    "splitting a fill into two that follow each other changes no sum, not even of one pair",
    ({ whole, parts }) => {
      const [one, two] = [allocate(whole), allocate(parts)];
      expect(sumTexts(two)).toEqual(sumTexts(one));
      expect(sumsByPair(two)).toEqual(sumsByPair(one));
    },
  );

  test.prop([rateBook, amount(1n, 9999n, 3)], depth(200, 3000))(
    "scaling prices, totals and fees scales every amount of money",
    (trades, factor) => {
      const [once, times] = [allocate(trades), allocate(trades.map((trade) => scaled(trade, factor)))];
      for (const field of ["pnl", "proceeds", "netProceeds", "costBasis", "buyFee", "sellFee"] as const)
        expect(times.allocations.map((row) => row.text(field))).toEqual(once.allocations.map((row) => product(row.text(field), factor)));
      expect(times.totals.openCost.toFixed()).toBe(product(once.totals.openCost.toFixed(), factor));
    },
  );

  test.prop([mixedScaleBook], depth(200, 3000))(
    "0 to 18 places in one symbol stay exact across the edge of what a double holds",
    (trades) => {
      const result = allocate(trades);
      expectConserved(trades, result);
      expectFirstInFirstOut(trades, result);
    },
  );

  test.prop([soldOutBook], depth(200, 3000))(
    "a book that is sold out has no lot and no shortfall, and its profit is what came in less what went out",
    ({ trades, profit }) => {
      const { totals, openLots, unmatched } = allocate(trades);
      expect([openLots, unmatched, totals.realizedPnl.toFixed()]).toEqual([[], [], profit]);
    },
  );
});
