import { Allocation } from "./allocation.ts";
import { Fill } from "./fill.ts";
import { minus, plus, rescale, type ScaledUnits, type Units } from "./units.ts";

/**
 * The open lots of one queue and the one step of FIFO: a buy becomes the newest lot, a sell takes from the oldest.
 * Every quantity in a book has one scale and one kind (`number`, or `bigint` once a value does not fit), so the loop is plain arithmetic.
 * Cost per match is constant: the head moves, nothing is scanned, and emptied slots are dropped in blocks.
 */
export class Book {
  #lots: (Fill | undefined)[] = [];
  #head = 0;
  #scale = 0;
  #wide = false;
  readonly #dustAt: ScaledUnits | undefined;
  #dust: Units | undefined;

  constructor(dust: ScaledUnits | undefined) {
    this.#dustAt = dust;
    if (dust !== undefined) this.#refine(dust.scale);
  }

  /** Takes the next trade of the total order; the allocations of a sell are appended to `out`. */
  push(fill: Fill, out: Allocation[]): void {
    this.#align(fill);
    if (fill.isBuy) this.#lots.push(fill);
    else this.#sell(fill, out);
  }

  /** The lots that are not used up, oldest first. */
  openLots(): readonly Fill[] {
    return this.#lots.slice(this.#head).filter((lot) => lot !== undefined);
  }

  #sell(sell: Fill, out: Allocation[]): void {
    let part = 0;
    for (let lot = this.#lots[this.#head]; lot !== undefined && sell.used < sell.size; lot = this.#lots[this.#head]) {
      const open = minus(lot.size, lot.used);
      const need = minus(sell.size, sell.used);
      const taken = open < need ? open : need;
      out.push(new Allocation("matched", sell, lot, taken, part++));
      lot.used = plus(lot.used, taken);
      sell.used = plus(sell.used, taken);
      if (taken !== open) part = this.#writeOffDust(sell, lot, part, out);
      if (lot.used === lot.size) this.#advance();
    }
    if (sell.used < sell.size) this.#unmatched(sell, part, out);
  }

  #unmatched(sell: Fill, part: number, out: Allocation[]): void {
    const rest = minus(sell.size, sell.used);
    const isDust = this.#dust !== undefined && rest <= this.#dust;
    out.push(new Allocation(isDust ? "dust" : "unmatched", sell, null, rest, part));
    sell.used = sell.size;
  }

  #writeOffDust(sell: Fill, lot: Fill, part: number, out: Allocation[]): number {
    const rest = minus(lot.size, lot.used);
    if (this.#dust === undefined || rest > this.#dust) return part;
    out.push(new Allocation("dust", sell, lot, rest, part));
    lot.used = lot.size;
    return part + 1;
  }

  #advance(): void {
    this.#lots[this.#head++] = undefined;
    if (this.#head > 1024 && this.#head * 2 > this.#lots.length) {
      this.#lots = this.#lots.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Brings the book and a new fill to one scale and one kind. */
  #align(fill: Fill): void {
    if (fill.scale > this.#scale) this.#refine(fill.scale);
    if (fill.scale < this.#scale) {
      fill.size = rescale(fill.size, this.#scale - fill.scale);
      fill.used = rescale(fill.used, this.#scale - fill.scale);
      fill.scale = this.#scale;
    }
    if (!this.#wide && typeof fill.size === "bigint") this.#widen();
    if (!this.#wide) return;
    fill.size = BigInt(fill.size);
    fill.used = BigInt(fill.used);
  }

  /** Happens at most once for each decimal place: lots that allocations refer to are copied, never changed. */
  #refine(scale: number): void {
    const places = scale - this.#scale;
    this.#scale = scale;
    this.#replaceLots((lot) => new Fill(lot, rescale(lot.size, places), scale, rescale(lot.used, places)));
    if (this.#lots.some((lot) => typeof lot?.size === "bigint")) this.#widen();
    else this.#dust = this.#dustUnits();
  }

  #widen(): void {
    this.#wide = true;
    this.#replaceLots((lot) => new Fill(lot, BigInt(lot.size), lot.scale, BigInt(lot.used)));
    this.#dust = this.#dustUnits();
  }

  #replaceLots(replace: (lot: Fill) => Fill): void {
    this.#lots = this.#lots.slice(this.#head).map((lot) => (lot === undefined ? undefined : replace(lot)));
    this.#head = 0;
  }

  #dustUnits(): Units | undefined {
    if (this.#dustAt === undefined) return undefined;
    const units = rescale(this.#dustAt.units, this.#scale - this.#dustAt.scale);
    return this.#wide ? BigInt(units) : units;
  }
}
