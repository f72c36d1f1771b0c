// The files under data/, of the one user that the service had.
import type { Dice } from "./made-dice.ts";
import { brokers, moment, naive, offset, type Moment } from "./made-times.ts";
import { expectFate, expectShares, type Fate, type Truth } from "./made-truth.ts";
import type { MadeFiles } from "./made-tree.ts";

const USER = "default";
const SYMBOLS = ["ALPHA", "BRAVO", "CEDAR", "DELTA", "ELGIN", "FJORD", "GAMUT", "HAZEL"] as const;
const ROUNDS = 4;

type Row = Readonly<Record<string, unknown>>;

/** What becomes of a trade in its three imports. */
interface TradeFate {
  readonly positions?: Fate;
  readonly orders?: Fate;
  readonly fills?: Fate;
}

/** The files. */
export function tradeFiles(random: Dice, truth: Truth): MadeFiles {
  const trades: Row[] = [];
  const lines: string[] = [];
  const add = (row: Row, fate: TradeFate = {}) => {
    trades.push(row);
    expectFate(truth, USER, "trades_history.positions", fate.positions ?? "written");
    expectFate(truth, USER, "trades_history.orders", fate.orders ?? "written");
    expectFate(truth, USER, "trades_history.fills", fate.fills ?? "written");
  };
  for (const [at, symbol] of SYMBOLS.entries()) addUsualTrades(random, truth, add, symbol, at);
  addTraps(random, truth, add);
  addKnownLines(truth, trades, lines);
  addLines(random, truth, lines);
  const failed = failedOrders(truth);
  const document = { trades, failed_orders: failed, last_run: offset(moment(80, "16:05:00")) };
  return {
    // Python writes NaN where a number could not be computed; JSON has no such thing.
    "data/trades_history.json": JSON.stringify(document, null, 2).replace('"NOT A NUMBER"', "NaN"),
    "data/trades_history.csv": ["timestamp,ticker,side,quantity,price,order_id,verdict,combined_score", ...lines, ""].join("\n"),
    "data/pending_orders.json": JSON.stringify({ orders: pendingOrders(truth) }, null, 2),
    "data/system_recommended_symbols.json": "\u{feff}" + JSON.stringify({ symbols: trackedSymbols(random, truth) }, null, 2),
    "data/pnl_daily.csv": pnlDaily(random, truth),
  };
}

/** A number of rupees as the application wrote it. */
const rupees = (paise: number): number => paise / 100;

/** The broker's number of an order. */
const orderId = (random: Dice): string => `2500000${10_000 + random.serial()}`;

/** Bought and sold one after the other, so that no two rows of a symbol are open at once; the last one may be open. */
function addUsualTrades(random: Dice, truth: Truth, add: (row: Row) => void, symbol: string, at: number): void {
  for (let round = 0; round < ROUNDS; round++) {
    const bought = moment(round * 18 + at, "09:16:02", String(random.whole(0, 999_999)).padStart(6, "0"));
    const sold = moment(round * 18 + at + random.whole(2, 8), "14:05:31");
    const quantity = random.whole(1, 40);
    const [entry, exit] = [random.whole(9_000, 250_000), random.whole(9_000, 250_000)];
    const open = round === ROUNDS - 1 && at % 2 === 0;
    add({
      ...(at === 3 ? {} : { symbol }), // older rows have only the ticker
      ticker: `${symbol}.NS`,
      placed_symbol: `${symbol}-EQ`,
      entry_price: rupees(entry),
      entry_time: random.pick([naive, offset, brokers])(bought),
      rsi10: random.whole(1800, 2990) / 100,
      ema9: rupees(entry + 170),
      ema200: rupees(entry - 340),
      capital: rupees(entry) * quantity,
      qty: quantity,
      rsi_entry_level: random.pick([30, 20, "unknown"]),
      levels_taken: { "30": true, "20": false, "10": false },
      reset_ready: false,
      order_response: random.pick([{ nOrdNo: orderId(random), stat: "Ok" }, { data: { orderId: orderId(random) } }]),
      status: open ? "open" : "closed",
      entry_type: "system_recommended",
      signal_type: "buy",
      ...(open ? {} : { ...closing(entry, exit, quantity, offset(sold)), sell_order_id: orderId(random) }),
    });
    expectShares(truth, USER, symbol, "buy", quantity);
    if (!open) expectShares(truth, USER, symbol, "sell", quantity);
  }
}

