// One test for each thing in which the old files are not as their documents say, in the shape in which it was found.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { paperUser } from "../survey.ts";
import { forward, folder, imported, rowsOf, treeOf } from "./workbench.ts";

const TRADE = {
  symbol: "AAA",
  ticker: "AAA.NS",
  placed_symbol: "AAA-EQ",
  entry_price: 101.5,
  entry_time: "2025-10-27T09:16:02.123456",
  qty: 10,
  status: "open",
  order_response: { nOrdNo: "250000000000001", stat: "Ok" },
};
const CLOSED = { ...TRADE, status: "closed", exit_price: 104, exit_time: "2025-10-28T10:00:00+05:30", sell_order_id: "250000000000002" };
const trades = (...rows: readonly unknown[]) => ({ "data/trades_history.json": { trades: rows, failed_orders: [], last_run: null } });
const PENDING = {
  order_id: "1",
  symbol: "AAA-EQ",
  ticker: "AAA.NS",
  qty: 10,
  order_type: "MARKET",
  variety: "AMO",
  price: 0,
  placed_at: "2025-10-27T16:05:00",
  status: "PENDING",
  executed_qty: 0,
};

describe("the shape of a file", () => {
  test("trades_history.json is an object where the documents say a list, and the list is taken too", async () => {
    expect(await (await imported(trades(TRADE))).forUser("default").positions.count()).toBe(1);
    const line = { timestamp: "2025-10-27T09:16:02", ticker: "AAA.NS", side: "BUY", quantity: 10, price: 101.5, order_id: "17" };
    const { forUser } = await imported({ "data/trades_history.json": [line] });
    expect(await rowsOf(forUser("default").fills)).toMatchObject([{ id: "17", symbol: "AAA", side: "buy" }]);
  });

  test("an object without its list is an error, not 0 rows without complaint", async () => {
    await expect(imported({ "data/pending_orders.json": { pending: [PENDING] } })).rejects.toMatchObject({
      code: "unknown-shape",
      message: expect.stringContaining("its names are pending"),
    });
  });

  test("a file that was cut off is an error, and nothing is written", async () => {
    await expect(imported({ "data/trades_history.json": '{"trades":[{"symbol":"AAA"' })).rejects.toMatchObject({ code: "json-damaged" });
  });

  test("a file of no bytes is empty, and an empty list has no records", async () => {
    const { forUser, kept } = await imported({
      "data/pending_orders.json": "",
      "data/system_recommended_symbols.json": { symbols: [] },
    });
    expect([await forUser("default").orders.count(), kept]).toEqual([0, []]);
  });

  test("NaN, which Python writes, costs its own record and no other", async () => {
    const rows = [
      { ...TRADE, rsi10: "N" },
      { ...TRADE, symbol: "BBB" },
    ];
    const { forUser, kept } = await imported({ "data/trades_history.json": JSON.stringify({ trades: rows }).replace('"N"', "NaN") });
    expect((await rowsOf(forUser("default").positions)).map(({ symbol }) => symbol)).toEqual(["BBB"]);
    expect(kept).toContain("trades_history.positions trades[0] malformed-json");
  });

  test("system_recommended_symbols.json of the application is tracking: dates, a byte order mark, and no indicator", async () => {
    const tracked = {
      id: "track-AAA-20251027091600",
      symbol: "AAA",
      tracking_started_at: "2025-10-27T09:16:00",
      tracking_status: "completed",
    };
    const text = "\u{feff}" + JSON.stringify({ symbols: [tracked, { ...tracked, id: "2", initial_order_id: "7" }] });
    const { forUser } = await imported({ "data/system_recommended_symbols.json": text });
    expect(await rowsOf(forUser("default").signals)).toMatchObject([
      { id: "2", status: "traded", rsi10: null },
      { symbol: "AAA", at: "2025-10-27T03:46:00.000000Z", status: "expired", rsi10: null },
    ]);
  });

  test("system_recommended_symbols.json of the importer is indicators without a date, so somebody must say it", async () => {
    const list = { "data/system_recommended_symbols.json": [{ Symbol: "AAA.NS", RSI10: 27.9, EMA9: 103.2, clean_chart: true }] };
    expect((await imported(list)).kept).toEqual([
      expect.stringContaining("recommended.indicators [0] map-failed indicators have no time of their own"),
    ]);
    const { forUser } = await imported(list, "2025-10-27T10:00:00.000000Z");
    const [signal] = await rowsOf(forUser("default").signals);
    expect([signal?.symbol, signal?.rsi10?.toFixed(), signal?.cleanChart]).toEqual(["AAA", "27.9", true]);
  });

  test("the folder of a paper account says whose it is", async () => {
    expect(["user_7", "unified_service", "data"].map(paperUser)).toEqual(["7", "paper", "paper-data"]);
    const order = {
      order_id: "PT1",
      symbol: "AAA",
      quantity: 1,
      order_type: "MARKET",
      transaction_type: "BUY",
      status: "PENDING",
      created_at: "2025-10-27T09:00:00",
    };
    const { forUser } = await imported({ "paper_trading/user_7/orders.json": [order], "paper_trading/data/orders.json": [order] });
    expect(await Promise.all(["7", "paper-data", "default"].map((user) => forUser(user).orders.count()))).toEqual([1, 1, 0]);
  });
});

