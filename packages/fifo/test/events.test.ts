// Splits and transfers: what they change, and what they keep.
import { describe, expect, test } from "vitest";
import { allocate, type FifoOptions, type LedgerInput } from "../src/index.ts";
import { checkInvariants } from "../src/audit.ts";
import { book, lotText, minuteAt, rowText } from "./book.ts";

const split = (ratio: string, minute: number, id = "split"): LedgerInput => ({
  type: "split",
  id,
  symbol: "BTC-USD",
  ratio,
  executedAt: minuteAt(minute),
});
const move = (minute: number, quantity: string, fee?: string, id = "move"): LedgerInput => ({
  type: "transfer",
  id,
  symbol: "BTC-USD",
  from: "spot",
  to: "vault",
  quantity,
  ...(fee === undefined ? {} : { fee }),
  executedAt: minuteAt(minute),
});
const run = (entries: readonly LedgerInput[], options: FifoOptions = { scope: "account" }): { rows: string[]; lots: string[] } => {
  const result = allocate(entries, options);
  return { rows: result.allocations.map(rowText), lots: result.openLots.map((lot) => `${lot.account}/${lotText(lot)}`) };
};

describe("a split", () => {
  test("multiplies the units of every open lot and keeps cost and date", () => {
    const { rows, lots } = run([...book("b1 buy 10 @ 3 fee=1\ns1 sell 4 @ 5\ns2 sell 6 @ 2 at=9"), split("2:1", 5)]);
    expect(rows).toEqual(["s1 takes 4 of b1: cost 12.4, net 20, pnl 7.6", "s2 takes 6 of b1: cost 9.3, net 12, pnl 2.7"]);
    expect(lots).toEqual(["/b1 6: cost 9.3"]);
  });
  test("is taken before the trades of the same instant", () => {
    expect(run([...book("b1 buy 1 @ 8\ns1 sell 2 @ 5 at=5"), split("2:1", 5)]).rows).toEqual(["s1 takes 2 of b1: cost 8, net 10, pnl 2"]);
  });
  test("shares a reverse split among lots so that they add up to the exact total", () => {
    const { lots } = run([...book("b1 buy 10 @ 1\nb2 buy 20 @ 1"), split("1:3", 5)]);
    expect(lots).toEqual(["/b1 3.333333333333333333: cost 10", "/b2 6.666666666666666667: cost 20"]);
  });
  test("is refused when the holding would be no decimal of at most 18 places", () => {
    expect(() => run([...book("b1 buy 10 @ 1"), split("1:3", 5)])).toThrow(/no decimal of at most 18 places; record the fraction/);
  });
  // Found by the property of resuming (seed -1615402275): the places of a closed trade decided what a split after it gave.
  const FINER = "f1 buy 0.0000000000000000001 @ 1\ng1 sell 0.0000000000000000001 @ 1";
  test("is refused or cut by the places of what is split, never by those of trades closed before it", () => {
    expect(() => run([...book(`${FINER}\nb1 buy 0.00000000000000001 @ 1`), split("5:4", 5)])).toThrow(/at most 18 places/);
    const entries = [...book(`${FINER}\nb1 buy 10 @ 1\nb2 buy 20 @ 1`), split("1:3", 5)];
    const result = allocate(entries);
    expect(result.openLots.map(lotText)).toEqual(["b1 3.333333333333333333: cost 10", "b2 6.666666666666666667: cost 20"]);
    expect(checkInvariants(entries, result)).toEqual([]);
  });
  test("keeps the places of a lot that has more than 18", () => {
    expect(() => run([...book("b1 buy 0.00000000000000000001 @ 1"), split("3:2", 5)])).toThrow(/at most 18 places/);
    expect(allocate([...book("b1 buy 0.00000000000000000002 @ 1"), split("3:2", 5)]).openLots.map(lotText)).toEqual([
      "b1 0.00000000000000000003: cost 0.00000000000000000002",
    ]);
  });
  test("multiplies open shorts too", () => {
    const result = allocate([...book("s1 sell 1 @ 10\nb1 buy 2 @ 4 at=9"), split("2:1", 5)], { shorts: "open" });
    expect(result.allocations.map(rowText)).toEqual(["s1 takes 2 of b1: cost 8, net 10, pnl 2"]);
  });
  test("touches no other symbol", () => {
    expect(run([...book("b1 buy 1 @ 8 symbol=ETH-USD"), split("2:1", 5)]).lots).toEqual(["/b1 1: cost 8"]);
  });
  test.each(["2", "2:0", "0:1", "2.5:1", "-2:1", ""])("refuses the ratio %j", (ratio) => {
    expect(() => run([split(ratio, 1)])).toThrow(/ratio/);
  });
});

