// Rules 3 and 4: cost, proceeds and fees, and how they are shared out. Each test goes red when the rule is broken; the numbers are computed by hand.
import { describe, expect, test } from "vitest";
import { allocate, FifoError } from "../src/index.ts";
import { book, lotsOf, rowsOf } from "./book.ts";

describe("rule 3: cost is gross and buy fee, proceeds are gross less sell fee", () => {
  test("fees in the quote currency enter by the share of the quantity", () => {
    const text = "b1 buy 2 @ 10 fee=1\n s1 sell 1 @ 15 fee=0.5";
    expect(rowsOf(text)).toEqual(["s1 takes 1 of b1: cost 10.5, net 14.5, pnl 4"]);
    expect(lotsOf(text)).toEqual(["b1 1: cost 10.5"]);
  });

  test("naming the quote currency changes nothing, for either form of symbol", () => {
    for (const symbol of ["BTC-USD", "BTC/USD", "A-B-USD"]) {
      expect(rowsOf(`b1 buy 2 @ 10 fee=1 feeCurrency=USD symbol=${symbol}\n s1 sell 1 @ 15 symbol=${symbol}`)).toEqual([
        "s1 takes 1 of b1: cost 10.5, net 15, pnl 4.5",
      ]);
    }
  });

  test("a base fee on a buy makes the lot smaller and its cost no less", () => {
    const text = "b1 buy 1 @ 100 fee=0.01 feeCurrency=BTC\n s1 sell 0.99 @ 200";
    expect(rowsOf(text)).toEqual(["s1 takes 0.99 of b1: cost 100, net 198, pnl 98"]);
    expect(lotsOf(text)).toEqual([]);
  });

  test("a base fee on a sell takes more from the lots and brings no more", () => {
    const text = "b1 buy 2 @ 100\n s1 sell 1 @ 200 fee=0.01 feeCurrency=BTC";
    expect(rowsOf(text)).toEqual(["s1 takes 1.01 of b1: cost 101, net 200, pnl 99"]);
    expect(lotsOf(text)).toEqual(["b1 0.99: cost 99"]);
  });

  test("a base rebate adds to a buy and spares a sell", () => {
    expect(lotsOf("b1 buy 1 @ 100 fee=-0.01 feeCurrency=BTC")).toEqual(["b1 1.01: cost 100"]);
    expect(rowsOf("b1 buy 1 @ 100\n s1 sell 1 @ 200 fee=-0.5 feeCurrency=BTC")).toEqual(["s1 takes 0.5 of b1: cost 50, net 200, pnl 150"]);
  });

  test("a fee in a third currency counts by its value in quote", () => {
    const text = "b1 buy 1 @ 10 fee=0.004 feeCurrency=BNB feeInQuote=2\n s1 sell 1 @ 20 fee=0.006 feeCurrency=BNB feeInQuote=3";
    expect(rowsOf(text)).toEqual(["s1 takes 1 of b1: cost 12, net 17, pnl 5"]);
  });

  test("without that value the trade is refused by name", () => {
    const run = () => allocate(book("b1 buy 1 @ 10\n s77 sell 1 @ 20 fee=0.006 feeCurrency=BNB"));
    expect(run).toThrow(FifoError);
    expect(run).toThrow('Trade "s77": feeCurrency is "BNB" (neither currency of "BTC-USD"); give feeInQuote');
  });

  test("a symbol without currencies takes its own name for none", () => {
    expect(() => allocate(book("b1 buy 1 @ 10 symbol=BTC fee=0.1 feeCurrency=BTC"))).toThrow(/neither currency/);
    expect(rowsOf("b1 buy 1 @ 10 symbol=BTC fee=1\n s1 sell 1 @ 20 symbol=BTC")).toEqual(["s1 takes 1 of b1: cost 11, net 20, pnl 9"]);
  });

  test("a fee of zero needs no value and changes nothing, however it is spelt", () => {
    const plain = rowsOf("b1 buy 3 @ 0.1234567890123456789\n s1 sell 1 @ 1");
    for (const fee of ["0", "0.00", "-0", "0e3"])
      for (const currency of ["BNB", "BTC", "USD"])
        expect(rowsOf(`b1 buy 3 @ 0.1234567890123456789 fee=${fee} feeCurrency=${currency}\n s1 sell 1 @ 1`)).toEqual(plain);
  });

  test("a rebate makes a buy cheaper and a sell dearer", () => {
    expect(rowsOf("b1 buy 2 @ 10 fee=-1\n s1 sell 1 @ 15 fee=-0.5")).toEqual(["s1 takes 1 of b1: cost 9.5, net 15.5, pnl 6"]);
  });

  test("excluded fees leave money alone, but a base fee still consumes", () => {
    const text = "b1 buy 2 @ 10 fee=1\n b2 buy 1 @ 100 fee=0.01 feeCurrency=BTC\n s1 sell 2.99 @ 15 fee=0.5";
    expect(rowsOf(text, { fees: "excluded" })).toEqual([
      "s1 takes 2 of b1: cost 20, net 30, pnl 10",
      "s1 takes 0.99 of b2: cost 100, net 14.85, pnl -85.15",
    ]);
    expect(allocate(book(text), { fees: "excluded" }).allocations.map((row) => [row.text("buyFee"), row.text("sellFee")])).toEqual([
      ["0", "0"],
      ["0", "0"],
    ]);
  });

  test("a fee above the value makes net proceeds negative", () => {
    expect(rowsOf("b1 buy 1 @ 1\n s1 sell 1 @ 0.5 fee=2")).toEqual(["s1 takes 1 of b1: cost 1, net -1.5, pnl -2.5"]);
  });

  test("a lot that cost nothing is a lot", () => {
    expect(rowsOf("b1 buy 1 @ 0\n b2 buy 1 @ 5\n s1 sell 2 @ 3")).toEqual([
      "s1 takes 1 of b1: cost 0, net 3, pnl 3",
      "s1 takes 1 of b2: cost 5, net 3, pnl -2",
    ]);
  });

  test("a stated gross overrides price x quantity: 109 units for 3,149.20", () => {
    const text = "b1 buy 109 @ 28.89 gross=3149.20\n s1 sell 50 @ 30\n s2 sell 59 @ 30 gross=1800";
    expect(rowsOf(text)).toEqual([
      "s1 takes 50 of b1: cost 1444.587155963302752293, net 1500, pnl 55.412844036697247707",
      "s2 takes 59 of b1: cost 1704.612844036697247707, net 1800, pnl 95.387155963302752293",
    ]);
  });

  test("a total that no unit price can say stays whole: 2.3 units for 10", () => {
    const text = "b1 buy 2.3 @ 4.35 gross=10\n s1 sell 1 @ 5";
    expect(rowsOf(text)).toEqual(["s1 takes 1 of b1: cost 4.347826086956521739, net 5, pnl 0.652173913043478261"]);
    expect(lotsOf(text)).toEqual(["b1 1.3: cost 5.652173913043478261"]);
  });

  test("a gross equal to the product changes no digit, even beyond 18 places", () => {
    const text = (gross: string) => `b1 buy 3 @ 0.1234567890123456789 ${gross}\n s1 sell 1 @ 1`;
    expect(rowsOf(text("gross=0.3703703670370370367"))).toEqual(rowsOf(text("")));
    expect(rowsOf(text(""))).toEqual(["s1 takes 1 of b1: cost 0.1234567890123456789, net 1, pnl 0.8765432109876543211"]);
    expect(rowsOf(text("gross=0.3703703670370370368"))).toEqual([
      "s1 takes 1 of b1: cost 0.123456789012345678, net 1, pnl 0.876543210987654322",
    ]);
  });
});

