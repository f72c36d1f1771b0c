import { Decimal } from "decimal.js";
import { feePart, grossPart } from "./amounts.ts";
import { writeDecimal } from "./decimal-text.ts";
import { add, subtract, ZERO, type Exact } from "./exact.ts";
import { moneyOf, type Fill } from "./fill.ts";
import { writeInstant } from "./instant.ts";
import { compareEntries } from "./order.ts";
import { plus, type Units } from "./units.ts";

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
 * allocations cost no million Decimals; reading one twice computes it twice.
 */
export class Allocation {
  readonly kind: AllocationKind;
  /** 0 for the first part of a sell, then 1, 2, ... */
  readonly part: number;
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

  get symbol(): string {
    return this.#sell.symbol;
  }
  /** The account of the sell. */
  get account(): string {
    return this.#sell.account;
  }
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
    if (this.kind === "dust") return this.#buy === null ? "sell remainder at or below the dust threshold" : "lot remainder at or below the dust threshold";
    return this.part === 0 ? "no open lot when it was sold" : "more was sold than the open lots held";
  }
  /** Units of the base asset. */
  get quantity(): Decimal {
    return decimal(this.#exact("quantity"));
  }
  /** Money paid for this part, buy fee share included, in quote currency; null when no lot covers it. */
  get costBasis(): Decimal | null {
    return optional(this.#exact("costBasis"));
  }
  /** Money received for this part before the sell fee, in quote currency. */
  get proceeds(): Decimal {
    return decimal(this.#exact("proceeds"));
  }
  /** Proceeds less the sell fee share; may be negative. */
  get netProceeds(): Decimal {
    return decimal(this.#exact("netProceeds"));
  }
  /** Net proceeds less cost basis; null unless matched. */
  get pnl(): Decimal | null {
    return optional(this.#exact("pnl"));
  }
  /** This part's share of the buy's fee in quote currency; null when no lot covers it. */
  get buyFee(): Decimal | null {
    return optional(this.#exact("buyFee"));
  }
  /** This part's share of the sell's fee in quote currency. */
  get sellFee(): Decimal {
    return decimal(this.#exact("sellFee"));
  }
  /** The buy's price per unit as it was given; null when no lot covers this part. */
  get buyPrice(): Decimal | null {
    return optional(this.#exact("buyPrice"));
  }
  /** The sell's price per unit as it was given. */
  get sellPrice(): Decimal {
    return decimal(this.#exact("sellPrice"));
  }

  /** The canonical text of an amount, without making a `Decimal`; null where the amount is null. */
  text(field: SureField): string;
  text(field: AllocationField): string | null;
  text(field: AllocationField): string | null {
    return textOf(this.#exact(field));
  }

  /** Every amount at once as integers `units / 10^scale`, the cheapest way to sum or to store them all. */
  amounts(): AllocationAmounts {
    const proceeds = this.#exact("proceeds");
    const sellFee = this.#exact("sellFee");
    const netProceeds = subtract(proceeds, sellFee);
    const buyFee = this.#exact("buyFee");
    const costBasis = this.#buy === null ? null : add(this.#gross(this.#buy, this.#buyBefore), buyFee ?? ZERO);
    return {
      quantity: this.#exact("quantity"),
      costBasis,
      proceeds,
      netProceeds,
      pnl: this.kind === "matched" && costBasis !== null ? subtract(netProceeds, costBasis) : null,
      buyFee,
      sellFee,
      buyPrice: this.#exact("buyPrice"),
      sellPrice: this.#exact("sellPrice"),
    };
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
      quantity: textOf(amounts.quantity),
      costBasis: textOf(amounts.costBasis),
      proceeds: textOf(amounts.proceeds),
      netProceeds: textOf(amounts.netProceeds),
      pnl: textOf(amounts.pnl),
      buyFee: textOf(amounts.buyFee),
      sellFee: textOf(amounts.sellFee),
      buyPrice: textOf(amounts.buyPrice),
      sellPrice: textOf(amounts.sellPrice),
      sellTime,
      buyTime,
    };
  }

  /** The exact value of an amount; null where there is none. */
  #exact(field: SureField): Exact;
  #exact(field: AllocationField): Exact | null;
  #exact(field: AllocationField): Exact | null {
    switch (field) {
      case "quantity":
        return { units: BigInt(this.#units), scale: this.#sell.scale };
      case "costBasis":
        return this.#buy === null ? null : add(this.#gross(this.#buy, this.#buyBefore), this.#fee(this.#buy, this.#buyBefore));
      case "proceeds":
        return this.#isLotDust() ? ZERO : this.#gross(this.#sell, this.#sellBefore);
      case "netProceeds":
        return this.#isLotDust() ? ZERO : subtract(this.#gross(this.#sell, this.#sellBefore), this.#fee(this.#sell, this.#sellBefore));
      case "pnl":
        return this.kind !== "matched" ? null : subtract(this.#exact("netProceeds"), this.#exact("costBasis") ?? ZERO);
      case "buyFee":
        return this.#buy === null ? null : this.#fee(this.#buy, this.#buyBefore);
      case "sellFee":
        return this.#isLotDust() ? ZERO : this.#fee(this.#sell, this.#sellBefore);
      case "buyPrice":
        return this.#buy === null ? null : moneyOf(this.#buy).price;
      case "sellPrice":
        return moneyOf(this.#sell).price;
    }
  }

  /** The remnant of a lot that was written off: it belongs to the lot alone, the sell only left it behind. */
  #isLotDust(): boolean {
    return this.kind === "dust" && this.#buy !== null;
  }

  #gross(fill: Fill, before: Units): Exact {
    return grossPart(fill, before, plus(before, this.#units));
  }

  #fee(fill: Fill, before: Units): Exact {
    return feePart(fill, before, plus(before, this.#units));
  }
}


function textOf(value: Exact): string;
function textOf(value: Exact | null): string | null;
function textOf(value: Exact | null): string | null {
  return value === null ? null : writeDecimal(value.units, value.scale);
}

function decimal(value: Exact): Decimal {
  return new Decimal(writeDecimal(value.units, value.scale));
}

function optional(value: Exact | null): Decimal | null {
  return value === null ? null : decimal(value);
}
