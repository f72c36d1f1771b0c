import type { Decimal } from "decimal.js";
import { accountOf, EXACT_SHARING, instantOf, moneyOf, name, NONE, quantityOf, refusal, sequenceOf, type Fill } from "./fill.ts";
import type { EpochMicros } from "./instant.ts";
import { minus, sumOf, scaledTo, zeroLike, type ScaledUnits } from "./units.ts";

/** A split or reverse split: every open lot of the symbol holds `ratio` times as many units; cost and dates stay. */
export interface SplitInput {
  readonly type: "split";
  /** Unique among all trades and events. */
  readonly id: string;
  /** The market. */
  readonly symbol: string;
  /** New units for old ones, two integers above 0: `"2:1"`, `"3:2"`, `"1:10"`. */
  readonly ratio: string;
  /** When it took effect; ISO text with an offset, or a `Date`. */
  readonly executedAt: string | Date;
  /** Order among entries of one instant; default none. */
  readonly sequence?: number | null;
}

/** A move between two accounts: the lots move with their dates and their cost. Only `scope: "account"` keeps accounts apart; else only the fee counts. */
export interface TransferInput {
  readonly type: "transfer";
  /** Unique among all trades and events. */
  readonly id: string;
  /** The market. */
  readonly symbol: string;
  /** The account that the lots leave. */
  readonly from: string;
  /** The account that they arrive in. */
  readonly to: string;
  /** Units that arrive, above 0. */
  readonly quantity: string | Decimal;
  /** Units that the network or the exchange kept, on top of `quantity`; above 0 when given. Its cost becomes a row of kind `"fee"`. */
  readonly fee?: string | Decimal | null;
  /** When it took effect; ISO text with an offset, or a `Date`. */
  readonly executedAt: string | Date;
  /** Order among entries of one instant; default none. */
  readonly sequence?: number | null;
}

/** A checked split. */
export interface Split {
  readonly kind: "split";
  readonly id: string;
  readonly symbol: string;
  readonly at: EpochMicros;
  readonly sequence: number;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** A checked transfer: `out` is all that leaves, `fee` the part of it that does not arrive. */
export interface Transfer {
  readonly kind: "transfer";
  readonly id: string;
  readonly symbol: string;
  readonly at: EpochMicros;
  readonly sequence: number;
  readonly from: string;
  readonly to: string;
  readonly out: Fill;
  readonly fee: ScaledUnits | null;
}

const RATIO = /^([1-9]\d{0,17}):([1-9]\d{0,17})$/;

/** What every event has. */
function headOf(input: SplitInput | TransferInput): Pick<Split, "id" | "symbol" | "at" | "sequence"> {
  const id = name(input.id, "id", "invalid-id", "?");
  const symbol = name(input.symbol, "symbol", "invalid-symbol", id);
  return { id, symbol, at: instantOf(input.executedAt, id), sequence: sequenceOf(input.sequence, id) };
}

export function parseSplit(input: SplitInput): Split {
  const head = headOf(input);
  const [, numerator, denominator] = RATIO.exec(typeof input.ratio === "string" ? input.ratio : "") ?? [];
  if (numerator === undefined || denominator === undefined)
    throw refusal("invalid-ratio", head.id, "ratio", input.ratio, 'give new units for old ones as two integers, such as "2:1"');
  return { kind: "split", ...head, numerator: BigInt(numerator), denominator: BigInt(denominator) };
}

export function parseTransfer(input: TransferInput): Transfer {
  const head = headOf(input);
  const { id } = head;
  const from = accountOf(input.from, id, "from");
  const to = accountOf(input.to, id, "to");
  if (from === to) throw refusal("invalid-account", id, "to", to, "give two accounts", "from and to itself");
  const moved = quantityOf(input.quantity, id, "quantity");
  const fee = (input.fee ?? null) === null ? null : quantityOf(input.fee, id, "fee");
  const size = fee === null ? moved : sumOf(moved, fee);
  const out: Fill = {
    ...moneyOf(NONE, null, NONE),
    sharing: EXACT_SHARING,
    size: size.units,
    scale: size.scale,
    used: zeroLike(size.units),
    parts: 0,
    kind: "transfer",
    account: from,
    ...head,
  };
  return { kind: "transfer", ...head, from, to, out, fee };
}

/** How much of what leaves arrives, in the units of `out`. */
export function arriving(transfer: Transfer): Fill["size"] {
  const { out, fee } = transfer;
  if (fee === null) return out.size;
  const units = scaledTo(fee, out.scale);
  return minus(out.size, typeof out.size === "bigint" ? BigInt(units) : units);
}