/** What the closing of a position adds to its row; the profit is computed in floating point, as the application did. */
function closing(entry: number, exit: number, quantity: number, exit_time: string): Row {
  const pnl = (rupees(exit) - rupees(entry)) * quantity;
  return {
    exit_price: rupees(exit),
    exit_time,
    exit_reason: "EMA9 or RSI50",
    pnl,
    pnl_pct: (rupees(exit) / rupees(entry) - 1) * 100,
  };
}

/** One row for each thing that is not as the documents say. */
function addTraps(random: Dice, truth: Truth, add: (row: Row, fate?: TradeFate) => void): void {
  const row = (symbol: string, more: Row): Row => ({
    symbol,
    ticker: `${symbol}.NS`,
    placed_symbol: `${symbol}-EQ`,
    entry_price: 101.5,
    entry_time: naive(moment(56, "09:16:02", "123456")),
    qty: 10,
    order_response: { nOrdNo: orderId(random) },
    status: "open",
    ...more,
  });
  // A re-entry is in the row's quantity, and the entry price stays that of the first buy.
  add(row("INDIGO", { qty: 15, reentries: [{ qty: 5, level: 20, rsi: 18.5, price: 95.25, time: offset(moment(60, "09:20:00")) }] }));
  expectShares(truth, USER, "INDIGO", "buy", 15);
  // A hyphen that belongs to the symbol.
  add(row("BAJAJ-AUTO", { qty: 10.5 - 0.5 }));
  expectShares(truth, USER, "BAJAJ-AUTO", "buy", 10);
  // Two rows of one symbol, both open, both with the total of 30.
  add(row("JUNIPER", { qty: 30 }), { orders: "rejected", fills: "rejected" });
  add(row("JUNIPER", { qty: 30, entry_price: 90.1, entry_time: naive(moment(58, "09:16:00")), entry_type: "reentry" }), {
    orders: "rejected",
    fills: "rejected",
  });
  // Found at the broker, not bought.
  add(row("KESTREL", { entry_price: null, order_response: null }), { fills: "rejected" });
  add(row("LAGOON", { qty: 0 }), { fills: "rejected" });
  // Listed although the broker refused.
  add(row("MERLIN", { order_response: { errors: "RMS: margin exceeds" } }), { fills: "rejected" });
  add(row("NUTMEG", { entry_time: undefined }), { orders: "rejected", fills: "rejected" });
  // The same order waits in pending_orders.json.
  add(row("OSPREY", { order_response: { nOrdNo: STALE_ORDER } }), { orders: "conflict" });
  expectShares(truth, USER, "OSPREY", "buy", 10);
  add(row("PEPPER", { rsi10: "NOT A NUMBER" }), { positions: "rejected", orders: "rejected", fills: "rejected" });
}

const STALE_ORDER = "250000090001";

function failedOrders(truth: Truth): readonly Row[] {
  expectFate(truth, USER, "trades_history.failed_orders", "written", 2);
  const common = { qty: 12, required_cash: 14_400.0, shortfall: 1_250.5, reason: "insufficient_balance", verdict: "buy", rsi10: 24.1 };
  return [
    { symbol: "QUARTZ", ticker: "QUARTZ.NS", close: 1200.0, ...common, first_failed_at: naive(moment(79, "16:05:00")), retry_count: 0 },
    {
      symbol: "RAVEN",
      ticker: "RAVEN.NS",
      close: 450.35,
      ...common,
      first_failed_at: offset(moment(78, "16:05:00")),
      last_retry_attempt: offset(moment(79, "08:00:00")),
      retry_count: 2,
    },
  ];
}

/** A line that says again what a row of the JSON says: its fill is known already, its order is told differently. */
function addKnownLines(truth: Truth, trades: readonly Row[], lines: string[]): void {
  for (const { ticker, qty, entry_price, entry_time, order_response } of trades.filter(({ symbol }) => symbol === "BAJAJ-AUTO")) {
    lines.push(
      [entry_time, ticker, "BUY", qty, entry_price, (order_response as { nOrdNo: string }).nOrdNo, "strong_buy", "41.5"].join(","),
    );
    expectFate(truth, USER, "trade_lines.orders", "conflict");
    expectFate(truth, USER, "trade_lines.fills", "identical");
  }
}