describe("times, amounts and symbols", () => {
  test("a time has four forms within one file: naive, with offset, the broker's, and none", async () => {
    const times = ["2025-10-27T09:16:02.123456", "2025-10-27T09:16:02+05:30", "27-Oct-2025 09:16:02", undefined];
    const rows = times.map((entry_time, at) => ({ ...TRADE, symbol: `S${at}`, entry_time, order_response: null }));
    const { forUser, kept } = await imported(trades(...rows));
    expect((await rowsOf(forUser("default").positions)).map(({ openedAt }) => openedAt)).toEqual([
      "2025-10-27T03:46:02.123456Z",
      "2025-10-27T03:46:02.000000Z",
      "2025-10-27T03:46:02.000000Z",
      null,
    ]);
    expect(kept).toContain("trades_history.fills trades[3] map-failed entry_time is missing");
  });

  test("a trade without a time is kept aside: the old importer gave it the time of the import", async () => {
    const header = "timestamp,ticker,side,quantity,price,order_id,verdict,combined_score";
    const { kept } = await imported({ "data/trades_history.csv": `${header}\n,AAA.NS,buy,1,10,,,\n` });
    expect(kept).toContain("trade_lines.fills line 2 missing-value timestamp");
  });

  test("floats keep their digits, and whole shares may be written 10.0", async () => {
    const text = JSON.stringify({ trades: [{ ...CLOSED, pnl: "P", qty: "Q" }] })
      .replace('"P"', "25.000000000000004")
      .replace('"Q"', "10.0");
    const { forUser } = await imported({ "data/trades_history.json": text });
    const [position] = await rowsOf(forUser("default").positions);
    expect([position?.realizedPnl?.toFixed(), position?.quantity?.toFixed()]).toEqual(["25.000000000000004", "10"]);
  });

  test("half a share is no quantity", async () => {
    expect((await imported(trades({ ...TRADE, qty: 10.5 }))).kept).toContain(
      "trades_history.positions trades[0] schema qty: shares are whole",
    );
  });

  test("three spellings of a symbol are one, and a hyphen of its own stays", async () => {
    const rows = [{ symbol: undefined, ticker: "BBB.BO" }, { symbol: "BAJAJ-AUTO" }, { symbol: "ccc-BE" }, {}];
    const { forUser } = await imported(trades(...rows.map((row) => ({ ...TRADE, ...row }))));
    const symbols = (await rowsOf(forUser("default").positions)).map(({ symbol }) => symbol);
    expect(symbols.toSorted()).toEqual(["AAA", "BAJAJ-AUTO", "BBB", "CCC"]);
  });

  test("of a day that was booked twice the last line counts, and a blank is 0", async () => {
    const days = "date,realized_pnl,unrealized_pnl,fees\n2025-10-27,100.5,,\n2025-10-28,7,,\n2025-10-27,-3.25,1,0.5\n";
    const { forUser, kept } = await imported({ "data/pnl_daily.csv": days });
    const rows = await rowsOf(forUser("default").pnlDaily);
    expect(rows.map(({ day, realizedPnl, fees, zone }) => [day, realizedPnl.toFixed(), fees.toFixed(), zone])).toEqual([
      ["2025-10-27", "-3.25", "0.5", "Asia/Kolkata"],
      ["2025-10-28", "7", "0", "Asia/Kolkata"],
    ]);
    expect(kept).toEqual(["pnl_daily line 2 map-failed line 4 is of the same day, and the last one counts"]);
  });
});

