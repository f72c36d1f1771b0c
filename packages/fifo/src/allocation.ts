import { Decimal } from "decimal.js";
import { attosPart, partOf, priceOf } from "./amounts.ts";
import { Attos, writeUnits } from "./attos.ts";
import { add, subtract, ZERO, type Exact } from "./exact.ts";
import type { Fill } from "./fill.ts";
import { writeInstant } from "./instant.ts";
import { named } from "./named.ts";
import { compareEntries } from "./order.ts";
import { exact, plus, type Units } from "./units.ts";
import { writeExact } from "./write-exact.ts";

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
    if (this.kind === "dust") return `${this.#buy === null ? "sell" : "lot"} remainder at or below the dust threshold`;
    return this.part === 0 ? "no open lot when it was sold" : "more was sold than the open lots held";
  }
  /** Units of the base asset. */
  get quantity(): Decimal {
    return new Decimal(this.text("quantity"));
  }
  /** Money paid for this part, buy fee share included, in quote currency; null when no lot covers it. */
  get costBasis(): Decimal | null {
    return optional(this.text("costBasis"));
  }
  /** Money received for this part before the sell fee, in quote currency. */
  get proceeds(): Decimal {
    return new Decimal(this.text("proceeds"));
  }
  /** Proceeds less the sell fee share; may be negative. */
  get netProceeds(): Decimal {
    return new Decimal(this.text("netProceeds"));
  }
  /** Net proceeds less cost basis; null unless matched. */
  get pnl(): Decimal | null {
    return optional(this.text("pnl"));
  }
  /** This part's share of the buy's fee in quote currency; null when no lot covers it. */
  get buyFee(): Decimal | null {
    return optional(this.text("buyFee"));
  }
  /** This part's share of the sell's fee in quote currency. */
  get sellFee(): Decimal {
    return new Decimal(this.text("sellFee"));
  }
  /** The buy's price per unit as it was given; null when no lot covers this part. */
  get buyPrice(): Decimal | null {
    return optional(this.text("buyPrice"));
  }
  /** The sell's price per unit as it was given. */
  get sellPrice(): Decimal {
    return new Decimal(this.text("sellPrice"));
  }

  /** The canonical text of an amount, without making a `Decimal`; null where the amount is null. */
  text(field: SureField): string;
  text(field: AllocationField): string | null;
  text(field: AllocationField): string | null {
    if (field === "quantity") return writeUnits(this.#units, this.#sell.scale);
    if (field === "sellPrice") return writeUnits(this.#sell.price, this.#sell.places);
    if (field === "buyPrice") return this.#buy && writeUnits(this.#buy.price, this.#buy.places);
    return this.#quickText(field) ?? textOf(this.#exact()[field]);
  }

  /** Every amount at once as integers `units / 10^scale`. */
  amounts(): AllocationAmounts {
    return { ...this.#exact() };
  }

  #exact(): AllocationAmounts {
    if (lastExact?.row === this) return lastExact.amounts;
    const isOfLotAlone = this.#buy !== null && (this.kind === "dust" || this.kind === "fee"); // the sell only left it behind
    const sell = isOfLotAlone ? NOTHING : partOf(this.#sell, this.#sellBefore, plus(this.#sellBefore, this.#units));
    const buy = this.#buy && partOf(this.#buy, this.#buyBefore, plus(this.#buyBefore, this.#units));
    const netProceeds = subtract(sell.gross, sell.fee);
    const costBasis = buy && add(buy.gross, buy.fee);
    const amounts = {
      quantity: exact({ units: this.#units, scale: this.#sell.scale }),
      costBasis,
      proceeds: sell.gross,
      netProceeds,
      pnl: costBasis && this.kind === "matched" ? subtract(netProceeds, costBasis) : null,
      buyFee: buy && buy.fee,
      sellFee: sell.fee,
      buyPrice: this.#buy && exact(priceOf(this.#buy)),
      sellPrice: exact(priceOf(this.#sell)),
    };
    lastExact = { row: this, amounts };
    return amounts;
  }

  /** Of a matched row whose amounts fit into attos, which nearly all do. */
  #quickText(field: Exclude<keyof typeof read, "row">): string | undefined {
    if (this.#buy === null || this.kind !== "matched" || typeof this.#units === "bigint") return undefined;
    if (read.row !== this) {
      read.row = this;
      const { proceeds, sellFee, netProceeds, gross, buyFee, costBasis, pnl } = read;
      attosPart(proceeds, sellFee, this.#sell, this.#sellBefore, plus(this.#sellBefore, this.#units));
      attosPart(gross, buyFee, this.#buy, this.#buyBefore, plus(this.#buyBefore, this.#units));
      netProceeds.set(proceeds, -1, sellFee);
      costBasis.set(gross, 1, buyFee);
      pnl.set(netProceeds, -1, costBasis);
    }
    return read[field].text();
  }

  toJSON(): AllocationJson {
    const { kind, symbol, account, sellId, buyId, part, short, reason, sellTime, buyTime } = this;
    return {
      kind,
      symbol,
      account,
      sellId,
      buyId,
      part,
      short,
      reason,
      ...(named(AMOUNTS, (field) => this.text(field)) as Pick<AllocationJson, AllocationField>),
      sellTime,
      buyTime,
    };
  }
}

// The row read last, so that reading its fields one after the other computes them once. A memo: it changes how long a read takes, never what it gives.
let lastExact: { readonly row: Allocation; readonly amounts: AllocationAmounts } | undefined;
const read = {
  row: undefined as Allocation | undefined,
  proceeds: new Attos(),
  sellFee: new Attos(),
  netProceeds: new Attos(),
  gross: new Attos(),
  buyFee: new Attos(),
  costBasis: new Attos(),
  pnl: new Attos(),
};

const AMOUNTS = ["quantity", "costBasis", "proceeds", "netProceeds", "pnl", "buyFee", "sellFee", "buyPrice", "sellPrice"] as const;

const NOTHING = { gross: ZERO, fee: ZERO };

function textOf(value: Exact | null): string | null {
  return value === null ? null : writeExact(value);
}

function optional(text: string | null): Decimal | null {
  return text === null ? null : new Decimal(text);
}