/** Older trades, one line each. */
function addLines(random: Dice, truth: Truth, lines: string[]): void {
  const add = (cells: readonly unknown[], fate: Fate) => {
    lines.push(cells.join(","));
    expectFate(truth, USER, "trade_lines.orders", fate);
    expectFate(truth, USER, "trade_lines.fills", fate);
  };
  for (let number = 0; number < 12; number++) {
    const symbol = random.pick(SYMBOLS);
    const quantity = random.whole(1, 25);
    const at = naive(moment(-60 + number * 2, "10:00:00"));
    add(
      [at, `${symbol}.NS`, number % 3 === 0 ? "sell" : "Buy", quantity, rupees(random.whole(9_000, 90_000)), `C${number}`, "buy", ""],
      "written",
    );
    expectShares(truth, USER, symbol, number % 3 === 0 ? "sell" : "buy", quantity);
  }
  const at = naive(moment(-20, "11:00:00"));
  add([at, "ALPHA.NS", "buy", 3, 100.25, '""', "", ""], "written"); // no id
  expectShares(truth, USER, "ALPHA", "buy", 3);
  add([at, "ALPHA.NS", "buy", 7, 100.25, "C0", "", ""], "conflict"); // an id that another line has
  add(['""', "BRAVO.NS", "buy", 4, 55.5, "C90", "", ""], "rejected"); // no time
}

/** The open orders of the last evening, and some that are long over. */
function pendingOrders(truth: Truth): readonly Row[] {
  const order = (order_id: string, symbol: string, more: Row): Row => ({
    order_id,
    symbol: `${symbol}-EQ`,
    ticker: `${symbol}.NS`,
    qty: 10,
    order_type: "MARKET",
    variety: "AMO",
    price: 0.0,
    placed_at: naive(moment(80, "16:05:00")),
    last_status_check: offset(moment(80, "16:05:00")),
    status: "PENDING",
    rejection_reason: null,
    check_count: 0,
    executed_qty: 0,
    ...more,
  });
  const all = [
    order("250000090010", "ALPHA", {}),
    order("250000090011", "SIERRA", { order_type: "LIMIT", price: 512.35, variety: "REGULAR" }),
    order("250000090012", "TANGO", { status: "TRIGGER_PENDING", placed_at: brokers(moment(80, "09:17:44")) }),
    order("250000090013", "UMBER", { status: "PARTIALLY_FILLED", executed_qty: 4, execution_price: 88.05 }),
    order("250000090014", "VELVET", { status: "REJECTED", rejection_reason: "margin" }),
    order(STALE_ORDER, "OSPREY", { placed_at: naive(moment(55, "16:05:00")) }),
  ];
  expectFate(truth, USER, "pending_orders", "written", all.length);
  return all;
}

function trackedSymbols(random: Dice, truth: Truth): readonly Row[] {
  const tracked = (symbol: string, number: number, more: Row): Row => ({
    id: `track-${symbol}-2025101${number}090000`,
    symbol,
    ticker: `${symbol}.NS`,
    tracking_started_at: naive(moment(40 + number, "09:00:00")),
    tracking_ended_at: null,
    tracking_status: "active",
    system_qty: 10,
    current_tracked_qty: 10,
    pre_existing_qty: 0,
    initial_order_id: orderId(random),
    all_related_orders: [],
    recommendation_source: "screener",
    recommendation_verdict: "buy",
    ...more,
  });
  const ended = { tracking_status: "completed", tracking_ended_at: naive(moment(52, "15:00:00")) };
  expectFate(truth, USER, "recommended.tracking", "written", 3);
  return [
    tracked("ALPHA", 1, {}),
    tracked("BRAVO", 2, { ...ended, stop_reason: "sold" }),
    tracked("CEDAR", 3, { ...ended, initial_order_id: "" }),
  ];
}

/** One line a day; a day was booked twice, and the last booking counts. */
function pnlDaily(random: Dice, truth: Truth): string {
  const booked = Array.from({ length: 20 }, (_, day) => ({
    day: moment(30 + day, "16:00:00").day,
    paise: random.whole(-500_000, 800_000),
  }));
  const lines = booked.map(({ day, paise }, at) => `${day},${rupees(paise)},${at % 5 === 0 ? "" : rupees(paise + 1)},${rupees(at * 7)}`);
  const again: Pick<Moment, "day"> & { paise: number } = { day: booked[4]?.day ?? "", paise: 123_456 };
  truth.realizedPaise = booked.reduce((sum, { paise }) => sum + paise, 0) - (booked[4]?.paise ?? 0) + again.paise;
  expectFate(truth, USER, "pnl_daily", "written", 20);
  expectFate(truth, USER, "pnl_daily", "rejected", 1);
  return ["date,realized_pnl,unrealized_pnl,fees", ...lines, `${again.day},${rupees(again.paise)},,12.5`, ""].join("\n");
}