describe("trades_history.json holds positions, not trades", () => {
  test("a closed one is a position, two orders that are closed and two fills", async () => {
    const { forUser } = await imported(trades(CLOSED));
    const me = forUser("default");
    expect(await rowsOf(me.positions)).toMatchObject([{ id: "AAA@2025-10-27T03:46:02.123456Z", status: "closed", mode: "broker" }]);
    const found = await rowsOf(me.orders);
    expect(found.map(({ id, side, status }) => [id, side, status])).toEqual([
      ["250000000000001", "buy", "closed"],
      ["250000000000002", "sell", "closed"],
    ]);
    expect(found.map(({ averagePrice, filledAt }) => [averagePrice?.toFixed(), filledAt])).toEqual([
      ["101.5", "2025-10-27T03:46:02.123456Z"],
      ["104", "2025-10-28T04:30:00.000000Z"],
    ]);
    expect((await rowsOf(me.fills)).map(({ orderId, side }) => [orderId, side])).toEqual([
      ["250000000000001", "buy"],
      ["250000000000002", "sell"],
    ]);
  });

  test("the broker's id is under one of six names, at the top or under data", async () => {
    const answers = [{ neoOrdNo: "1" }, { data: { ordId: "2" } }, { order_id: "3" }, { data: { OrdId: "4" } }];
    const { forUser } = await imported(trades(...answers.map((order_response, at) => ({ ...TRADE, symbol: `S${at}`, order_response }))));
    expect((await rowsOf(forUser("default").fills)).map(({ id }) => id)).toEqual(["1", "2", "3", "4"]);
  });

  test("a re-entry is in the quantity, and the entry price stays that of the first buy", async () => {
    const reentries = [{ qty: 5, level: 20, rsi: 18.5, price: 95.25, time: "2025-10-29T09:20:00" }];
    const { forUser } = await imported(trades({ ...TRADE, qty: 15, reentries }));
    const [position] = await rowsOf(forUser("default").positions);
    expect([position?.quantity?.toFixed(), position?.entryPrice, position?.initialEntryPrice?.toFixed(), position?.reentryCount]).toEqual([
      "15",
      null,
      "101.5",
      1,
    ]);
    const found = await rowsOf(forUser("default").fills);
    expect(found.map(({ quantity, price }) => [quantity.toFixed(), price.toFixed()])).toEqual([
      ["10", "101.5"],
      ["5", "95.25"],
    ]);
  });

  test("rows that stood open at once each carry the symbol's total: no fill is made of them, no share is counted twice", async () => {
    const rows = [{ qty: 30 }, { qty: 30, entry_time: "2025-10-28T09:16:00", entry_type: "reentry" }];
    const { forUser, kept } = await imported(trades(...rows.map((row) => ({ ...TRADE, ...row }))));
    const found = await rowsOf(forUser("default").positions);
    expect(found.map(({ quantity, entryPrice }) => [quantity?.toFixed(), entryPrice])).toEqual([
      ["30", null],
      ["30", null],
    ]);
    expect(await forUser("default").fills.count()).toBe(0);
    expect(kept.filter((line) => line.includes("AAA had several open rows, each with the total of 30"))).toHaveLength(4);
  });

  test("rows of a symbol that follow each other are not in each other's way", async () => {
    const next = { ...TRADE, entry_time: "2025-10-28T10:00:00+05:30", order_response: { nOrdNo: "3" } };
    const { forUser } = await imported(trades(CLOSED, next));
    expect(await forUser("default").fills.count()).toBe(3);
  });

  test("a holding that was found, a row of 0 shares and one that the broker refused are positions without a fill", async () => {
    const rows = [
      { symbol: "FOUND", entry_price: null, order_response: null },
      { symbol: "ZERO", qty: 0 },
      { symbol: "REFUSED", order_response: { error: "RMS: margin exceeds" } },
    ];
    const { forUser, kept } = await imported(trades(...rows.map((row) => ({ ...TRADE, ...row }))));
    const me = forUser("default");
    expect([await me.positions.count(), await me.fills.count()]).toEqual([3, 0]);
    expect(kept.map((line) => line.replace("trades_history.fills ", ""))).toEqual([
      "trades[0] map-failed there is no entry price: a holding that was found, not bought",
      "trades[1] map-failed the quantity is 0",
      "trades[2] map-failed the broker refused the order (RMS: margin exceeds): the file does not prove a trade",
    ]);
    const refused = (await rowsOf(me.orders)).find(({ symbol }) => symbol === "REFUSED");
    expect(refused).toMatchObject({ status: "failed", reason: "RMS: margin exceeds" });
  });

  test("an order that failed was never placed, and says so", async () => {
    const failed = {
      symbol: "AAA",
      qty: 12,
      reason: "insufficient_balance",
      first_failed_at: "2025-10-27T16:05:00",
      retry_count: 2,
      shortfall: 1250.5,
    };
    const { forUser } = await imported({ "data/trades_history.json": { trades: [], failed_orders: [failed] } });
    expect(await rowsOf(forUser("default").orders)).toMatchObject([
      {
        status: "failed",
        retryCount: 2,
        firstFailedAt: "2025-10-27T10:35:00.000000Z",
        reason: expect.stringContaining("never placed"),
        attributes: { shortfall: "1250.5" },
      },
    ]);
  });
});

