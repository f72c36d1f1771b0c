// Rules 2 and 7: who shares lots with whom, and that the answer is one. Each test goes red when the rule is broken; the numbers are computed by hand.
import { describe, expect, test } from "vitest";
import { allocate, type AllocationField } from "../src/index.ts";
import { book, lotsOf, rowsOf } from "./book.ts";
import { shortText } from "./exact-text.ts";

/** `s1<b1` for a row that matches s1 to b1, `s1<-` for one that no lot covers. */
const taken = (text: string): string[] => allocate(book(text)).allocations.map((row) => `${row.sellId}<${row.buyId ?? "-"}`);

describe("rule 2: a queue per symbol, or per symbol and account", () => {
  const accounts = "b1 buy 1 @ 1 account=spot\n b2 buy 1 @ 2 account=vault\n s1 sell 1 @ 3 account=vault\n s2 sell 1 @ 3 account=other";

  test("by default all accounts share the lots of a symbol", () => {
    expect(rowsOf(accounts)).toEqual(["s1 takes 1 of b1: cost 1, net 3, pnl 2", "s2 takes 1 of b2: cost 2, net 3, pnl 1"]);
  });

  test("with scope account each account has its own", () => {
    expect(rowsOf(accounts, { scope: "account" })).toEqual(["s1 takes 1 of b2: cost 2, net 3, pnl 1", "s2 unmatched 1: net 3"]);
    expect(lotsOf(accounts, { scope: "account" })).toEqual(["b1 1: cost 1"]);
  });

  test("symbols never share lots, however alike they are", () => {
    expect(taken("b1 buy 1 @ 1\n s1 sell 1 @ 3 symbol=BTC/USD\n s2 sell 1 @ 3 symbol=btc-usd\n s3 sell 1 @ 3 symbol=BTC-USDT")).toEqual([
      "s3<-",
      "s1<-",
      "s2<-",
    ]);
  });

  test("a buy never serves an earlier sell, but the next one", () => {
    expect(rowsOf("s1 sell 1 @ 3\n b1 buy 1 @ 1\n s2 sell 1 @ 4")).toEqual([
      "s1 unmatched 1: net 3",
      "s2 takes 1 of b1: cost 1, net 4, pnl 3",
    ]);
  });

  test("the oldest lot is used up before the next is touched", () => {
    const rows = rowsOf("b1 buy 2 @ 1\n b2 buy 2 @ 2\n b3 buy 2 @ 3\n s1 sell 3 @ 10\n s2 sell 2 @ 10");
    expect(rows).toEqual([
      "s1 takes 2 of b1: cost 2, net 20, pnl 18",
      "s1 takes 1 of b2: cost 2, net 10, pnl 8",
      "s2 takes 1 of b2: cost 2, net 10, pnl 8",
      "s2 takes 1 of b3: cost 3, net 10, pnl 7",
    ]);
  });

  test("rows come by symbol in code units, then sell, then lot; lots by symbol, account and age", () => {
    const text =
      "b1 buy 1 @ 1 symbol=a-X account=z\n b2 buy 1 @ 1 symbol=B-X\n b3 buy 1 @ 1 symbol=a-X account=y\n s1 sell 2 @ 1 symbol=B-X";
    expect(allocate(book(`s9 sell 1 @ 1 symbol=a-X at=0 seq=1\n${text}`)).allocations.map((row) => row.symbol)).toEqual([
      "B-X",
      "B-X",
      "a-X",
    ]);
    expect(lotsOf(text, { scope: "account" })).toEqual(["b3 1: cost 1", "b1 1: cost 1"]);
  });
});

describe("rule 7: the same trades give the same bytes", () => {
  const trades = book(
    "b1 buy 3 @ 1 fee=1\n s1 sell 1 @ 2\n b2 buy 1 @ 4 at=1\n s2 sell 9 @ 3 fee=1\n x1 buy 1 @ 1 symbol=A-B\n x2 sell 1 @ 2 symbol=A-B at=0",
  );

  test("in any order of arrival", () => {
    const want = JSON.stringify(allocate(trades));
    for (let turn = 1; turn < trades.length; turn++)
      expect(JSON.stringify(allocate([...trades.slice(turn), ...trades.slice(0, turn)]))).toBe(want);
    expect(JSON.stringify(allocate(trades.toReversed()))).toBe(want);
  });

  test("however their decimals and instants are spelt", () => {
    const spelt = trades.map((trade) => ({
      ...trade,
      quantity: `0${String(trade.quantity)}.00`,
      price: `${String(trade.price)}e0`,
      executedAt: new Date(String(trade.executedAt)),
    }));
    expect(JSON.stringify(allocate(spelt))).toBe(JSON.stringify(allocate(trades)));
  });

  test("an amount reads the same as Decimal, text, integers and JSON, and again", () => {
    const result = allocate(book("b1 buy 2 @ 1 fee=1\n s1 sell 1 @ 3 fee=0.5\n s2 sell 2 @ 4"));
    for (const row of result.allocations) {
      const json = row.toJSON();
      const { quantity, costBasis, proceeds, netProceeds, pnl, buyFee, sellFee, buyPrice, sellPrice } = row;
      for (const [name, value] of Object.entries({
        quantity,
        costBasis,
        proceeds,
        netProceeds,
        pnl,
        buyFee,
        sellFee,
        buyPrice,
        sellPrice,
      })) {
        const field = name as AllocationField;
        const exact = row.amounts()[field];
        expect([value?.toFixed() ?? null, row.text(field), exact && shortText(exact.units, exact.scale)]).toEqual([
          json[field],
          json[field],
          json[field],
        ]);
      }
      expect([row.toJSON(), JSON.parse(JSON.stringify(row))]).toEqual([json, json]);
    }
  });

  test("so does what is left of a lot", () => {
    for (const lot of allocate(book("b1 buy 3 @ 1 fee=1\n s1 sell 1 @ 3")).openLots) {
      const { quantity, original, cost } = lot.toJSON();
      expect([quantity, original, cost]).toEqual(["2", "3", "2.666666666666666667"]);
      expect([lot.quantity, lot.original, lot.cost].map((value) => value.toFixed())).toEqual([quantity, original, cost]);
      expect([lot.text("quantity"), lot.text("original"), lot.text("cost")]).toEqual([quantity, original, cost]);
    }
  });
});
