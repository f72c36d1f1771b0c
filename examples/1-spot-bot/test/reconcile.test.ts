import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { run, runForReport, tempFolder } from "./run.ts";

// Each test runs the program several times; a machine under load needs its time.
vi.setConfig({ testTimeout: 240_000 });

type Row = Readonly<Record<string, string | boolean | null>>;

const trade = (id: string, side: string, size: string, price: string, day: string, more: Row = {}): Row => ({
  order_id: id,
  symbol: "BTC-USD",
  side,
  size,
  price,
  order_time: `2025-0${day}T10:00:00+00:00`,
  total_fees_usd: "0",
  ...more,
});
const fill = (id: string, orderId: string, side: string, size: string, price: string, day: string, more: Row = {}): Row => ({
  trade_id: id,
  order_id: orderId,
  product_id: "BTC-USD",
  side,
  size,
  price,
  commission: "0",
  trade_time: `2025-0${day}T10:00:00.000000Z`,
  ...more,
});

/** A folder with both sides. */
function bookOf(trades: readonly Row[], fills: readonly Row[]): { input: string; out: string } {
  const out = tempFolder(),
    input = join(out, "bot");
  mkdirSync(input);
  const lines = (rows: readonly Row[]) => rows.map((row) => JSON.stringify(row) + "\n").join("");
  writeFileSync(join(input, "trade_records.jsonl"), lines(trades));
  writeFileSync(join(input, "exchange_fills.jsonl"), lines(fills));
  return { input, out };
}

test("the fills of an order are summed, and only a buy inside the retention is added", async () => {
  const { input, out } = bookOf(
    [trade("s1", "sell", "3", "20", "6-02"), trade("s2", "sell", "1", "20", "1-02")],
    [
      fill("f1", "old", "BUY", "1", "10", "1-01"), // older than 90 days before the newest record
      fill("f2", "b1", "BUY", "1", "10", "6-01"),
      fill("f3", "b1", "BUY", "2", "10.3", "6-01", { commission: "0.6", size_in_quote: "false", user_id: "personal" }),
      fill("f4", "s1", "SELL", "3", "20", "6-02"),
      fill("f5", "s3", "SELL", "1", "20", "6-03"), // a sell that the log lacks is for a person to look at
    ],
  );
  const { versions, reconciliation, comparison, imports } = await runForReport(["--input", input, "--out", out]);
  expect(imports.exchange).toMatchObject({ written: 5, rejected: 0 });
  expect(reconciliation).toMatchObject({
    added: 1,
    refused: [],
    extra: [],
    different: [],
    counts: { outsideExchange: 1, outsideLocal: 1, equal: 1 },
  });
  expect(reconciliation?.missing.map(({ id, side }) => [id, side])).toEqual([
    ["b1", "buy"],
    ["s3", "sell"],
  ]);
  // 30.6 / 3 is exact; the fee counts into the cost: 60 - 30.6 - 0.6
  expect(reconciliation?.backfilled).toMatchObject([{ id: "b1", quantity: "3", price: "10.2", fee: "0.6" }]);
  expect([versions.before.realizedPnl, versions.after.realizedPnl, comparison?.pnlChange]).toEqual(["0", "28.8", "28.8"]);
});

test("an average price that is no finite decimal does not lose a digit: the total counts", async () => {
  const { input, out } = bookOf(
    [trade("s1", "sell", "3", "20", "6-02")],
    [fill("f1", "b1", "BUY", "1", "10", "6-01"), fill("f2", "b1", "BUY", "2", "10.5", "6-01"), fill("f3", "s1", "SELL", "3", "20", "6-02")],
  );
  const { versions, reconciliation } = await runForReport(["--input", input, "--out", out]);
  expect(reconciliation?.backfilled[0]?.price).toBe("10.333333333333333333");
  expect(versions.after.realizedPnl).toBe("29");
});

