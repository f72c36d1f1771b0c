import { appendFileSync, copyFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { DIRTY_COUNTS, RECORDED_BOOKS, writeLegacyBook } from "@td/testkit";
import { describe, expect, test, vi } from "vitest";
import type { Report } from "../report.ts";
import { expectedKept, keptLines, knownVersion, recordedVersion, wholeVersion } from "./answers.ts";
import { run, runForReport, SOAK, tempFolder } from "./run.ts";

// Each test runs the program several times; a machine under load needs its time.
vi.setConfig({ testTimeout: 240_000 });

function importCounts({ imports: { trades } }: Report) {
  return { written: trades.written, identical: trades.identical, conflict: trades.conflict, rejected: trades.rejected };
}

describe("a made book", () => {
  const books = SOAK ? RECORDED_BOOKS : RECORDED_BOOKS.slice(0, 1);

  test.each(books)("gives its recorded answer with dirty lines and a second run changes nothing (seed $seed)", async (recorded) => {
    const out = tempFolder();
    const args = ["--out", out, "--seed", String(recorded.seed)];
    const report = await runForReport(args);
    expect(recordedVersion(report.versions.before)).toEqual(recorded.v1);
    expect(recordedVersion(report.versions.after)).toEqual(recorded.v2);
    expect(importCounts(report)).toEqual({
      written: recorded.trades.v1,
      identical: DIRTY_COUNTS.duplicateSkipped,
      conflict: DIRTY_COUNTS.conflict,
      rejected: DIRTY_COUNTS.reject,
    });
    expect(report.reconciliation?.counts.exchangeOrders).toBe(recorded.exchangeOrders);
    expect(report.reconciliation?.added).toBe(recorded.missingBuys.insideRetention);
    expect([report.changed, report.knownAnswer]).toEqual([true, { before: true, after: true }]);

    const again = await runForReport(args);
    expect(again.changed).toBe(false);
    expect(importCounts(again)).toEqual({
      written: 0,
      identical: recorded.trades.v1 + DIRTY_COUNTS.duplicateSkipped,
      conflict: DIRTY_COUNTS.conflict,
      rejected: DIRTY_COUNTS.reject,
    });
    expect([again.versions, again.comparison, again.health, again.reviewQueue]).toEqual([
      report.versions,
      report.comparison,
      report.health,
      report.reviewQueue,
    ]);
  });

  test("is told as text, the same on every machine", async () => {
    const out = tempFolder();
    const { code, stdout, stderr } = await run(["--out", "demo"], out);
    // On a machine that has much else to do the computation takes long enough to say how far it is.
    expect([code, stderr.replace(/^Computing the ledger: .*\n/gm, "")]).toEqual([0, ""]);
    const masked = stdout.replace(/\(run [0-9a-f-]{36}\)/, "(run RUN-ID)");
    await expect(masked).toMatchFileSnapshot("golden/demo.txt");
    const again = await run(["--out", "demo"], out);
    expect(again.stdout).toContain("Nothing has changed: every record was known, no fill was missing, the ledger is as it was.");
  });

  test("that is edited by hand is no longer compared with its answer", async () => {
    const out = tempFolder();
    const { input } = await runForReport(["--out", out]);
    appendFileSync(input.trades, "\n");
    expect((await runForReport(["--out", out])).knownAnswer).toBeNull();
  });
});

describe("a book that is given", () => {
  test("gives its answer symbol by symbol, every dirty line with its outcome", async () => {
    const out = tempFolder(),
      folder = join(out, "book");
    const truth = writeLegacyBook(folder, { seed: 11, scale: 1, dirty: true });
    const report = await runForReport(["--input", folder, "--out", out, "--as-of", truth.asOf]);
    expect(wholeVersion(report.versions.before)).toEqual(knownVersion(truth.v1));
    expect(wholeVersion(report.versions.after)).toEqual(knownVersion(truth.v2));
    expect(keptLines(report)).toEqual(expectedKept(truth));
    expect(report.reconciliation?.backfilled.map((order) => order.id).toSorted()).toEqual(
      truth.missingBuys
        .filter((buy) => buy.insideRetention)
        .map((buy) => buy.orderId)
        .toSorted(),
    );
    const respelt =
      truth.dirty?.flatMap(({ orderId = "", normalised }) => (normalised === undefined ? [] : [{ id: orderId, ...normalised }])) ?? [];
    expect(respelt).toHaveLength(DIRTY_COUNTS.acceptNormalised);
    expect(
      storedRows(
        report.database.path,
        respelt.map((row) => row.id),
      ),
    ).toEqual(respelt);
  });

  test("as CSV and without --as-of gives the same answer, in a database of its own", async () => {
    const out = tempFolder(),
      folder = join(out, "book");
    const truth = writeLegacyBook(folder, { seed: 3, scale: 1, dirty: true });
    const report = await runForReport(["--input", join(folder, "trade_records.csv"), "--out", out, "--user", "somebody else"]);
    expect(wholeVersion(report.versions.before)).toEqual(knownVersion(truth.v1));
    expect(wholeVersion(report.versions.after)).toEqual(knownVersion(truth.v2));
    expect(report.reconciliation).toMatchObject({ extra: [], different: [], added: truth.missingInsideRetention });
    expect([report.imports.trades.rejected, report.knownAnswer, report.user]).toEqual([0, null, "somebody else"]);
    expect(existsSync(report.database.path)).toBe(true);
  });

  test("is the same ledger whichever file it comes from: after the CSV, the JSON Lines bring nothing new", async () => {
    const out = tempFolder(),
      folder = join(out, "book");
    const truth = writeLegacyBook(folder, { seed: 3, scale: 1, dirty: false });
    const db = join(out, "one.db");
    await runForReport(["--input", join(folder, "trade_records.csv"), "--db", db]);
    const report = await runForReport(["--input", join(folder, "trade_records.jsonl"), "--db", db]);
    expect([report.changed, report.imports.trades.identical]).toEqual([false, truth.trades.v1]);
  });

  test("without the exchange's fills has one version and says that there is nothing to compare", async () => {
    const out = tempFolder(),
      folder = join(out, "book");
    const truth = writeLegacyBook(folder, { seed: 3, scale: 1, dirty: false });
    const alone = join(out, "alone.jsonl");
    copyFileSync(join(folder, "trade_records.jsonl"), alone);
    const { code, stdout } = await run(["--input", alone, "--out", out]);
    expect(code).toBe(0);
    expect(stdout).toContain(`digest of version 1: ${truth.v1.sha256}`);
    expect(stdout).toContain("Nothing to compare with: There is no exchange_fills.jsonl beside the trades.");
    expect(stdout).not.toContain("version 2");
  });
});

/** Rows as they lie in the database. */
function storedRows(path: string, ids: readonly string[]): readonly object[] {
  const db = new Database(path, { readonly: true });
  try {
    const one = db.prepare<[string], { quantity: string; price: string; fee: string }>(
      "SELECT quantity, price, fee FROM fills WHERE id = ?",
    );
    return ids.map((id) => ({
      id,
      size: fromStored(one.get(id)?.quantity),
      price: fromStored(one.get(id)?.price),
      total_fees_usd: fromStored(one.get(id)?.fee),
    }));
  } finally {
    db.close();
  }
}

/** The decimal in a fixed-width column: 38 digits after a leading one or zero, 18 of them behind the point. */
function fromStored(text: string | undefined): string {
  const digits = (text ?? "").slice(1);
  const whole = digits.slice(0, -18).replace(/^0+(?=\d)/, ""),
    fraction = digits.slice(-18).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

test("the commands that the report prints are ones that sqlite3 understands", async () => {
  const out = tempFolder();
  const { database, pnlBySymbol, versions } = await runForReport(["--out", out]);
  const sql = database.commands.map((command) => /"(SELECT .*)"$/.exec(command)?.[1] ?? "");
  expect(sql).toHaveLength(4);
  const db = new Database(database.path, { readonly: true });
  const [pnl = [], health = [], unmatched = [], discrepancies] = sql.map((text) => db.prepare<[], Record<string, unknown>>(text).all());
  db.close();
  expect(pnl.map((row) => [row["symbol"], row["total_pnl"]])).toEqual(pnlBySymbol.map((row) => [row.symbol, row.realizedPnl]));
  expect(health.map((row) => row["total_pnl"])).toEqual([versions.after.realizedPnl, versions.before.realizedPnl]);
  expect(unmatched).toHaveLength(versions.after.unmatchedSells.count);
  expect(discrepancies).toEqual([]);
});

test("the README's command is the one that the workspace has", () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  expect(readme.match(/^```sh$/gm)).toHaveLength(1);
  expect(readme).toContain("npx -y pnpm@12 demo");
});
