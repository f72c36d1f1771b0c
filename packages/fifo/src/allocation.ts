import type { Decimal } from "decimal.js";
import { partOf, priceOf, type Part } from "./amounts.ts";
import { subtract, type Exact } from "./exact.ts";
import type { Fill } from "./fill.ts";
import { writeInstant } from "./instant.ts";
import { compareEntries } from "./order.ts";
import { plus, type Units } from "./units.ts";
import { decimalOf, writeExact } from "./write-exact.ts";

/**
 * `matched`: a sell took from a lot, or a buy closed a short. `unmatched`: no lot covers it. `dust`: a remainder at or below the threshold.
 * `fee`: what a transfer's fee took from a lot; its `sellId` is the transfer's id and its cost is in no profit.
 */
export type AllocationKind = "matched" | "unmatched" | "dust" | "fee";

/** The amounts of an allocation, all exact. */
export type AllocationField =
  | "quantity"
  | "costBasis"
  | "proceeds"
  | "netProceeds"
  | "pnl"
  | "buyFee"
  | "sellFee"
  | "buyPrice"
  | "sellPrice";

/** The amounts that every allocation has. */
export type SureField = "quantity" | "proceeds" | "netProceeds" | "sellFee" | "sellPrice";

/** Every amount of an allocation as an integer with its scale; the value is `units / 10^scale`. */
export type AllocationAmounts = { readonly [K in AllocationField]: K extends SureField ? Exact : Exact | null };

/** An allocation as JSON: canonical decimal text, canonical UTC instants. */
export interface AllocationJson {
  readonly kind: AllocationKind;
  readonly symbol: string;
  readonly account: string;
  readonly sellId: string;
  readonly buyId: string | null;
  readonly part: number;
  /** Whether the sell opened a short that the buy closed; otherwise the buy came first. */
  readonly short: boolean;
  readonly reason: string | null;
  readonly quantity: string;
  readonly costBasis: string | null;
  readonly proceeds: string;
  readonly netProceeds: string;
  readonly pnl: string | null;
  readonly buyFee: string | null;
  readonly sellFee: string;
  readonly buyPrice: string | null;
  readonly sellPrice: string;
  readonly sellTime: string;
  readonly buyTime: string | null;
}

/**
 * One part of one sell: what it took from one lot, or what no lot covers. Amounts are computed when they are read, so that a million
 * allocations cost no million Decimals.
 */
export class Allocation {
  /** Matched, unmatched, dust or a fee. */
  declare readonly kind: AllocationKind;
  /** 0 for the first part of a sell, then 1, 2, ... */
  declare readonly part: number;
  readonly #sell: Fill;
  readonly #buy: Fill | null;
  readonly #units: Units;
  readonly #sellBefore: Units;
  readonly #buyBefore: Units;

  constructor(kind: AllocationKind, sell: Fill, buy: Fill | null, units: Units) {
    this.kind = kind;
    this.part = sell.parts++;
    this.#sell = sell;
    this.#buy = buy;
    this.#units = units;
    this.#sellBefore = sell.used;
    this.#buyBefore = buy === null ? 0 : buy.used;
  }

