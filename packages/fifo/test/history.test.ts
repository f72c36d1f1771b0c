// Late data: what is computed again, and what is not.
import { describe, expect, test } from "vitest";
import { allocate, type LedgerInput, type TradeInput } from "../src/index.ts";
import { createHistory } from "../src/history.ts";
import { book, lotText, minuteAt, rowText } from "./book.ts";

const churn = (count: number): TradeInput[] =>
  book(Array.from({ length: count }, (_, i) => `t${i} ${i % 2 === 0 ? "buy" : "sell"} 1 @ ${i + 1}`).join("\n"));

describe("a history", () => {
  test("starts a late trade's recomputation at the newest snapshot before it", () => {
    const history = createHistory({}, { snapshotEvery: 100 });
    history.add(churn(1000));
    expect(history.recompute()).toEqual({ symbols: ["BTC-USD"], replayed: 1000 });
    history.add(book("late buy 1 @ 7 at=850"));
    expect(history.recompute()).toEqual({ symbols: ["BTC-USD"], replayed: 201 }); // from the snapshot after 800 entries
    expect(history.recompute()).toEqual({ symbols: [], replayed: 0 });
  });
  // With a snapshot after each entry these would hold two hundred million lots.
  test("keeps few snapshots where the backlog grows, and still starts from the newest before a change", () => {
    const count = 20_000;
    const buys = book(Array.from({ length: count }, (_, i) => `t${i} buy 1 @ ${i + 1}`).join("\n"));
    const history = createHistory({}, { snapshotEvery: 1 });
    history.add(buys);
    history.recompute();
    const late = book(`late sell 3 @ 7 at=${count - 1}`);
    history.add(late);
    expect(history.recompute().replayed).toBeLessThan(count / 2);
    expect(history.allocations().map(rowText)).toEqual(allocate([...buys, ...late]).allocations.map(rowText));
    expect(history.openLots()).toHaveLength(count - 3);
  });
  test("touches only the symbols that changed", () => {
    const history = createHistory();
    history.add([...book("a buy 1 @ 1"), ...book("b buy 1 @ 1 symbol=ETH-USD")]);
    history.recompute();
    history.add(book("s sell 1 @ 2 symbol=ETH-USD at=9"));
    expect(history.recompute()).toEqual({ symbols: ["ETH-USD"], replayed: 1 });
  });
  test("recomputes from a given instant on request and gives the same", () => {
    const history = createHistory({}, { snapshotEvery: 10 });
    history.add(churn(100));
    const before = history.allocations().map(rowText);
    expect(history.recompute({ from: churn(100)[55]?.executedAt ?? "" }).replayed).toBe(50);
    expect(history.allocations().map(rowText)).toEqual(before);
  });
  test("a backfilled buy turns an unmatched sell into a matched one", () => {
    const history = createHistory();
    history.add(book("s sell 1 @ 5 at=9"));
    expect(history.allocations().map(rowText)).toEqual(["s unmatched 1: net 5"]);
    history.add(book("b buy 1 @ 3 at=2"));
    expect(history.allocations("BTC-USD").map(rowText)).toEqual(["s takes 1 of b: cost 3, net 5, pnl 2"]);
  });
  test("refuses an id that is there already and adds nothing of the batch", () => {
    const history = createHistory();
    history.add(book("a buy 1 @ 1"));
    expect(() => history.add(book("b buy 1 @ 1\na buy 1 @ 1"))).toThrow(/there already/);
    expect(history.totals().trades).toBe(1);
  });
  test("refuses what makes a split inexact, adds nothing of it in any symbol, and goes on", () => {
    const history = createHistory({ scope: "account" });
    const split: LedgerInput = { type: "split", id: "x", symbol: "BTC-USD", ratio: "1:3", executedAt: minuteAt(5) };
    const add =
      (...entries: LedgerInput[]) =>
      () =>
        history.add(entries);
    const lots = () => history.openLots().map((lot) => `${lot.account} ${lotText(lot)}`);
    const [p, q, other, sell] = book(
      "p buy 3 @ 1 account=p\nq buy 4 @ 1 account=q\no buy 1 @ 1 symbol=ETH-USD at=9\ns sell 1 @ 1 account=q at=2",
    );
    if (p === undefined || q === undefined || other === undefined || sell === undefined) throw new Error("four trades");
    add(p, q)();
    expect(add(other, split)).toThrow(/no decimal of at most 18 places/);
    expect(add(split, other)).toThrow(/no decimal of at most 18 places/);
    expect(lots()).toEqual(["p p 3: cost 3", "q q 4: cost 4"]);
    add(sell, split, other)(); // none of their ids was kept
    expect(lots()).toEqual(["p p 1: cost 3", "q q 1: cost 3", " o 1: cost 1"]);
    expect(add(...book("late buy 1 @ 1 account=p at=1"))).toThrow(/no decimal of at most 18 places/);
    expect(lots()).toEqual(["p p 1: cost 3", "q q 1: cost 3", " o 1: cost 1"]);
  });
  test("as of an instant includes the trades of that instant", () => {
    const history = createHistory();
    const trades = churn(11);
    history.add(trades);
    const instant = trades[4]?.executedAt ?? "";
    expect(history.asOf(instant).openLots.map((lot) => lot.id)).toEqual(["t4"]);
    expect(JSON.stringify(history.asOf(instant).totals)).toBe(JSON.stringify(allocate(trades, { asOf: instant }).totals));
    expect(() => history.asOf("yesterday")).toThrow(/not-a-time/);
  });
  test("takes a backfill of many trades at once", () => {
    const history = createHistory();
    const trades = churn(20_000);
    history.add(trades.slice(10_000));
    history.recompute();
    history.add(trades.slice(0, 10_000));
    expect(history.allocations().length).toBe(10_000);
  });
  test("refuses a snapshot distance that is none", () => {
    expect(() => createHistory({}, { snapshotEvery: 0 })).toThrow(/snapshotEvery/);
  });
});
