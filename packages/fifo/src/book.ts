import { Allocation } from "./allocation.ts";
import { partOf, priceOf } from "./amounts.ts";
import { writeDecimal } from "./decimal-text.ts";
import { FifoError, shown } from "./errors.ts";
import { arriving, type Split, type Transfer } from "./event.ts";
import { divide, pow10, ratio, type Exact } from "./exact.ts";
import { EXACT_SHARING, moneyOf, type Fill, type Money } from "./fill.ts";
import { Heap, queueFor, type LotQueue } from "./lot-queue.ts";
import { dustFor, namedLots, type Rules } from "./options.ts";
import { groupBy } from "./group-by.ts";
import { exact, minus, narrow, plus, rescale, zeroLike, type ScaledUnits, type Units } from "./units.ts";

/**
 * One queue: its open lots, its open shorts, and the one step that all methods share. A buy closes shorts and then becomes a lot; a sell takes
 * from the lots in the method's order. Every quantity in a book has one scale and one kind (`number`, or `bigint` once a value does not fit), so
 * a match is plain arithmetic of constant cost: no scan, no filter, no sort.
 */
export class Book {
  readonly #rules: Rules;
  #lots: LotQueue;
  /** For named lots, made when a sell names some: the lots by buy; one buy is several lots after a transfer back and forth. */
  #byId: Map<string, Fill[]> | undefined;
  /** Lots that it can take before it is made anew, so that it does not grow with lots that were closed. */
  #room = 0;
  readonly #shorts: LotQueue = queueFor("fifo");
  #scale = 0;
  #wide = false;
  readonly #dustAt: ScaledUnits | undefined;
  #dust: Units | undefined;