  /** The market. */
  get symbol(): string {
    return this.#sell.symbol;
  }
  /** The account of the sell. */
  get account(): string {
    return this.#sell.account;
  }
  /** The id of the sell. */
  get sellId(): string {
    return this.#sell.id;
  }
  /** Null when no lot covers this part. */
  get buyId(): string | null {
    return this.#buy === null ? null : this.#buy.id;
  }
  /** Canonical UTC instant of the sell. */
  get sellTime(): string {
    return writeInstant(this.#sell.at);
  }
  /** Canonical UTC instant of the buy; null when no lot covers this part. */
  get buyTime(): string | null {
    return this.#buy === null ? null : writeInstant(this.#buy.at);
  }
  /** Whether the sell opened a short that the buy closed; otherwise the buy came first. */
  get short(): boolean {
    return this.#buy !== null && compareEntries(this.#sell, this.#buy) < 0;
  }
  /** Why a part is not matched; null when it is. */
  get reason(): string | null {
    if (this.kind === "matched") return null;
    if (this.kind === "fee") return "fee of a transfer, in the asset";
    if (this.#sell.kind === "transfer") return "more was moved than the open lots held";
    if (this.kind === "dust")
      return this.#buy === null ? "sell remainder at or below the dust threshold" : "lot remainder at or below the dust threshold";
    return this.part === 0 ? "no open lot when it was sold" : "more was sold than the open lots held";
  }
  /** Units of the base asset. */
  get quantity(): Decimal {
    return decimalOf(this.amounts().quantity);
  }
  /** Money paid for this part, buy fee share included, in quote currency; null when no lot covers it. */
  get costBasis(): Decimal | null {
    return optional(this.amounts().costBasis);
  }
  /** Money received for this part before the sell fee, in quote currency. */
  get proceeds(): Decimal {
    return decimalOf(this.amounts().proceeds);
  }
  /** Proceeds less the sell fee share; may be negative. */
  get netProceeds(): Decimal {
    return decimalOf(this.amounts().netProceeds);
  }
  /** Net proceeds less cost basis; null unless matched. */
  get pnl(): Decimal | null {
    return optional(this.amounts().pnl);
  }
  /** This part's share of the buy's fee in quote currency; null when no lot covers it. */
  get buyFee(): Decimal | null {
    return optional(this.amounts().buyFee);
  }
  /** This part's share of the sell's fee in quote currency. */
  get sellFee(): Decimal {
    return decimalOf(this.amounts().sellFee);
  }
  /** The buy's price per unit as it was given; null when no lot covers this part. */
  get buyPrice(): Decimal | null {
    return optional(this.amounts().buyPrice);
  }
  /** The sell's price per unit as it was given. */
  get sellPrice(): Decimal {
    return decimalOf(this.amounts().sellPrice);
  }

  /** The canonical text of an amount, without making a `Decimal`; null where the amount is null. */
  text(field: SureField): string;
  text(field: AllocationField): string | null;
  text(field: AllocationField): string | null {
    return textOf(this.#exact(field));
  }

  /** Every amount at once as integers `units / 10^scale`, the cheapest way to sum or to store them all. */
  amounts(): AllocationAmounts {
    const { sell, buy } = this.#parts();
    return {
      quantity: this.#size(),
      costBasis: buy && cost(buy),
      proceeds: { units: sell.gross, scale: sell.scale },
      netProceeds: net(sell),
      pnl: this.#pnl(sell, buy),
      buyFee: buy && feeOf(buy),
      sellFee: feeOf(sell),
      buyPrice: this.#buy && priceOf(this.#buy),
      sellPrice: priceOf(this.#sell),
    };
  }

  #size(): Exact {
    return { units: BigInt(this.#units), scale: this.#sell.scale };
  }

  #pnl(sell: Part, buy: Part | null): Exact | null {
    return this.kind === "matched" && buy ? subtract(net(sell), cost(buy)) : null;
  }

  /** One amount; those that are read most, without making the others. */
  #exact(field: AllocationField): Exact | null {
    if (field === "quantity") return this.#size();
    const { sell, buy } = this.#parts();
    if (field === "netProceeds") return net(sell);
    if (field === "costBasis") return buy && cost(buy);
    return field === "pnl" ? this.#pnl(sell, buy) : this.amounts()[field];
  }

  #parts(): Parts {
    if (lastRead?.row === this) return lastRead;
    const buy = this.#buy && partOf(this.#buy, this.#buyBefore, plus(this.#buyBefore, this.#units));
    lastRead = { row: this, sell: this.#sellPart(), buy };
    return lastRead;
  }

  toJSON(): AllocationJson {
    const { kind, symbol, account, sellId, buyId, part, short, reason, sellTime, buyTime } = this;
    const amounts = this.amounts();
    return {
      kind,
      symbol,
      account,
      sellId,
      buyId,
      part,
      short,
      reason,
      quantity: writeExact(amounts.quantity),
      costBasis: textOf(amounts.costBasis),
      proceeds: writeExact(amounts.proceeds),
      netProceeds: writeExact(amounts.netProceeds),
      pnl: textOf(amounts.pnl),
      buyFee: textOf(amounts.buyFee),
      sellFee: writeExact(amounts.sellFee),
      buyPrice: textOf(amounts.buyPrice),
      sellPrice: writeExact(amounts.sellPrice),
      sellTime,
      buyTime,
    };
  }

  /** The remnant of a lot that was written off belongs to the lot alone: the sell only left it behind. */
  #sellPart(): Part {
    if (this.#buy !== null && (this.kind === "dust" || this.kind === "fee")) return NOTHING;
    return partOf(this.#sell, this.#sellBefore, plus(this.#sellBefore, this.#units));
  }
}

// The row read last, so that reading its fields one after the other computes them once. A memo: it changes how long a read takes, never what it gives.
let lastRead: Parts | undefined;

/** The sides of a row, and whose they are. */
interface Parts {
  readonly row: Allocation;
  readonly sell: Part;
  readonly buy: Part | null;
}

const feeOf = ({ fee, scale }: Part): Exact => ({ units: fee, scale });
const net = ({ gross, fee, scale }: Part): Exact => ({ units: gross - fee, scale });
const cost = ({ gross, fee, scale }: Part): Exact => ({ units: gross + fee, scale });

const NOTHING: Part = { gross: 0n, fee: 0n, scale: 0 };

function textOf(value: Exact | null): string | null {
  return value === null ? null : writeExact(value);
}

function optional(value: Exact | null): Decimal | null {
  return value === null ? null : decimalOf(value);
}
