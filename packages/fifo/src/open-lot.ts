import type { Decimal } from "decimal.js";
import { partOf } from "./amounts.ts";
import { add, type Exact } from "./exact.ts";
import type { Fill } from "./fill.ts";
import { writeInstant } from "./instant.ts";
import { exact, minus } from "./units.ts";
import { decimalOf, writeExact } from "./write-exact.ts";

/** An open lot as JSON: canonical decimal text, canonical UTC instant. */
export interface OpenLotJson {
  readonly symbol: string;
  readonly account: string;
  readonly id: string;
  readonly side: "long" | "short";
  readonly quantity: string;
  readonly original: string;
  readonly cost: string;
  readonly executedAt: string;
}

/** What is left of a buy, or of a sell that opened a short. A value of its own: later trades do not change it. */
export class OpenLot {
  /** The market. */
  declare readonly symbol: string;
  /** The account; the empty text for none. */
  declare readonly account: string;
  /** The id of the buy; of the sell for a short. */
  declare readonly id: string;
  /** Whether units are held (`long`) or owed (`short`). */
  declare readonly side: "long" | "short";
  /** Canonical UTC instant of that trade. */
  declare readonly executedAt: string;
  readonly #amounts: { readonly quantity: Exact; readonly original: Exact; readonly cost: Exact };

  constructor(lot: Fill) {
    this.symbol = lot.symbol;
    this.account = lot.account;
    this.id = lot.id;
    this.side = lot.kind === "buy" ? "long" : "short";
    this.executedAt = writeInstant(lot.at);
    const { gross, fee } = partOf(lot, lot.used, lot.size);
    this.#amounts = {
      quantity: exact({ units: minus(lot.size, lot.used), scale: lot.scale }),
      original: exact({ units: lot.size, scale: lot.scale }),
      cost: add(gross, fee, this.side === "long" ? 1 : -1),
    };
  }

  /** Units that are left, in the base asset. */
  get quantity(): Decimal {
    return decimalOf(this.#amounts.quantity);
  }
  /** Units that the trade added; after a split or a transfer, what was left then. */
  get original(): Decimal {
    return decimalOf(this.#amounts.original);
  }
  /** Money paid for what is left, its share of the fee included, in quote currency; for a short, the money that it brought in, less the fee. */
  get cost(): Decimal {
    return decimalOf(this.#amounts.cost);
  }

  /** The canonical text of an amount, without making a `Decimal`. */
  text(field: "quantity" | "original" | "cost"): string {
    return writeExact(this.#amounts[field]);
  }

  /** The amounts as integers `units / 10^scale`. */
  amounts(): { readonly quantity: Exact; readonly original: Exact; readonly cost: Exact } {
    return { ...this.#amounts };
  }

  toJSON(): OpenLotJson {
    const { symbol, account, id, side, executedAt } = this;
    return {
      symbol,
      account,
      id,
      side,
      quantity: this.text("quantity"),
      original: this.text("original"),
      cost: this.text("cost"),
      executedAt,
    };
  }
}
