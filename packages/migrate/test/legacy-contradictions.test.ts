// Where the documents of the old systems and their data disagree, in so far as it concerns reading: each decision of docs/why/legacy-contradictions.md, on the legacy shape.
import {
  csvFile,
  decimalText,
  defineImport,
  importTables,
  instantText,
  jsonFile,
  moneyText,
  requiredText,
  runImport,
  sqliteJsonColumn,
  sqliteTable,
  type ImportReport,
  type JsonOptions,
  type Source,
} from "@td/migrate";
import { readDecimal, writeDecimal } from "@td/fifo/values";
import { botDecisions, c, defineTable, fills, orders, positions, trades, type Scope } from "@td/storage";
import Database from "better-sqlite3";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { file, folder, userOn } from "./workbench.ts";

const items = defineTable("items", { userId: c.text(), place: c.text(), content: c.json() }, { primaryKey: ["userId", "place"] });
const user = (): Promise<Scope> => userOn("sqlite", [...importTables, items]);
const bots = async (...ids: readonly string[]): Promise<Scope> => {
  const me = await user();
  for (const id of ids) await me.bots.insert({ id, name: id });
  return me;
};

/** All records of a source as they reach a schema. */
async function readAll(source: Source): Promise<{ readonly report: ImportReport; readonly records: readonly unknown[] }> {
  const me = await user();
  const job = defineImport({
    name: "any",
    source,
    schema: z.looseObject({}),
    map: (record, { place }) => ({ place: String(place.line).padStart(9, "0"), content: record }),
    into: items,
  });
  const report = await runImport(me, job);
  return { report, records: (await me.table(items).page({ limit: 1000 })).rows.map(({ content }) => content) };
}

/** A value over a price, cut off after 18 digits: the blob has the value only, which `gross` keeps as it is. */
function quotient(value: string, price: string): string {
  const [a, b] = [readDecimal(value), readDecimal(price)];
  if (typeof a === "string" || typeof b === "string") throw new TypeError("no number");
  return writeDecimal((a.units * 10n ** BigInt(18 + b.scale)) / (b.units * 10n ** BigInt(a.scale)), 18);
}

describe("the spot bot (S1)", () => {
  test("has prices that are doubles, in spite of its documents: they are read as the shortest digits of the same number, noise and all", async () => {
    const path = join(folder(), "trade_records.db");
    const legacy = new Database(path);
    legacy.exec(
      "create table trade_records (order_id text primary key, price double precision, size double precision, total_fees_usd double precision)",
    );
    legacy.exec("insert into trade_records values ('5f1c', 1.2345, 0.1 + 0.2, null), ('5f1d', 65432.10, 40.5, 1e-7)");
    legacy.close();
    const { records } = await readAll(sqliteTable(path, "trade_records"));
    expect(records).toEqual([
      { order_id: "5f1c", price: "1.2345", size: "0.30000000000000004", total_fees_usd: null },
      { order_id: "5f1d", price: "65432.1", size: "40.5", total_fees_usd: "1e-7" },
    ]);
  });

  test("writes a trigger in three shapes, all of which are kept as they are", async () => {
    const rows = [
      { trigger: { trigger: "LIMIT", trigger_note: "x" } },
      { trigger: "roc_momo" },
      { trigger: '{"trigger":"manual_backfill"}' },
      { trigger: null },
    ];
    expect((await readAll(jsonFile(file(JSON.stringify(rows)), "[*]"))).records).toEqual(rows);
  });

  test("exports cash with a title before the header, money in accounting form and a row of totals, which is rejected and never taken for 0", async () => {
    const head = "Transactions,,,,\nUser,somebody,7,,\nID,Timestamp,Transaction Type,Quantity Transacted,Total\n";
    const rows =
      '5a,2025-01-02 03:04:05 UTC,Exchange Deposit,-250,($250.00)\n5b,2025-01-03 03:04:05 UTC,Deposit,1000,"$1,000.50 "\n,,,"$750.00","$750.50 "\n';
    const me = await user();
    const job = defineImport({
      name: "cash",
      source: csvFile(file(head + rows), { skipLines: 2 }),
      schema: z.object({
        ID: requiredText("missing-id"),
        Timestamp: instantText({ also: ["utc-word"] }),
        "Transaction Type": z.string(),
        "Quantity Transacted": decimalText(),
        Total: moneyText(),
      }),
      map: ({ ID, ...content }) => ({ place: ID, content }),
      into: items,
    });
    expect(await runImport(me, job)).toMatchObject({ read: 3, written: 2, byReason: { "missing-id": 1 } });
    expect((await me.table(items).page()).rows.map(({ content }) => content)).toMatchObject([
      { Total: "-250", Timestamp: "2025-01-02 03:04:05Z" },
      { Total: "1000.5" },
    ]);
  });
});

