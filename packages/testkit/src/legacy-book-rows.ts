// What the local table and the exchange say about an order.
import { decimalText, FEE_PLACES, paddedText } from "./legacy-book-decimal.ts";
import type { BookOrder } from "./legacy-book-orders.ts";
import { pick } from "./legacy-book-random.ts";
import type { SeededRandom } from "./legacy-book-random.ts";
import { EXCHANGE, POSTGRES_COPY, POSTGRES_JSON, stamp } from "./legacy-book-time.ts";

/** A row of the old table `trade_records`. `parent_id`, `pnl_usd` and `remaining_size` are the old system's wrong values. */
export interface TradeRecord {
  readonly order_id: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly size: string;
  readonly price: string;
  /** Microseconds since the epoch; spelt out when the row is written. */
  readonly order_time: number;
  readonly total_fees_usd: string;
  readonly status: string;
  readonly order_type: string;
  readonly source: string;
  readonly parent_id: string | null;
  readonly pnl_usd: string | null;
  readonly remaining_size: string | null;
}

/** One fill as the exchange lists it; an order has one to five. */
export interface ExchangeFillLine {
  readonly trade_id: string;
  readonly order_id: string;
  readonly product_id: string;
  readonly side: "BUY" | "SELL";
  readonly size: string;
  readonly price: string;
  readonly commission: string;
  readonly trade_time: string;
  readonly liquidity_indicator: "MAKER" | "TAKER";
}

/** The columns of `trade_records.csv` in order. */
export const CSV_COLUMNS = [
  "order_id",
  "symbol",
  "side",
  "size",
  "price",
  "order_time",
  "total_fees_usd",
  "status",
  "order_type",
  "source",
  "parent_id",
  "pnl_usd",
  "remaining_size",
] as const satisfies readonly (keyof TradeRecord)[];

const ORDER_TYPES = ["limit", "limit", "market", "stop_limit", "bracket"];

/** A row as one JSON line, with other values for some of its fields; `undefined` leaves a field out. */
export function recordJson(record: TradeRecord, changes: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...record, order_time: stamp(record.order_time, POSTGRES_JSON), ...changes });
}

/** A row as `COPY ... CSV` prints it; NULL is empty. No value of the book needs quotes. */
export function recordCsv(record: TradeRecord): string {
  return CSV_COLUMNS.map((column) => (column === "order_time" ? stamp(record.order_time, POSTGRES_COPY) : (record[column] ?? ""))).join(
    ",",
  );
}

/** Turns a market's orders into rows; it remembers recent buys, one of which the old system wrongly calls a sale's parent. */
export function recordDrawer(random: SeededRandom): (order: BookOrder) => TradeRecord {
  const recentBuys: BookOrder[] = [];
  return (order) => {
    const parent = recentBuys.length > 0 ? pick(recentBuys, random) : undefined;
    const record = drawRecord(order, parent, random);
    if (order.side === "buy") recentBuys[recentBuys.length < 16 ? recentBuys.length : random.int(16)] = order;
    return record;
  };
}

function drawRecord(order: BookOrder, parent: BookOrder | undefined, random: SeededRandom): TradeRecord {
  const { sizePlaces, pricePlaces, name } = order.market;
  const wide = random.chance(0.3);
  const spell = (value: bigint, places: number) => (wide ? paddedText(decimalText(value, places), places) : decimalText(value, places));
  return {
    order_id: order.id,
    symbol: name,
    side: order.side,
    size: spell(order.size, sizePlaces),
    price: spell(order.price, pricePlaces),
    order_time: order.time,
    total_fees_usd: spell(order.fee, FEE_PLACES),
    status: "filled",
    order_type: pick(ORDER_TYPES, random),
    source: order.source,
    ...drawWrongValues(order, parent, random),
  };
}

function drawWrongValues(
  order: BookOrder,
  parent: BookOrder | undefined,
  random: SeededRandom,
): Pick<TradeRecord, "parent_id" | "pnl_usd" | "remaining_size"> {
  const { sizePlaces } = order.market;
  if (order.side === "buy") {
    const parent_id = random.chance(0.7) ? order.id : null;
    const remaining_size = pick([null, decimalText(order.size, sizePlaces), "0", decimalText(order.size / 3n, sizePlaces)], random);
    return { parent_id, pnl_usd: null, remaining_size };
  }
  const parent_id = random.chance(0.1) || parent === undefined ? null : parent.id;
  const pnl_usd = parent !== undefined && random.chance(0.75) ? oldPnl(order, parent) : null;
  return { parent_id, pnl_usd, remaining_size: null };
}

/** The old system's PnL: price difference to a parent that is not the lot, cut to eight places. */
function oldPnl(sale: BookOrder, parent: BookOrder): string {
  const { sizePlaces, pricePlaces } = sale.market;
  return decimalText(((sale.price - parent.price) * sale.size) / 10n ** BigInt(sizePlaces + pricePlaces - 8), 8);
}

/** The exchange's fills of one order: their sizes and commissions add up to the order's, their average price is exactly the order's. */
export function drawFills(order: BookOrder, random: SeededRandom): readonly ExchangeFillLine[] {
  const { sizePlaces, pricePlaces, name } = order.market;
  const parts = drawParts(order, random);
  let time = order.time,
    feeGiven = 0n;
  return parts.map(({ size, price }, i) => {
    const fee = i === parts.length - 1 ? order.fee - feeGiven : (order.fee * size) / order.size;
    feeGiven += fee;
    if (i > 0) time += random.chance(0.3) ? 0 : random.int(900_000);
    return {
      trade_id: random.hex() + "-" + random.hex() + random.hex(),
      order_id: order.id,
      product_id: name,
      side: order.side === "sell" ? "SELL" : "BUY",
      size: decimalText(size, sizePlaces),
      price: decimalText(price, pricePlaces),
      commission: decimalText(fee, FEE_PLACES),
      trade_time: stamp(time, EXCHANGE),
      liquidity_indicator: random.chance(0.6) ? "MAKER" : "TAKER",
    };
  });
}

interface FillPart {
  readonly size: bigint;
  readonly price: bigint;
}

/** Two parts of equal size, one price step above and below, keep the average exact; the other parts have the order's price. */
function drawParts({ size, price }: BookOrder, random: SeededRandom): readonly FillPart[] {
  const parts: FillPart[] = [];
  let left = size,
    count = pick([1, 1, 1, 2, 2, 3, 4, 5], random);
  if (count > 2 && price > 10n && size / 10n > 0n) {
    const part = (size * BigInt(5 + random.int(25))) / 100n;
    parts.push({ size: part, price: price + 1n }, { size: part, price: price - 1n });
    left -= 2n * part;
    count -= 2;
  }
  for (; count > 1; count--) {
    const part = (left * BigInt(20 + random.int(40))) / 100n;
    if (part > 0n) parts.push({ size: part, price });
    left -= part;
  }
  parts.push({ size: left, price });
  return parts.filter((part) => part.size > 0n);
}