  constructor(rules: Rules, symbol: string) {
    this.#rules = rules;
    this.#lots = queueFor(rules.method);
    this.#dustAt = dustFor(rules, symbol);
    if (this.#dustAt !== undefined) this.#reshape(this.#dustAt.scale, false);
  }

  /** Takes the next trade of the total order; the allocations that it causes are appended to `out`. */
  push(fill: Fill, out: Allocation[]): void {
    this.#align(fill);
    if (fill.kind === "buy") this.#buy(fill, out);
    else this.#sell(fill, out);
  }

  /** Open lots oldest first, then open shorts oldest first. */
  open(): readonly Fill[] {
    return [this.#lots, this.#shorts].flatMap((queue) => queue.open());
  }

  /** Puts a lot or short back that a snapshot kept, in the order it was kept. */
  restore(fill: Fill): void {
    this.#align(fill);
    if (fill.kind === "buy") this.#enter(fill);
    else this.#shorts.push(fill);
  }

  #enter(lot: Fill): void {
    this.#lots.push(lot);
    if (this.#byId === undefined) return;
    groupBy([lot], idOf, this.#byId);
    if (this.#room-- === 0) this.#replace((open) => open);
  }

  #buy(buy: Fill, out: Allocation[]): void {
    if (this.#rules.shorts === "open")
      for (let short = this.#shorts.next(); short !== undefined && buy.used < buy.size; short = this.#shorts.next())
        take(short, buy, min(openUnits(short), openUnits(buy)), out);
    if (buy.used < buy.size) this.#enter(buy);
  }

  #sell(sell: Fill, out: Allocation[]): void {
    if (this.#rules.lots !== null) this.#takeNamed(sell, namedLots(this.#rules, sell.id), out);
    for (let lot = this.#lots.next(); lot !== undefined && sell.used < sell.size; lot = this.#lots.next()) this.#takeFrom(lot, sell, out);
    if (sell.used < sell.size) this.#uncovered(sell, out);
  }

  #takeNamed(sell: Fill, buyIds: readonly string[], out: Allocation[]): void {
    if (buyIds.length === 0) return;
    if (this.#byId === undefined) {
      const lots = this.#lots.open();
      this.#byId = groupBy(lots, idOf);
      this.#room = lots.length + 1000;
    }
    for (const lot of buyIds.flatMap((id) => this.#byId?.get(id) ?? []))
      if (lot.used < lot.size && sell.used < sell.size) this.#takeFrom(lot, sell, out);
  }

  #takeFrom(lot: Fill, sell: Fill, out: Allocation[]): void {
    const open = openUnits(lot);
    const taken = min(open, openUnits(sell));
    take(sell, lot, taken, out);
    if (this.#dust !== undefined && taken < open && minus(open, taken) <= this.#dust) writeOff(sell, lot, minus(open, taken), out);
  }

  #uncovered(sell: Fill, out: Allocation[]): void {
    const rest = openUnits(sell);
    const isDust = this.#dust !== undefined && rest <= this.#dust;
    if (!isDust && this.#rules.shorts === "open") this.#shorts.push(sell);
    else leave(sell, isDust ? "dust" : "unmatched", out);
  }

  /** Takes lots out for a transfer, in the method's order; gives what arrives, with dates and cost. The fee and a shortfall become rows. */
  takeOut(transfer: Transfer, out: Allocation[]): readonly Fill[] {
    const { out: leaving } = transfer;
    this.#align(leaving);
    const moves = arriving(transfer);
    if (this.#rules.scope === "symbol") leaving.used = moves; // one queue for all accounts: what moves stays where it is
    const moved: Fill[] = [];
    for (let lot = this.#lots.next(); lot !== undefined && leaving.used < leaving.size; lot = this.#lots.next()) {
      const isMoving = leaving.used < moves;
      const taken = min(openUnits(lot), minus(isMoving ? moves : leaving.size, leaving.used));
      if (isMoving) moved.push(slice(lot, taken, transfer.to));
      else out.push(new Allocation("fee", leaving, lot, taken));
      lot.used = plus(lot.used, taken);
      leaving.used = plus(leaving.used, taken);
    }
    if (leaving.used < leaving.size) leave(leaving, "unmatched", out);
    return moved;
  }

  /** Takes lots in that were moved here; from the first time on they may come in any order of age. */
  takeIn(lots: readonly Fill[]): void {
    if (!(this.#lots instanceof Heap)) {
      const open = this.#lots.open();
      this.#lots = new Heap(this.#rules.method);
      this.#lots.reset(open);
    }
    for (const lot of lots) this.restore(lot);
  }

  /** Computes, or refuses, what replaces every open lot and short: more or fewer units for the same cost. Calling what it gives does it. */
  split(split: Split): () => void {
    const fills = [this.#lots, this.#shorts].flatMap((queue) => splitLots(queue.open(), split));
    return () => {
      this.#byId = undefined;
      this.#lots.reset([]);
      this.#shorts.reset([]);
      for (const fill of fills) this.restore(fill);
    };
  }

  /** Brings the book and a fill that enters it to one scale and one kind. */
  #align(fill: Fill): void {
    if (fill.scale > this.#scale) this.#reshape(fill.scale, this.#wide);
    fill.size = this.#units(fill.size, fill.scale);
    if (!this.#wide && typeof fill.size === "bigint") this.#reshape(this.#scale, true);
    fill.used = this.#units(fill.used, fill.scale);
    fill.scale = this.#scale;
  }

  /** Units of another scale as the book counts them. */
  #units(units: Units, scale: number): Units {
    const scaled = rescale(units, this.#scale - scale);
    return this.#wide && typeof scaled === "number" ? BigInt(scaled) : scaled;
  }

  #replace(change: (fill: Fill) => Fill): void {
    this.#byId = undefined;
    for (const queue of [this.#lots, this.#shorts]) queue.reset(queue.open().map(change));
  }

  /** Happens at most once for each decimal place, and once for the kind: lots that allocations refer to are copied, never changed. */
  #reshape(scale: number, isWide: boolean): void {
    this.#scale = scale;
    this.#wide = isWide;
    this.#replace((fill) => ({ ...fill, size: this.#units(fill.size, fill.scale), scale, used: this.#units(fill.used, fill.scale) }));
    this.#dust = this.#dustAt && this.#units(this.#dustAt.units, this.#dustAt.scale);
    if (!isWide && this.open().some((fill) => typeof fill.size === "bigint")) this.#reshape(scale, true);
  }
}

const idOf = (lot: Fill): string => lot.id;
const openUnits = (fill: Fill): Units => minus(fill.size, fill.used);
const min = (a: Units, b: Units): Units => (a < b ? a : b);

function take(sell: Fill, buy: Fill, taken: Units, out: Allocation[]): void {
  out.push(new Allocation("matched", sell, buy, taken));
  buy.used = plus(buy.used, taken);
  sell.used = plus(sell.used, taken);
}

/** What no lot covers of a sell, or of a transfer. */
function leave(sell: Fill, kind: "dust" | "unmatched", out: Allocation[]): void {
  out.push(new Allocation(kind, sell, null, openUnits(sell)));
  sell.used = sell.size;
}

function writeOff(sell: Fill, lot: Fill, rest: Units, out: Allocation[]): void {
  out.push(new Allocation("dust", sell, lot, rest));
  lot.used = lot.size;
}

/** A part of a lot as a lot of its own in another account: same buy, same date, its exact share of the cost. */
function slice(lot: Fill, taken: Units, account: string): Fill {
  const money = moneyOfPart(lot, plus(lot.used, taken), priceOf(lot), lot.gross === null);
  return { ...lot, ...money, account, size: taken, used: zeroLike(taken), parts: 0 };
}

/** The money of a lot's next part, as a fill has it. */
function moneyOfPart(lot: Fill, after: Units, price: ScaledUnits, isExact: boolean): Money {
  const { gross, fee } = partOf(lot, lot.used, after);
  return moneyOf(price, isExact ? null : gross, fee);
}

/**
 * What is left of each lot times the ratio. The total must be a decimal of at most 18 places (or of as many as what is left of the finest lot has),
 * else the split is refused: a fraction that was paid out in cash is a sell before it. Lots get cumulative parts cut there, so that they add up to
 * that total. A lot's own places count, not the scale of the book: that one remembers every trade before, and a book resumed from a snapshot does not.
 */
function splitLots(lots: readonly Fill[], split: Split): readonly Fill[] {
  const rests = lots.map((lot) => trim(exact({ units: openUnits(lot), scale: lot.scale })));
  const scale = rests.reduce((finest, rest) => Math.max(finest, rest.scale), EXACT_SHARING.scale);
  const ends = [0n];
  let total = 0n;
  for (const rest of rests) ends.push((total += BigInt(rest.units) * pow10(scale - rest.scale)));
  const cuts = ends.map((end) => divide(end * split.numerator, split.denominator, "cut"));
  const isExact = (total * split.numerator) % split.denominator === 0n;
  return lots.map((lot, i) => {
    const units = (cuts[i + 1] ?? 0n) - (cuts[i] ?? 0n);
    if (!isExact || units <= 0n) throw notExact(split, total, scale);
    return splitLot(lot, units, scale, split);
  });
}

function splitLot(lot: Fill, units: bigint, scale: number, { numerator, denominator }: Split): Fill {
  // The price per unit is there to be read, the cost is what counts: it is cut.
  const price = trim(ratio(exact(priceOf(lot)), denominator, numerator, EXACT_SHARING));
  const rest = trim({ units, scale });
  return { ...lot, ...moneyOfPart(lot, lot.size, price, false), size: rest.units, scale: rest.scale, used: zeroLike(rest.units) };
}

function trim({ units, scale }: Exact): ScaledUnits {
  if (scale > 0 && units % 10n === 0n) return trim({ units: units / 10n, scale: scale - 1 });
  return { units: narrow(units), scale };
}

function notExact(split: Split, total: bigint, scale: number): FifoError {
  const { id, symbol } = split;
  const terms = `${split.numerator}:${split.denominator}`;
  const quantity = writeDecimal(total, scale);
  return new FifoError(
    "split-not-exact",
    `Split ${shown(id)}: ${terms} of ${quantity} ${symbol} is no decimal of at most 18 places; record the fraction paid out as a sell before it.`,
    { tradeId: id, symbol, ratio: terms, quantity },
  );
}