describe("a transfer", () => {
  const TWO_LOTS = "b1 buy 4 @ 10 fee=1 account=spot\nb2 buy 4 @ 20 account=spot";
  test("moves the oldest lots with their dates and their exact share of the cost", () => {
    const result = allocate([...book(TWO_LOTS), move(5, "5")], { scope: "account" });
    expect(result.openLots.map((lot) => [lot.account, lotText(lot), lot.executedAt])).toEqual([
      ["spot", "b2 3: cost 60", minuteAt(1).replace("Z", "000Z")],
      ["vault", "b1 4: cost 41", minuteAt(0).replace("Z", "000Z")],
      ["vault", "b2 1: cost 20", minuteAt(1).replace("Z", "000Z")],
    ]);
  });
  test("puts moved lots in their place by age, so a later sell takes the oldest", () => {
    const { rows } = run([...book(`${TWO_LOTS}\nv buy 1 @ 15 account=vault at=3\ns sell 1 @ 30 account=vault at=9`), move(5, "5")]);
    expect(rows).toEqual(["s takes 1 of b1: cost 10.25, net 30, pnl 19.75"]);
  });
  test("shows the fee as a row of its own with its cost, in no profit", () => {
    const { rows, lots } = run([...book(TWO_LOTS), move(5, "3", "0.5")]);
    expect(rows).toEqual(["move fee 0.5 of b1, cost 5.125: net 0"]);
    expect(lots).toEqual(["spot/b1 0.5: cost 5.125", "spot/b2 4: cost 80", "vault/b1 3: cost 30.75"]);
  });
  test("shows what the account did not hold as unmatched; nothing arrives for it", () => {
    const { rows, lots } = run([...book(TWO_LOTS), move(5, "9")]);
    expect(rows).toEqual(["move unmatched 1: net 0"]);
    expect(lots).toEqual(["vault/b1 4: cost 41", "vault/b2 4: cost 80"]);
  });
  test("takes only the fee where accounts share one queue", () => {
    const { rows, lots } = run([...book(TWO_LOTS), move(5, "5", "1")], { scope: "symbol" });
    expect(rows).toEqual(["move fee 1 of b1, cost 10.25: net 0"]);
    expect(lots).toEqual(["spot/b1 3: cost 30.75", "spot/b2 4: cost 80"]);
  });
  test("to the same account is refused", () => {
    expect(() => run([{ ...move(1, "1"), to: "spot" } as LedgerInput])).toThrow(/to itself/);
  });
});

test("of two accounts that cannot be split, the one that was there first is named", () => {
  const buys: readonly LedgerInput[] = [
    { ...move(0, "1", undefined, "t"), from: "a", to: "b" } as LedgerInput,
    { id: "b1", symbol: "BTC-USD", account: "a", side: "buy", quantity: "0.1", price: "1", executedAt: minuteAt(1) },
    { id: "b2", symbol: "BTC-USD", account: "b", side: "buy", quantity: "0.2", price: "1", executedAt: minuteAt(2) },
  ];
  expect(() => run([...buys, split("1:3", 3)])).toThrow(/1:3 of 0\.1 BTC-USD/);
});
