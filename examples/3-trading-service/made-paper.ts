// The files under paper_trading/: one account of old, and one whose folder names its user.
import type { Dice } from "./made-dice.ts";
import { moment, naive, offset } from "./made-times.ts";
import { expectFate, expectShares, type Truth } from "./made-truth.ts";
import type { MadeFiles } from "./made-tree.ts";

type Row = Readonly<Record<string, unknown>>;

/** The files. */
export function paperFiles(random: Dice, truth: Truth): MadeFiles {
  return { ...oldAccount(random, truth), ...seventhUser(truth) };
}

/** One order after the other, bought in two fills and sold in one. */
function oldAccount(random: Dice, truth: Truth): MadeFiles {
  const user = "paper";
  const orders: Row[] = [];
  const fills: string[] = [];
  for (let number = 1; number <= 6; number++) {
    const symbol = number % 2 === 0 ? "ALPHA" : "SIERRA";
    const [half, price] = [random.whole(1, 20), random.whole(9_000, 90_000) / 100];
    const id = `PT202510${20 + number}0001`;
    orders.push(paperOrder(id, symbol, number, { quantity: half * 2, executed_quantity: half * 2, executed_price: price }));
    // Two fills that are equal in all they say: two fills.
    for (let part = 0; part < 2; part++) fills.push(fillText(id, symbol, number, half, price));
    expectShares(truth, user, symbol, "buy", half * 2);
  }
  const sold = paperOrder("PT202510300001", "ALPHA", 10, {
    transaction_type: "SELL",
    quantity: 1,
    executed_quantity: 1,
    executed_price: 104,
  });
  const soldText = fillText("PT202510300001", "ALPHA", 10, 1, 104, {
    transaction_type: "SELL",
    entry_price: 101.5,
    exit_price: 104,
    realized_pnl: 2.5,
    exit_reason: "Target Hit",
  });
  expectShares(truth, user, "ALPHA", "sell", 1);
  const odd = oddOrders();
  expectFate(truth, user, "paper.orders", "written", 7 + odd.length);
  expectFate(truth, user, "paper.transactions", "written", 13);
  for (const job of ["paper.holdings", "paper.positions"]) expectFate(truth, user, job, "written", 2);
  for (const job of ["paper.account", "paper.config"]) expectFate(truth, user, job, "written", 1);
  const place = "paper_trading/unified_service";
  return {
    [`${place}/orders.json`]: JSON.stringify([...orders, sold, ...odd], null, 2),
    [`${place}/transactions.json`]: `[\n${[...fills, soldText].join(",\n")}\n]`,
    [`${place}/holdings.json`]: JSON.stringify(
      { ALPHA: holding("ALPHA", 41, 12.5), SIERRA: holding("SIERRA", 60, "Rs +1,234.50") },
      null,
      2,
    ),
    [`${place}/account.json`]: JSON.stringify(account(), null, 2),
    [`${place}/config.json`]: JSON.stringify({ slippage_percent: 0.05, fee_model: "flat", enforce_market_hours: true }, null, 2),
  };
}

/** A number that was given twice, prices with their dress, words in place of a time, stops, no variety. */
function oddOrders(): readonly Row[] {
  const waiting = { status: "OPEN", executed_quantity: 0, executed_price: null, executed_at: null };
  return [
    paperOrder("PT202510210001", "TANGO", 1, {
      ...waiting,
      created_at: naive(moment(50, "13:00:00")),
      placed_at: null,
      order_type: "LIMIT",
      price: "Rs 1,23,456.50",
    }),
    paperOrder("PT202510310001", "UMBER", 11, {
      status: "REJECTED",
      executed_quantity: 0,
      executed_price: null,
      executed_at: "market is closed",
      remarks: "market is closed",
    }),
    paperOrder("PT202510310002", "UMBER", 11, { ...waiting, order_type: "SL", price: 90.5, status: "TRIGGER_PENDING" }),
    paperOrder("PT202510310003", "UMBER", 11, { ...waiting, order_type: "SL-M", price: 88, status: "TRIGGER_PENDING", variety: undefined }),
    paperOrder("PT20251031U30001", "UMBER", 11, { ...waiting, status: "CANCELLED", cancelled_at: offset(moment(61, "15:20:00")) }),
  ];
}

function paperOrder(order_id: string, symbol: string, number: number, more: Row): Row {
  const at = offset(moment(50 + number - 1, "09:16:00"));
  return {
    symbol: `${symbol}-EQ`,
    quantity: 10,
    order_type: "MARKET",
    transaction_type: "BUY",
    price: null,
    product_type: "CNC",
    variety: "REGULAR",
    exchange: "NSE",
    validity: "DAY",
    order_id,
    status: "COMPLETE",
    placed_at: at,
    executed_at: offset(moment(50 + number - 1, "09:16:05")),
    cancelled_at: null,
    executed_price: null,
    executed_quantity: 0,
    remarks: "",
    created_at: at,
    ...more,
  };
}

/** The text of a fill: the application wrote its time twice, and the last one counts. */
function fillText(order_id: string, symbol: string, number: number, quantity: number, price: number, more: Row = {}): string {
  const fill = {
    order_id,
    symbol: `${symbol}-EQ`,
    transaction_type: "BUY",
    quantity,
    price,
    order_value: price * quantity,
    charges: 1.56,
    ...more,
  };
  const [wrong, right] = ["2020-01-01T00:00:00", offset(moment(50 + number - 1, "09:16:05"))];
  return `{"timestamp": "${wrong}", ${JSON.stringify(fill).slice(1, -1)}, "timestamp": "${right}"}`;
}

function holding(symbol: string, quantity: number, pnl: number | string): Row {
  return {
    symbol: `${symbol}-EQ`,
    exchange: "NSE",
    quantity,
    average_price: 101.35,
    current_price: 102.15,
    cost_basis: 101.35 * quantity,
    market_value: 102.15 * quantity,
    pnl,
    pnl_percentage: 0.789,
    last_updated: offset(moment(79, "15:30:00")),
    isin: null,
    product_type: "CNC",
  };
}

function account(): Row {
  return {
    initial_capital: 100000.0,
    available_cash: 73210.45,
    margin_used: 0.0,
    total_pnl: 310.25,
    realized_pnl: 2.5,
    unrealized_pnl: 307.75,
    created_at: naive(moment(49, "09:00:00")),
    last_updated: offset(moment(79, "15:30:00")),
  };
}

/** A younger account: an order, no fill yet (a file of no bytes), nothing held. */
function seventhUser(truth: Truth): MadeFiles {
  const order = paperOrder("PT20251119U70001", "DELTA", 30, { status: "PENDING", executed_at: null, variety: "AMO" });
  expectFate(truth, "7", "paper.orders", "written", 1);
  return {
    "paper_trading/user_7/orders.json": JSON.stringify([order], null, 2),
    "paper_trading/user_7/transactions.json": "",
    "paper_trading/user_7/holdings.json": "{}",
  };
}