describe("the arena (S2)", () => {
  const paper = { symbol: "BTCUSDT", type: "LONG", size: 500, leverage: 3, timestamp: 1_762_400_000_000, entryPrice: 100_000.1 };
  const real = {
    id: "700001",
    symbol: "BTCUSDT",
    type: "SHORT",
    size: 50.5,
    leverage: 1,
    pnl: 0,
    fee: 0.02,
    timestamp: 1_762_400_000_000,
    entryPrice: 99_000.5,
    exitPrice: 99_000.5,
  };
  const state = {
    bots: [
      {
        id: "bot_a",
        userId: "abc",
        name: "A",
        tradingMode: "paper",
        portfolio: {
          balance: 9500,
          positions: [
            { id: "pos_1762400000000_ab12cd3", symbol: "BTCUSDT", type: "LONG", entryPrice: 100_000.1, size: 500, leverage: 2.5 },
          ],
        },
        orders: [
          { ...paper, id: "order_1762400000002_zz8", pnl: 12.5, fee: 15, exitPrice: 101_000 },
          { ...paper, id: "order_1762400000000_zz9", pnl: -15, fee: 15, exitPrice: 0 },
          { ...paper, id: "order_1762400000000_zz7", pnl: -15, fee: 15 },
          { ...paper, id: "order_1762400000000_zz9", pnl: -15, fee: 15, exitPrice: 0 },
        ],
        botLogs: [{ timestamp: 1_762_400_000_001, decisions: [{ action: "HOLD" }], prompt: "p", notes: ["\u26a0\ufe0f API ERROR: 500"] }],
      },
      { id: "bot_b", name: "B", tradingMode: "real", orders: [real] },
      { id: "bot_c", userId: "abc", name: "C" },
    ],
    marketData: [],
  };
  const blob = (content: unknown = state): string => {
    const path = join(folder(), "arena.db");
    const legacy = new Database(path);
    legacy.exec("create table arena_state (id integer primary key check (id = 1), state text not null, updated_at timestamp)");
    legacy.prepare("insert into arena_state values (1, ?, ?)").run(JSON.stringify(content), 1_762_400_000_000);
    legacy.close();
    return path;
  };
  const at = (path: string | readonly string[], options: JsonOptions = {}, content: unknown = state): Source =>
    sqliteJsonColumn(blob(content), { table: "arena_state", column: "state", where: { id: 1 }, path, ...options });

  const order = z.object({
    bot: requiredText(),
    mode: z.string().nullish(),
    id: requiredText("missing-id"),
    symbol: requiredText("missing-symbol"),
    type: z.enum(["LONG", "SHORT"]),
    size: decimalText(),
    leverage: decimalText(),
    pnl: decimalText(),
    fee: decimalText(),
    timestamp: instantText({ also: ["epoch-ms"] }),
    entryPrice: decimalText(),
    exitPrice: decimalText().nullish(),
  });
  const carry = { bot: "bots[*].id", mode: "bots[*].tradingMode" };

  test("calls no order CLOSE that has no exit: 0, null and absent all mean none", async () => {
    const me = await bots("bot_a");
    const job = defineImport({
      name: "trades",
      source: at("bots[*].orders[*]", { carry, only: { mode: ["paper", null] } }),
      schema: order,
      map: ({ bot, mode, type, timestamp, exitPrice, ...rest }) => {
        const exit = exitPrice === undefined || exitPrice === null || exitPrice === "0" ? null : exitPrice;
        const action = exit === null ? ("OPEN" as const) : ("CLOSE" as const);
        return {
          ...rest,
          botId: bot,
          mode: mode === "real" ? "broker" : "paper",
          tradeType: type,
          action,
          exitPrice: exit,
          executedAt: timestamp,
          source: "arena",
        } as const;
      },
      into: trades,
    });
    // The id that the list holds twice is identical the second time, and not replaced.
    expect(await runImport(me, job)).toMatchObject({ read: 4, written: 3, identical: 1, rejected: 0 });
    expect((await me.trades.page()).rows.map(({ id, action, exitPrice }) => [id.slice(-3), action, exitPrice?.toFixed() ?? null])).toEqual([
      ["zz7", "OPEN", null],
      ["zz9", "OPEN", null],
      ["zz8", "CLOSE", "101000"],
    ]);
  });

  test("has orders of real mode that are fills: every exit price equals the entry price, so they do not go to trades", async () => {
    const me = await bots("bot_b");
    const job = defineImport({
      name: "real-fills",
      source: at("bots[*].orders[*]", { carry, only: { mode: ["real"] } }),
      schema: order,
      map: ({ id, symbol, type, size, entryPrice, fee, timestamp, bot }) => ({
        id,
        symbol,
        side: type === "LONG" ? ("buy" as const) : ("sell" as const),
        quantity: quotient(size, entryPrice),
        gross: size,
        price: entryPrice,
        fee,
        executedAt: timestamp,
        source: "arena",
        attributes: { bot },
      }),
      into: fills,
    });
    expect(await runImport(me, job)).toMatchObject({ read: 1, written: 1 });
    const row = await me.fills.get({ id: "700001" });
    expect([row?.side, row?.quantity.toFixed(), row?.gross?.toFixed()]).toEqual(["sell", "0.000510098433846293", "50.5"]);
  });

  test("has open positions only, without a time: it is taken from the id or left out, and leverage may be a fraction", async () => {
    const me = await bots("bot_a");
    const job = defineImport({
      name: "positions",
      source: at("bots[*].portfolio.positions[*]", { carry: { bot: "bots[*].id" } }),
      schema: z.object({
        bot: requiredText(),
        id: requiredText(),
        symbol: requiredText(),
        type: z.enum(["LONG", "SHORT"]),
        entryPrice: decimalText(),
        size: decimalText(),
        leverage: decimalText(),
      }),
      map: ({ bot, type, ...rest }) => {
        const ms = /^pos_(\d{13})_/.exec(rest.id)?.[1];
        return {
          ...rest,
          botId: bot,
          positionType: type,
          status: "open" as const,
          openedAt: ms === undefined ? null : new Date(Number(ms)),
          source: "arena",
        };
      },
      into: positions,
    });
    expect(await runImport(me, job)).toMatchObject({ read: 1, written: 1 });
    const [row] = (await me.positions.page()).rows;
    expect([row?.status, row?.openedAt, row?.leverage.toFixed(), row?.closedAt]).toEqual([
      "open",
      "2025-11-06T03:33:20.000000Z",
      "2.5",
      null,
    ]);
  });

  test("has decisions without an id: bot and time are the key, and a note tells the failure", async () => {
    const me = await bots("bot_a");
    const job = defineImport({
      name: "decisions",
      source: at("bots[*].botLogs[*]", { carry: { bot: "bots[*].id" } }),
      schema: z.object({
        bot: requiredText(),
        timestamp: instantText({ also: ["epoch-ms"] }),
        decisions: z.array(z.unknown()),
        prompt: z.string(),
        notes: z.array(z.string()).nullish(),
      }),
      map: ({ bot, timestamp, notes, ...rest }) => {
        const error = notes?.find((note) => note.startsWith("\u26a0\ufe0f API ERROR: ")) ?? null;
        return { ...rest, botId: bot, at: timestamp, notes: notes ?? null, succeeded: error === null, error, source: "arena" };
      },
      into: botDecisions,
    });
    expect(await runImport(me, job)).toMatchObject({ written: 1 });
    expect((await me.decisions.page()).rows).toMatchObject([{ botId: "bot_a", at: "2025-11-06T03:33:20.001000Z", succeeded: false }]);
    expect(await runImport(me, job)).toMatchObject({ identical: 1 });
  });

  test("has bots without a user: they are rejected and kept, never skipped in silence", async () => {
    const me = await user();
    const job = defineImport({
      name: "bots",
      source: at("bots[*]"),
      schema: z.looseObject({ id: requiredText(), userId: requiredText() }),
      map: ({ id }) => ({ place: id, content: null }),
      into: items,
    });
    const report = await runImport(me, job);
    expect(report).toMatchObject({ read: 3, written: 2, rejected: 1 });
    expect(report.rejects).toMatchObject([{ place: { path: "bots[1]" }, issues: [{ reason: "missing-value", field: "userId" }] }]);
  });

  test("may keep its bots in an object, which a second path takes; with one path alone the wrong shape is told", async () => {
    const keyed = { bots: Object.fromEntries(state.bots.map((bot) => [bot.id, bot])) };
    const both = ["bots[*].orders[*]", "bots.*.orders[*]"];
    expect((await readAll(at(both))).report.read).toBe(5);
    expect((await readAll(at(both, {}, keyed))).report.read).toBe(5);
    await expect(readAll(at("bots[*].orders[*]", {}, keyed))).rejects.toMatchObject({
      code: "path-not-found",
      facts: { found: expect.stringMatching(/bots is an object/) },
    });
  });

  test("is empty when freshly installed, which is no mistake; slimmed of its orders it is one", async () => {
    expect((await readAll(at("bots[*].orders[*]", {}, { bots: [], marketData: [] }))).report).toMatchObject({
      read: 0,
      status: "completed",
    });
    await expect(readAll(at("bots[*].orders[*]", {}, { bots: [{ id: "bot_a" }] }))).rejects.toMatchObject({ code: "path-not-found" });
  });
});

