// A year of a bot, to the bit: version 1 from what it kept, version 2 with the buys that only the exchange still has.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { reconcile } from "@td/fifo/audit";
import type { TradeInput } from "@td/fifo";
import type { ExchangeFill } from "@td/fifo/audit";
import { RECORDED_BOOKS, writeLegacyBook } from "@td/testkit";
import { describe, expect, test } from "vitest";
import type { FillInput } from "../src/index.ts";
import { compute, DEPTH, importFills, LEDGER_KINDS, openLedgerOn, tempFolder, tradeOf } from "./ledger-support.ts";

async function records<T>(file: string, map: (record: Readonly<Record<string, string>>) => T): Promise<T[]> {
  const rows: T[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) rows.push(map(JSON.parse(line) as Record<string, string>));
  return rows;
}

/** A value of a record as text, whatever JSON type it has. */
const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? ""));

const kept = (r: Readonly<Record<string, string>>): FillInput => ({
  id: text(r["order_id"]),
  symbol: text(r["symbol"]),
  side: r["side"] === "buy" ? "buy" : "sell",
  quantity: text(r["size"]),
  price: text(r["price"]),
  fee: text(r["total_fees_usd"] ?? "0"),
  executedAt: text(r["order_time"]),
  source: "test",
});

const exchanged = (r: Readonly<Record<string, string>>): ExchangeFill => ({
  fillId: text(r["trade_id"]),
  orderId: text(r["order_id"]),
  symbol: text(r["product_id"]),
  side: r["side"] === "BUY" ? "buy" : "sell",
  quantity: text(r["size"]),
  price: text(r["price"]),
  fee: text(r["commission"]),
  executedAt: text(r["trade_time"]),
});

const backfilled = ({ id, symbol, side, quantity, price, gross, fee, executedAt }: TradeInput): FillInput => ({
  id,
  symbol,
  side,
  quantity,
  price,
  gross: gross ?? null,
  fee: fee ?? "0",
  executedAt,
  source: "exchange-backfill",
});

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  const openLedger = () => openLedgerOn(kind);

  test.each(RECORDED_BOOKS.slice(0, DEPTH === 1 ? 1 : 5))(
    "gives the recorded digests and counts of both versions (seed $seed)",
    async ({ seed, v1, v2 }) => {
      const { me } = await openLedger();
      const folder = tempFolder();
      const { retention } = writeLegacyBook(folder, { seed, scale: 1, dirty: false });
      const rows = await records(join(folder, "trade_records.jsonl"), kept);
      await importFills(me, rows);
      const first = await compute(me);
      expect(first).toMatchObject({
        version: 1,
        allocations: v1.allocations.total,
        unmatched: v1.allocations.unmatched,
        totals: { realizedPnl: v1.realizedPnl, unmatchedQuantity: v1.unmatchedQuantity },
      });
      expect(await me.ledger.digest(1)).toBe(v1.sha256);

      const fills = await records(join(folder, "exchange_fills.jsonl"), exchanged);
      const { backfill } = reconcile(rows.map(tradeOf), fills, { retention });
      await importFills(me, backfill.map(backfilled));
      const second = await compute(me);
      expect(second.version).toBe(2);
      expect(second.symbols).toEqual([...new Set(backfill.map(({ symbol }) => symbol))].toSorted());
      expect(await me.ledger.digest(2)).toBe(v2.sha256);
      expect(await me.ledger.digest(1)).toBe(v1.sha256);
      const [health] = await me.ledger.health();
      expect([health?.totalAllocations, health?.unmatchedSells, health?.totalPnl.toFixed()]).toEqual([
        v2.allocations.total,
        v2.allocations.unmatched,
        v2.realizedPnl,
      ]);
      expect(second.review.closed).toBe(v1.allocations.unmatched - v2.allocations.unmatched);
      expect(await me.ledger.validate()).toMatchObject({ sound: true });
    },
  );
});