describe("pending orders", () => {
  const pending = (...orders: readonly unknown[]) => ({ "data/pending_orders.json": { orders } });

  test("status amo means pending after hours; filled orders are closed, not ongoing", async () => {
    const words = ["amo", "PENDING", "OPEN", "EXECUTED", "COMPLETE", "REJECTED", "CANCELLED", "PARTIALLY_FILLED", "TRIGGER_PENDING"];
    const list = words.map((status, at) => ({ ...PENDING, variety: "REGULAR", order_id: String(at), status }));
    const { forUser } = await imported(pending(...list));
    const found = (await rowsOf(forUser("default").orders)).toSorted((a, b) => Number(a.id) - Number(b.id));
    const statuses = ["pending", "pending", "ongoing", "closed", "closed", "failed", "cancelled", "ongoing", "pending"];
    expect(found.map(({ status }) => status)).toEqual(statuses);
    expect(found.map(({ sourceStatus }) => sourceStatus)).toEqual(words);
    expect([found[0]?.variety, found[1]?.variety]).toEqual(["amo", "regular"]);
  });

  test("a status that nobody has seen is kept aside, not guessed", async () => {
    expect((await imported(pending({ ...PENDING, status: "ODD" }))).kept).toEqual([
      expect.stringContaining('pending_orders orders[0] map-failed the status "ODD" is not known'),
    ]);
  });

  test("a price of 0.0 is none: the market's", async () => {
    const { forUser } = await imported(pending(PENDING, { ...PENDING, order_id: "2", order_type: "LIMIT", price: 512.35 }));
    const found = await rowsOf(forUser("default").orders);
    expect(found.map(({ orderType, price }) => [orderType, price?.toFixed()])).toEqual([
      ["market", undefined],
      ["limit", "512.35"],
    ]);
  });

  test("the importer's list has other names, a side, a user and no id", async () => {
    const { placed_at } = PENDING;
    const list = [{ user_id: 1, ticker: "AAA.NS", side: "sell", order_type: "limit", quantity: 3, price: 99.5, status: "amo", placed_at }];
    const { forUser } = await imported({ "data/pending_orders.json": list });
    expect(await rowsOf(forUser("default").orders)).toMatchObject([
      {
        id: "AAA:sell:2025-10-27T10:35:00.000000Z:3:99.5",
        side: "sell",
        status: "pending",
        variety: "amo",
        attributes: { user_id: "1" },
      },
    ]);
  });

  test("an order that is in trades_history.json too stands once, as the file that is still written has it", async () => {
    const { forUser, kept } = await imported({ ...trades(TRADE), ...pending({ ...PENDING, order_id: "250000000000001" }) });
    expect(await rowsOf(forUser("default").orders)).toMatchObject([{ id: "250000000000001", status: "pending" }]);
    expect(await forUser("default").fills.count()).toBe(1);
    expect(kept).toEqual(["trades_history.orders trades[0] conflict"]);
  });

  test("the importer's list goes through the phases as well, and a person's own files are never written to", async () => {
    const { ticker, placed_at } = PENDING;
    const files = { "data/pending_orders.json": [{ ticker, quantity: 3, price: 99.5, status: "amo", placed_at }] };
    const own = treeOf(files);
    const report = await forward("--input", own, "--out", folder());
    expect(report.pending).toMatchObject({ phase: "cutover", inFile: 1, inTable: 1, dirtyKeys: 0 });
    expect(JSON.parse(readFileSync(`${own}/data/pending_orders.json`, "utf8"))).toEqual(files["data/pending_orders.json"]);
  });
});