describe("the trading service (S3)", () => {
  const trade = {
    symbol: "AAA",
    ticker: "AAA.NS",
    entry_price: 101.5,
    entry_time: "2025-10-27T09:16:02.123456",
    qty: 10.0,
    status: "open",
  };
  const history = { trades: [trade], failed_orders: [{ symbol: "BBB" }], last_run: null };

  test.each<[string, unknown, string]>([
    ["trades_history.json", history, "trades[*]"],
    ["pending_orders.json", { orders: [{ order_id: "1" }] }, "orders[*]"],
    ["system_recommended_symbols.json", { symbols: [{ symbol: "AAA" }] }, "symbols[*]"],
  ])(
    "writes %s as an object where the importers want a list: a list alone is refused by name, and both shapes are read when both are asked for",
    async (_name, content, path) => {
      const object = file(JSON.stringify(content)),
        list = file(JSON.stringify(Object.values(content as object)[0]));
      await expect(readAll(jsonFile(object, "[*]"))).rejects.toMatchObject({
        code: "path-not-found",
        facts: { found: expect.stringMatching(/is an object/) },
      });
      expect((await readAll(jsonFile(object, [path, "[*]"]))).report).toMatchObject({ read: 1, written: 1 });
      expect((await readAll(jsonFile(list, [path, "[*]"]))).report).toMatchObject({ read: 1, written: 1 });
    },
  );

  test("may begin a file with a byte order mark, and leave one empty or cut off: the first is read, the others are errors", async () => {
    expect((await readAll(jsonFile(file(`\u{feff}${JSON.stringify(history)}`), "trades[*]"))).report.read).toBe(1);
    await expect(readAll(jsonFile(file(""), "trades[*]"))).rejects.toMatchObject({ code: "source-empty" });
    await expect(readAll(jsonFile(file(JSON.stringify(history).slice(0, -20)), "trades[*]"))).rejects.toMatchObject({
      code: "json-damaged",
    });
  });

  test("holds positions in its history of trades, with times on the clock of India, with an offset, in the broker's words, or none at all", async () => {
    const times = ["2025-10-27T09:16:02.123456", "2025-10-27T09:16:02.123456+05:30", "27-Oct-2025 09:16:02", undefined];
    const rows = times.map((entry_time, at) => ({ ...trade, entry_time, symbol: `S${at}` }));
    const me = await user();
    const job = defineImport({
      name: "history",
      source: jsonFile(file(JSON.stringify({ ...history, trades: rows })), ["trades[*]", "[*]"]),
      zone: "Asia/Kolkata",
      schema: z.object({
        symbol: z.string(),
        ticker: z.string(),
        entry_price: decimalText().nullable(),
        entry_time: instantText({ also: ["dd-mon-yyyy"] }),
        qty: decimalText(),
        status: z.enum(["open", "closed"]),
      }),
      map: ({ symbol, ticker, entry_price, entry_time, qty, status }, { place }) => ({
        id: `${ticker}|${place.path}`,
        symbol,
        quantity: qty,
        entryPrice: entry_price,
        openedAt: entry_time,
        status,
        source: "service",
      }),
      into: positions,
    });
    expect(await runImport(me, job)).toMatchObject({ read: 4, written: 3, byReason: { "missing-value": 1 } });
    expect((await me.positions.page()).rows.map(({ openedAt, quantity }) => [openedAt, quantity?.toFixed()])).toEqual([
      ["2025-10-27T03:46:02.123456Z", "10"],
      ["2025-10-27T03:46:02.123456Z", "10"],
      ["2025-10-27T03:46:02.000000Z", "10"],
    ]);
  });

  const STATUS = {
    amo: "pending",
    PENDING: "pending",
    OPEN: "ongoing",
    PARTIALLY_FILLED: "ongoing",
    EXECUTED: "closed",
    COMPLETE: "closed",
    REJECTED: "failed",
    CANCELLED: "cancelled",
  } as const;

  test("writes statuses that today's list does not have: each is mapped and kept, an unknown one is rejected, and price 0 is no price", async () => {
    const rows = ["amo", "COMPLETE", "REJECTED", "SETTLING"].map((status, at) => ({
      order_id: `25${at}`,
      symbol: "AAA-EQ",
      qty: 10,
      order_type: "MARKET",
      price: 0.0,
      placed_at: "2025-10-27T16:05:00",
      status,
    }));
    const me = await user();
    const known = Object.keys(STATUS) as [keyof typeof STATUS, ...(keyof typeof STATUS)[]];
    const job = defineImport({
      name: "pending",
      source: jsonFile(file(JSON.stringify({ orders: rows })), ["orders[*]", "[*]"]),
      zone: "+05:30",
      schema: z.object({
        order_id: requiredText("missing-id"),
        symbol: z.string(),
        qty: decimalText(),
        order_type: z.enum(["MARKET", "LIMIT"]),
        price: decimalText().nullable(),
        placed_at: instantText(),
        status: z.enum(known),
      }),
      map: ({ order_id, symbol, qty, order_type, price, placed_at, status }) => ({
        id: order_id,
        symbol: symbol.replace(/-\w+$/, ""),
        side: "buy" as const,
        orderType: order_type === "MARKET" ? ("market" as const) : ("limit" as const),
        quantity: qty,
        price: price === "0" ? null : price,
        status: STATUS[status],
        sourceStatus: status,
        placedAt: placed_at,
        source: "service",
      }),
      into: orders,
    });
    const report = await runImport(me, job);
    expect(report).toMatchObject({ read: 4, written: 3, rejected: 1 });
    expect(report.rejects).toMatchObject([{ place: { path: "orders[3]" }, issues: [{ field: "status" }] }]);
    expect((await me.orders.page()).rows.map(({ status, sourceStatus, price }) => [status, sourceStatus, price])).toEqual([
      ["pending", "amo", null],
      ["closed", "COMPLETE", null],
      ["failed", "REJECTED", null],
    ]);
  });

  test("writes holdings as an object by symbol, whose key is the record's when the record lacks it, and old money as text", async () => {
    const holdings = {
      AAA: { quantity: 10, average_price: 101.5, pnl: "Rs +1,234.50" },
      BBB: { quantity: 5, average_price: 10, pnl: -3.25 },
    };
    const me = await user();
    const job = defineImport({
      name: "holdings",
      source: jsonFile(file(JSON.stringify(holdings)), "*", { carry: { symbol: "*~" } }),
      schema: z.object({ symbol: requiredText(), quantity: decimalText(), average_price: decimalText(), pnl: moneyText() }),
      map: ({ symbol, ...content }) => ({ place: symbol, content }),
      into: items,
    });
    expect(await runImport(me, job)).toMatchObject({ written: 2 });
    expect((await me.table(items).page()).rows.map(({ place, content }) => [place, content])).toEqual([
      ["AAA", { quantity: "10", average_price: "101.5", pnl: "1234.5" }],
      ["BBB", { quantity: "5", average_price: "10", pnl: "-3.25" }],
    ]);
  });
});
