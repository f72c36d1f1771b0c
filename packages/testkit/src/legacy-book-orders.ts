// The orders of the legacy book, drawn block by block from the plan.
import { FEE_PLACES, tenTo, withoutDigits } from "./legacy-book-decimal.ts";
import type { Market } from "./legacy-book-markets.ts";
import { blockWeight, innerCycle } from "./legacy-book-plan.ts";
import type { Block, Cycle, MarketPlan } from "./legacy-book-plan.ts";
import { pick, seededRandom } from "./legacy-book-random.ts";
import type { SeededRandom } from "./legacy-book-random.ts";
import { START, WINDOW } from "./legacy-book-time.ts";

/** One order of the book; sizes, prices and fees are integers in units of their last place. */
export interface BookOrder {
  readonly market: Market;
  /** Unique in the book; mixes upper and lower case so that a locale's order is not the code-unit order. */
  readonly id: string;
  /** Microseconds since the epoch. */
  readonly time: number;
  readonly side: "buy" | "sell";
  readonly size: bigint;
  readonly price: bigint;
  /** Fee of the whole order in quote currency, units of 10^-12. */
  readonly fee: bigint;
  /** Who still has it: the local table and, if recent, the exchange; the exchange alone; nobody. */
  readonly held: "locally" | "at-exchange-only" | "nowhere";
  readonly source: (typeof SOURCES)[number];
}

/** Where the bot says an order came from. */
const SOURCES = ["websocket", "webhook", "manual", "reconciled"] as const;

/** Price bias, in 1e-7, of sales and of sales that close a missing buy: they tune the realised PnL of seed 1. */
const SELL_BIAS = -58871,
  CLOSE_BIAS = 495045;

