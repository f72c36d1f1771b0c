import { Decimal } from "decimal.js";
import { feePart, grossPart } from "./amounts.ts";
import { writeDecimal } from "./decimal-text.ts";
import { add, type Exact } from "./exact.ts";
import type { Fill } from "./fill.ts";
import { writeInstant } from "./instant.ts";
import { minus } from "./units.ts";

/** An open lot as JSON: canonical decimal text, canonical UTC instant. */
export interface OpenLotJson {
  readonly symbol: string;
  readonly account: string;
  readonly id: string;
  readonly quantity: string;
  readonly original: string;
  readonly cost: string;
  readonly executedAt: string;
}

/** What is left of a buy. A value of its own: later trades do not change it. */
export class OpenLot {
  readonly symbol: string;
  readonly account: string;
  /** The id of the buy. */
  readonly id: string;
  /** Canonical UTC instant of the buy. */
  readonly executedAt: string;
  readonly #quantity: Exact;
  readonly #original: Exact;
  readonly #cost: Exact;

  constructor(lot: Fill) {
    this.symbol = lot.symbol;
    this.account = lot.account;
    this.id = lot.id;
    this.executedAt = writeInstant(lot.at);
    this.#quantity = { units: BigInt(minus(lot.size, lot.used)), scale: lot.scale };
    this.#original = { units: BigInt(lot.size), scale: lot.scale };
    this.#cost = add(grossPart(lot, lot.used, lot.size), feePart(lot, lot.used, lot.size));
  }

  /** Units that are left, in the base asset. */
  get quantity(): Decimal {
    return new Decimal(this.text("quantity"));
  }
  /** Units that the buy added. */
  get original(): Decimal {
    return new Decimal(this.text("original"));
  }
  /** Money paid for what is left, its share of the buy fee included, in quote currency. */
  get cost(): Decimal {
    return new Decimal(this.text("cost"));
  }

  /** The canonical text of an amount, without making a `Decimal`. */
  text(field: "quantity" | "original" | "cost"): string {
    const value = field === "quantity" ? this.#quantity : field === "original" ? this.#original : this.#cost;
    return writeDecimal(value.units, value.scale);
  }

  toJSON(): OpenLotJson {
    const { symbol, account, id, executedAt } = this;
    return { symbol, account, id, quantity: this.text("quantity"), original: this.text("original"), cost: this.text("cost"), executedAt };
  }
}
