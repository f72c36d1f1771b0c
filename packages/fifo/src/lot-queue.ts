// The open lots of one book, in the order in which they are taken.
import { partOf } from "./amounts.ts";
import { add, compareExact, multiply, type Exact } from "./exact.ts";
import type { Fill } from "./fill.ts";
import type { Method } from "./options.ts";
import { compareEntries } from "./order.ts";
import { zeroLike } from "./units.ts";

/** What a book needs of its lots. Used-up lots may stay inside until they would be next; nobody sees them. */
export interface LotQueue {
  /** A lot that is newer than all others; of any age in a {@link Heap}. */
  push(lot: Fill): void;
  /** The lot to take from next; undefined when none is open. */
  next(): Fill | undefined;
  /** The open lots, oldest first. */
  open(): Fill[];
  /** Replaces every lot, oldest first. */
  reset(lots: readonly Fill[]): void;
}

/** A queue for lots that come in order of age. */
export function queueFor(method: Method): LotQueue {
  if (method === "lifo") return new NewestFirst();
  return method === "hifo" || method === "lofo" ? new Heap(method) : new OldestFirst();
}

const isOpen = (lot: Fill): boolean => lot.used !== lot.size;

/** An array with a moving head: each lot is entered once and left once, whatever the backlog. */
class OldestFirst implements LotQueue {
  protected lots: Fill[] = [];
  #head = 0;

  push(lot: Fill): void {
    this.lots.push(lot);
  }

  next(): Fill | undefined {
    let lot = this.lots[this.#head];
    while (lot !== undefined && lot.used === lot.size) lot = this.lots[++this.#head];
    if (this.#head > 1024 && this.#head * 2 > this.lots.length) this.reset(this.lots.slice(this.#head));
    return lot;
  }

  open(): Fill[] {
    return this.lots.slice(this.#head).filter(isOpen);
  }

  reset(lots: readonly Fill[]): void {
    this.lots = [...lots];
    this.#head = 0;
  }
}

class NewestFirst extends OldestFirst {
  override next(): Fill | undefined {
    const { lots } = this;
    let lot = lots.at(-1);
    while (lot !== undefined && lot.used === lot.size) {
      lots.pop();
      lot = lots.at(-1);
    }
    return lot;
  }
}

interface Priced {
  readonly lot: Fill;
  /** Order of entry: the last word between two parts of one buy. */
  readonly serial: number;
  readonly cost: Exact;
  readonly size: Exact;
}

/**
 * A binary heap, for lots of any cost and, as transfers bring them, of any age: a step costs the logarithm of the backlog. Costs per unit are
 * compared as fractions: no division, nothing is rounded.
 */
export class Heap implements LotQueue {
  readonly #method: Method;
  #heap: Priced[] = [];
  #serial = 0;

  constructor(method: Method) {
    this.#method = method;
  }

  push(lot: Fill): void {
    const heap = this.#heap;
    const entry = priced(lot, this.#serial++);
    let at = heap.length;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up];
      if (parent === undefined || !this.#isBefore(entry, parent)) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = entry;
  }

  next(): Fill | undefined {
    let top = this.#heap[0];
    while (top !== undefined && top.lot.used === top.lot.size) {
      this.#removeTop();
      top = this.#heap[0];
    }
    return top?.lot;
  }

  open(): Fill[] {
    return this.#heap
      .filter(({ lot }) => isOpen(lot))
      .sort(compareAge)
      .map(({ lot }) => lot);
  }

  reset(lots: readonly Fill[]): void {
    this.#heap = [];
    for (const lot of lots) this.push(lot);
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (let child = this.#firstChild(at); ; child = this.#firstChild(at)) {
      const entry = heap[child];
      if (entry === undefined || !this.#isBefore(entry, last)) break;
      heap[at] = entry;
      at = child;
    }
    heap[at] = last;
  }

  /** The place of the child that comes first. */
  #firstChild(parent: number): number {
    const at = 2 * parent + 1;
    const [left, right] = [this.#heap[at], this.#heap[at + 1]];
    return left !== undefined && right !== undefined && this.#isBefore(right, left) ? at + 1 : at;
  }

  #isBefore(a: Priced, b: Priced): boolean {
    const method = this.#method;
    if (method === "lifo") return compareAge(a, b) > 0;
    const byCost = method === "hifo" || method === "lofo" ? compareExact(multiply(a.cost, b.size), multiply(b.cost, a.size)) : 0;
    return (byCost === 0 ? compareAge(b, a) : method === "hifo" ? byCost : -byCost) > 0;
  }
}

function compareAge(a: Priced, b: Priced): number {
  return compareEntries(a.lot, b.lot) || a.serial - b.serial;
}

function priced(lot: Fill, serial: number): Priced {
  const { gross, fee } = partOf(lot, zeroLike(lot.size), lot.size);
  return { lot, serial, size: { units: BigInt(lot.size), scale: lot.scale }, cost: add(gross, fee) };
}