/** The total order inside a market: time, then buys before sells, then id by code unit. */
function byTruth(a: BookOrder, b: BookOrder): number {
  if (a.time !== b.time) return a.time - b.time;
  if (a.side !== b.side) return a.side === "buy" ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

/** The orders of one market as arrays of one cycle each; each array, and all of them in a row, are in the total order. */
export function* bookOrders(seed: number, market: Market, plan: MarketPlan): Generator<readonly BookOrder[], void, undefined> {
  const random = seededRandom(String(seed), market.name, "book");
  const draw = orderDrawer(market, random);
  const slot = WINDOW / plan.slots;
  let at = 0;
  const single = (side: "buy" | "sell", held: BookOrder["held"], bias: number, size: Size) => {
    const time = Math.ceil(START + (at++ + random.unit() * 0.95) * slot);
    return draw(side, time, held, bias, size);
  };
  const cycle = (pattern: Cycle) => {
    const weight = blockWeight({ kind: "cycle", cycle: pattern });
    const orders = drawCycle(pattern, START + at * slot, (slot * weight) / pattern.length, draw, random);
    at += weight;
    return orders;
  };
  for (const block of plan.blocks) {
    if (block.kind === "cycle") {
      yield cycle(block.cycle);
      continue;
    }
    const opening = single("buy", block.kind === "hold" ? "locally" : "at-exchange-only", 0, { cents: 2500 + random.int(2500) });
    yield [opening];
    for (let j = 0; j < block.inner; j++) yield cycle(innerCycle(j));
    if (block.kind === "missing-open") at++;
    else yield [single("sell", "locally", closingBias(block), { units: opening.size })];
  }
}

/** A size given exactly, or as what it should cost in cents. */
type Size = { readonly units: bigint } | { readonly cents: number };
type Draw = (side: "buy" | "sell", time: number, held: BookOrder["held"], bias: number, size: Size) => BookOrder;

function closingBias(block: Block): number {
  return block.kind === "hold" ? SELL_BIAS : CLOSE_BIAS;
}

function drawCycle(pattern: Cycle, begin: number, width: number, draw: Draw, random: SeededRandom): BookOrder[] {
  const orders: BookOrder[] = [];
  const lastSell = pattern.lastIndexOf("s");
  let position = 0n,
    time = 0;
  for (const [j, letter] of pattern.split("").entries()) {
    const side = letter === "s" ? "sell" : "buy";
    time = drawTime(time, { begin, width, index: j, previous: orders.at(-1)?.side === side ? "same" : j === 0 ? "none" : "other" }, random);
    const size = drawSize(side, position, pattern === "s", j === lastSell, random);
    const order = draw(side, time, letter === "x" ? "nowhere" : "locally", side === "sell" ? SELL_BIAS : 0, size);
    position += side === "sell" ? -order.size : order.size;
    orders.push(order);
  }
  return orders.toSorted(byTruth);
}

interface TimeSlot {
  /** Start of the cycle, microseconds. */
  readonly begin: number;
  /** Microseconds for each order. */
  readonly width: number;
  readonly index: number;
  /** Whether the order before in the cycle has the same side. */
  readonly previous: "none" | "same" | "other";
}

const GRAINS = [1, 1, 1, 1, 1, 1, 1, 1, 1000, 1e6];
/** How often an order falls on the very microsecond of the one before; half as often again it falls just after. */
const NEAR = { none: 0, same: 0.3, other: 0.02 };

function drawTime(before: number, { begin, width, index, previous }: TimeSlot, random: SeededRandom): number {
  const earliest = Math.ceil(begin + index * width);
  const grain = pick(GRAINS, random);
  const usual = Math.max(earliest, Math.floor((begin + (index + random.unit() * 0.95) * width) / grain) * grain);
  const near = NEAR[previous],
    chance = random.unit();
  if (chance >= near * 1.5) return usual;
  return chance >= near ? before + 1 + random.int(400) : before;
}

function drawSize(side: "buy" | "sell", position: bigint, alone: boolean, last: boolean, random: SeededRandom): Size {
  if (side === "buy" || alone) return { cents: 9000 + random.int(45000) };
  return { units: last ? position : (position * BigInt(15 + random.int(45))) / 100n };
}

/** Draws the orders of one market along a random walk of its price. */
function orderDrawer(market: Market, random: SeededRandom): Draw {
  const { usualPrice, pricePlaces, sizePlaces } = market;
  const centUnits = tenTo(pricePlaces + sizePlaces - 2),
    feeDivisor = tenTo(pricePlaces + sizePlaces + 4 - FEE_PLACES);
  const coarse = [0, 0, 0, 1, 2, sizePlaces > 9 ? sizePlaces - 8 : 3];
  let walk = usualPrice;
  return (side, time, held, bias, size) => {
    walk = Math.max(1, Math.round(walk * (1 + (random.unit() - 0.5) * 0.03) + (usualPrice - walk) * 0.01));
    const price = Math.max(1, Math.round(walk * (1 + (random.unit() - 0.5) * 0.004 + bias / 1e7)));
    const units = "units" in size ? size.units : withoutDigits((BigInt(size.cents) * centUnits) / BigInt(price), pick(coarse, random));
    const odd = random.int(300);
    const source = sourceOf(random.int(100));
    const usualFee = withoutDigits((units * BigInt(price * pick(FEE_RATES, random))) / feeDivisor, pick(FEE_COARSE, random));
    const id = drawId(source, random);
    return { market, id, time, side, size: units, price: BigInt(price), fee: oddFee(odd) ?? usualFee, held, source };
  };
}

/** Fee rates in 1/100 of a percent of the value; some fees are cut to fewer digits. */
const FEE_RATES = [25, 40, 40, 60],
  FEE_COARSE = [0, 0, 0, 4, 4, 10];

/** One order in 300 has no fee, one in 300 has the least that an old column could hold, 1e-8. */
function oddFee(ticket: number): bigint | undefined {
  return ticket === 0 ? 0n : ticket === 1 ? tenTo(FEE_PLACES - 8) : undefined;
}

function sourceOf(percent: number): BookOrder["source"] {
  return percent < 80 ? "websocket" : percent < 94 ? "webhook" : percent < 97 ? "manual" : "reconciled";
}

function drawId(source: BookOrder["source"], random: SeededRandom): string {
  const hex = () => random.hex();
  if (source === "webhook") return "WH-" + (hex() + hex()).toUpperCase();
  if (source === "manual") return "Manual-" + hex() + hex();
  return `${hex()}-${hex().slice(4)}-4${hex().slice(5)}-a${hex().slice(5)}-${hex()}${hex().slice(4)}`;
}