describe("paper accounts", () => {
  const ORDER = {
    order_id: "PT202510270001",
    symbol: "AAA-EQ",
    quantity: 10,
    order_type: "LIMIT",
    transaction_type: "BUY",
    price: "Rs 1,23,456.50",
    status: "COMPLETE",
    executed_at: "market is closed",
    executed_quantity: 10,
    created_at: "2025-10-27T09:16:00",
  };
  const FILL = { order_id: "PT202510270001", symbol: "AAA-EQ", transaction_type: "BUY", quantity: 5, price: 101.5, charges: 1.56 };
  const paper = (name: string, content: unknown) => ({ [`paper_trading/unified_service/${name}.json`]: content });

  test("older prices are text in a dress, and words in place of a time are none", async () => {
    const { forUser } = await imported(paper("orders", [ORDER]));
    const [order] = await rowsOf(forUser("paper").orders);
    expect([order?.price?.toFixed(), order?.filledAt, order?.variety, order?.mode]).toEqual(["123456.5", null, "regular", "paper"]);
  });

  test("a number that was given twice is two orders, and a fill belongs to the last one that was there", async () => {
    const fills = ["09:16:05", "13:00:05"].map((clock) => ({ ...FILL, timestamp: `2025-10-27T${clock}+05:30` }));
    const orders = [ORDER, { ...ORDER, created_at: "2025-10-27T13:00:00" }];
    const { forUser } = await imported({ ...paper("orders", orders), ...paper("transactions", fills) });
    const me = forUser("paper");
    expect((await rowsOf(me.orders)).map(({ brokerOrderId }) => brokerOrderId)).toEqual(["PT202510270001", "PT202510270001"]);
    expect((await rowsOf(me.fills)).map(({ orderId }) => orderId)).toEqual([
      "PT202510270001@2025-10-27T03:46:00.000000Z",
      "PT202510270001@2025-10-27T07:30:00.000000Z",
    ]);
  });

  test("two fills that are equal in all they say are two, and of a time that was written twice the last counts", async () => {
    const once = JSON.stringify({ timestamp: "2020-01-01T00:00:00", order_value: 507.49999999999994, ...FILL });
    const text = `${once.slice(0, -1)},"timestamp":"2025-10-27T09:16:05+05:30"}`;
    const { forUser } = await imported(paper("transactions", `[${text},${text}]`));
    const found = await rowsOf(forUser("paper").fills);
    expect(found.map(({ executedAt, fee, gross }) => [executedAt, fee.toFixed(), gross])).toEqual([
      ["2025-10-27T03:46:05.000000Z", "1.56", null],
      ["2025-10-27T03:46:05.000000Z", "1.56", null],
    ]);
  });

  test("what is held is an object by symbol, an open position, and says not since when", async () => {
    const held = { symbol: "AAA-EQ", quantity: 10, average_price: 101.35, pnl: "Rs -1,234.50" };
    const { forUser } = await imported(paper("holdings", { AAA: held }));
    expect((await rowsOf(forUser("paper").holdings)).map(({ symbol, pnl }) => [symbol, pnl?.toFixed()])).toEqual([["AAA", "-1234.5"]]);
    expect(await rowsOf(forUser("paper").positions)).toMatchObject([{ symbol: "AAA", status: "open", openedAt: null, mode: "paper" }]);
  });
});