test("what the two sides see differently is shown and never changed", async () => {
  const { input, out } = bookOf(
    [
      trade("b1", "buy", "1", "10", "6-01"),
      trade("ghost", "buy", "1", "10", "6-02"),
      trade("b2-FALLBACK2", "buy", "2", "10", "6-03"),
      trade("s1", "sell", "1", "20", "6-04", { status: "FILLED" }),
    ],
    [
      fill("f0", "b0", "BUY", "9", "10", "5-01", { size_in_quote: true }),
      fill("f1", "b1", "BUY", "1", "11", "6-01"),
      fill("f2", "b2", "BUY", "2", "10", "6-03"),
      fill("f3", "s1", "SELL", "1", "20", "6-04"),
    ],
  );
  const args = ["--input", input, "--out", out];
  const { versions, reconciliation, imports } = await runForReport(args);
  expect(imports.exchange?.keptAside).toMatchObject([{ reason: "schema", detail: "size_in_quote: the size is in quote currency" }]);
  expect(reconciliation).toMatchObject({
    added: 0,
    missing: [],
    extra: [{ id: "ghost" }],
    different: [{ id: "b1", field: "gross", local: "10", exchange: "11" }],
    counts: { equal: 2, different: 1 },
  });
  expect([versions.before.version, versions.after.version]).toEqual([1, 1]);
  const { stdout } = await run(args);
  expect(stdout).toMatch(/2 equal, 1 different, 0 missing here, 1 unknown there/);
  expect(stdout).toMatch(/b1 +BTC-USD +gross +10 +11/);
  expect(stdout).toMatch(/ghost +BTC-USD +buy/);
});

test("a newer export adds its news: a third version, and the account says what was known already", async () => {
  const trades = [trade("s1", "sell", "1", "20", "6-02")],
    fills = [fill("f1", "b1", "BUY", "1", "10", "6-01"), fill("f2", "s1", "SELL", "1", "20", "6-02")];
  const { input, out } = bookOf(trades, fills);
  const args = ["--input", input, "--out", out];
  const first = await runForReport(args);
  expect([first.versions.after.version, first.versions.after.realizedPnl]).toEqual([2, "10"]);
  writeFileSync(
    join(input, "trade_records.jsonl"),
    [...trades, trade("b9", "buy", "2", "30", "6-05"), trade("s9", "sell", "2", "31", "6-06")]
      .map((row) => JSON.stringify(row) + "\n")
      .join(""),
  );
  const second = await runForReport(args);
  expect(second.imports.trades).toMatchObject({ written: 2, identical: 1 });
  expect(second.changed).toBe(true);
  expect(second.health.map(({ version, realizedPnl }) => [version, realizedPnl])).toEqual([
    [3, "12"],
    [2, "10"],
    [1, "0"],
  ]);
  expect([second.versions.before.version, second.versions.after.version, second.versions.current.version]).toEqual([1, 2, 3]);
  expect(second.pnlBySymbol).toMatchObject([{ version: 3, realizedPnl: "12", openLots: 0 }]);
  const { stdout } = await run(args);
  expect(stdout).toMatch(/^ +3 +2 +2 +0 +12 +12\.00 +0$/m);
});

test("rows that are no trades, or whose fee has no known value, are kept aside", async () => {
  const { input, out } = bookOf(
    [
      trade("a", "buy", "1", "10", "6-01", { status: "placed" }),
      trade("b", "buy", "1", "10", "6-01", { symbol: "ETH-BTC", total_fees_usd: "1" }),
      trade("c", "buy", "1", "10", "6-01", { symbol: "ETH-BTC", total_fees_usd: null }),
      trade("d", "BUY", "1", "10", "6-01", { colour: "red" }),
      trade("e", "BUY", "1", "10", "6-01", { status: "CANCELLED", trigger: "limit" }),
    ],
    [fill("f", "c", "BUY", "1", "10", "6-01", { product_id: "ETH-BTC" })],
  );
  const { imports } = await runForReport(["--input", input, "--out", out]);
  expect(imports.trades).toMatchObject({ written: 2, rejected: 3 });
  expect(imports.trades.keptAside.map(({ line, reason, detail }) => [line, reason, detail])).toEqual([
    [1, "schema", "status: the order was not filled"],
    [2, "map-failed", "the fee is in USD but ETH-BTC is not quoted in it: its value in the quote currency is unknown"],
    [4, "unknown-field", "colour"],
  ]);
});
