import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { run, runForReport, tempFolder } from "./run.ts";

// Each test runs the program several times; a machine under load needs its time.
vi.setConfig({ testTimeout: 240_000 });

const HEADER = "portfolio,trade id,product,side,created at,size,size unit,price,fee,total,price/fee/total unit";

function write(rows: readonly string[], name = "fills.csv"): { out: string; file: string } {
  const out = tempFolder(),
    folder = join(out, "export"),
    file = join(folder, name);
  mkdirSync(folder);
  writeFileSync(file, [HEADER, ...rows].join("\n") + "\n");
  return { out, file };
}

const ROWS = [
  // Out of order: sold on the third day, more than was bought.
  "default,5,XYZ-USD,SELL,2022-01-03T00:00:00.000Z,3.00000000,XYZ,12,0.36,35.64,USD",
  // Three fills of one millisecond, in the order of the file.
  "default,1,XYZ-USD,BUY,2022-01-01T00:00:00.000Z,1.00000000,XYZ,10,0.1,-10.1,USD",
  "default,2,XYZ-USD,BUY,2022-01-01T00:00:00.000Z,1.50000000,XYZ,11,3.8275e-9,-16.5000000038275,USD",
  "default,3,XYZ-USD,SELL,2022-01-01T00:00:00.000Z,0.50000000,XYZ,20,0,10,USD",
  // One millisecond again, but the sale comes first: no buy serves an earlier sale.
  "default,7,ABC-USD,SELL,2022-01-02T00:00:00.000Z,2,ABC,5,0,10,USD",
  "default,8,ABC-USD,BUY,2022-01-02T00:00:00.000Z,2,ABC,4,0,-8,USD",
];

test("a Coinbase Pro export becomes a ledger: file order decides within a millisecond, an oversell stays unmatched", async () => {
  const { out, file } = write(ROWS);
  const report = await runForReport(["--input", file, "--out", out]);
  expect(report.versions.after.symbols).toEqual({
    "ABC-USD": {
      allocations: { total: 1, matched: 0, unmatched: 1 },
      unmatchedSells: { count: 1, quantity: "2" },
      realizedPnl: "0",
      openLots: 1,
      openQuantity: "2",
      openCost: "8",
    },
    "XYZ-USD": {
      allocations: { total: 4, matched: 3, unmatched: 1 },
      unmatchedSells: { count: 1, quantity: "1" },
      // 4.95 on the first sale; 0.89 and 17.82 - 16.5000000038275 on the second
      realizedPnl: "7.1599999961725",
      openLots: 0,
      openQuantity: "0",
      openCost: "0",
    },
  });
  expect(report.reviewQueue.map((item) => item.orderId)).toEqual(["ABC-USD/7", "XYZ-USD/5"]);
  expect([report.input.kind, report.reconciliation, report.comparison]).toEqual(["coinbase-fills", null, null]);
});

test("a folder with such a file will do, and what changed hands counts when size x price was rounded", async () => {
  const { file, out } = write([
    "default,1,XYZ-USD,BUY,2022-01-01T00:00:00.000Z,3,XYZ,0.3333,0,-1,USD",
    "default,2,XYZ-USD,SELL,2022-01-02T00:00:00.000Z,3,XYZ,1,0,3,USD",
  ]);
  const report = await runForReport(["--input", join(file, ".."), "--out", out]);
  expect(report.versions.after.realizedPnl).toBe("2");
});

test("rows that contradict themselves are kept aside", async () => {
  const { file, out } = write([
    ...ROWS,
    "default,9,XYZ-USD,BUY,2022-01-04T00:00:00.000Z,1,XYZ,10,0,10,USD",
    "default,10,XYZ-USD,BUY,2022-01-04T00:00:00.000Z,1,ABC,10,0,-10,USD",
    "default,11,XYZ-USD,HOLD,2022-01-04T00:00:00.000Z,1,XYZ,10,0,-10,USD",
    "default,12,XYZ-USD,BUY,2022-01-04T00:00:00.000,1,XYZ,10,0,-10,USD",
  ]);
  const { imports } = await runForReport(["--input", file, "--out", out]);
  expect(imports.trades.keptAside.map(({ line, reason }) => [line, reason])).toEqual([
    [8, "map-failed"],
    [9, "map-failed"],
    [10, "unknown-side"],
    [11, "time-without-zone"],
  ]);
  expect(imports.trades.keptAside[0]?.detail).toContain("a buy cannot have the total 10");
});

test("two such files in one folder are a question, not a guess", async () => {
  const { file, out } = write(ROWS);
  writeFileSync(join(file, "..", "more.csv"), HEADER + "\n");
  const { code, stderr } = await run(["--input", join(file, ".."), "--out", out]);
  expect(code).toBe(1);
  expect(stderr).toContain("several Coinbase Pro fills files (fills.csv, more.csv). Give one of them as --input.");
});