describe("rule 4: parts are cumulative, so they add up to the last digit", () => {
  const feesOf = (text: string, side: "buyFee" | "sellFee") => allocate(book(text)).allocations.map((row) => row.text(side));

  test("a share is cut at 18 places and the last part takes the rest", () => {
    expect(feesOf("b1 buy 3 @ 1 fee=1\n s1 sell 1 @ 1\n s2 sell 1 @ 1\n s3 sell 1 @ 1", "buyFee")).toEqual([
      "0.333333333333333333",
      "0.333333333333333333",
      "0.333333333333333334",
    ]);
  });

  test("what is cut off one part is in the next: shares are of the cumulated quantity", () => {
    expect(feesOf("b1 buy 3 @ 1 fee=2\n s1 sell 1 @ 1\n s2 sell 1 @ 1\n s3 sell 1 @ 1", "buyFee")).toEqual([
      "0.666666666666666666",
      "0.666666666666666667",
      "0.666666666666666667",
    ]);
  });

  test("a rebate is cut toward zero too", () => {
    expect(feesOf("b1 buy 3 @ 1 fee=-2\n s1 sell 1 @ 1\n s2 sell 1 @ 1\n s3 sell 1 @ 1", "buyFee")).toEqual([
      "-0.666666666666666666",
      "-0.666666666666666667",
      "-0.666666666666666667",
    ]);
  });

  test("the fee of a sell is shared out over its lots and its unmatched rest", () => {
    expect(feesOf("b1 buy 1 @ 1\n b2 buy 1 @ 1\n s1 sell 3 @ 1 fee=1", "sellFee")).toEqual([
      "0.333333333333333333",
      "0.333333333333333333",
      "0.333333333333333334",
    ]);
  });

  test("digits beyond 18 places go to the last part", () => {
    expect(feesOf("b1 buy 2 @ 1 fee=0.00000000000000000012\n s1 sell 1 @ 1\n s2 sell 1 @ 1", "buyFee")).toEqual([
      "0",
      "0.00000000000000000012",
    ]);
  });

  test("price x quantity is never cut", () => {
    expect(rowsOf("b1 buy 0.0000000000000000002 @ 0.0000000000000000003\n s1 sell 0.0000000000000000001 @ 1")).toEqual([
      "s1 takes 0.0000000000000000001 of b1: cost 0.00000000000000000000000000000000000003, net 0.0000000000000000001, pnl 0.00000000000000000009999999999999999997",
    ]);
  });

  test("what stays open keeps the rest of cost and fee", () => {
    expect(lotsOf("b1 buy 3 @ 1 fee=1\n s1 sell 1 @ 1\n s2 sell 1 @ 1")).toEqual(["b1 1: cost 1.333333333333333334"]);
  });

  test("two fills that make up one give the same sums", () => {
    const [whole, parts] = ["b1 buy 3 @ 1 fee=3", "b1 buy 1 @ 1 fee=1 at=0\n b2 buy 2 @ 1 fee=2 at=0"].map(
      (buys) => allocate(book(`${buys}\n s1 sell 2 @ 5 at=5`)).totals,
    );
    expect([parts?.realizedPnl.toFixed(), parts?.openCost.toFixed()]).toEqual([whole?.realizedPnl.toFixed(), whole?.openCost.toFixed()]);
  });

  test("parts of a sell are numbered from 0", () => {
    expect(allocate(book("b1 buy 1 @ 1\n b2 buy 1 @ 1\n s1 sell 3 @ 1\n s2 sell 1 @ 1")).allocations.map((row) => row.part)).toEqual([
      0, 1, 2, 0,
    ]);
  });
});
