import { writeUnits } from "./attos.ts";
import { invalidSnapshot } from "./errors.ts";
import type { Entry } from "./entry.ts";
import type { Sharing } from "./exact.ts";
import { moneyOf, type Fill } from "./fill.ts";
import { readInstant, writeInstant, type EpochMicros } from "./instant.ts";
import { named } from "./named.ts";
import type { Rules } from "./options.ts";
import { compareText, type OrderKey } from "./order.ts";
import { sha256 } from "./sha256.ts";
import { COUNTS, SUMS, Tally } from "./totals.ts";
import { exactOf, readUnits, scaledTo, type ScaledUnits } from "./units.ts";
import { writeExact } from "./write-exact.ts";

/** An allocator's whole state as plain JSON: rules, sums so far and open lots. Its size grows with the open lots, not with the history. */
export interface AllocatorSnapshot {
  readonly format: "td-fifo-snapshot/1";
  /** The rules it was made by: resuming with others is refused. */
  readonly rules: Rules;
  /** The symbols, by name. */
  readonly symbols: readonly SymbolSnapshot[];
  /** SHA-256 over all of the above; a snapshot that was changed is refused. */
  readonly digest: string;
}

/** One symbol of a snapshot. */
export interface SymbolSnapshot {
  /** The market. */
  readonly symbol: string;
  /** The place of the last trade in the total order: what comes next must be after it. */
  readonly last: { readonly executedAt: string; readonly sequence: number | null; readonly kind: Entry["kind"]; readonly id: string };
  /** Trades and rows so far, by kind. */
  readonly counts: { readonly [K in "buys" | "sells" | "matched" | "unmatched" | "dust" | "fee"]: number };
  /** Sums so far, canonical text. */
  readonly sums: { readonly realizedPnl: string; readonly unmatchedQuantity: string; readonly unmatchedProceeds: string };
  /** By account, lots before shorts, oldest first. */
  readonly lots: readonly LotSnapshot[];
}

/** One open lot of a snapshot; decimals as canonical text. `gross` is null when the total is exactly price x size. */
export interface LotSnapshot {
  /** The id of the buy; of the sell for a short. */
  readonly id: string;
  /** Whether units are held or owed. */
  readonly side: "long" | "short";
  /** The account; the empty text for none. */
  readonly account: string;
  /** Canonical UTC instant. */
  readonly executedAt: string;
  /** Order among entries of one instant; null for none. */
  readonly sequence: number | null;
  /** Allocations that a short has had so far; 0 for a lot. */
  readonly parts: number;
  /** Units of the whole trade, base asset. */
  readonly size: string;
  /** Units that are no longer open. */
  readonly used: string;
  /** Price per unit, quote currency. */
  readonly price: string;
  /** Total, quote currency; null when it is price x size. */
  readonly gross: string | null;
  /** Fee of the whole trade, quote currency; null for none. */
  readonly fee: string | null;
}

/** Where a symbol's stream stands: enough of the last fill to compare the next one with. */
export type StreamPlace = OrderKey;

/** Closes a snapshot with its digest. */
export function sealSnapshot(rules: Rules, symbols: readonly SymbolSnapshot[]): AllocatorSnapshot {
  const body = { format: "td-fifo-snapshot/1", rules, symbols } as const;
  return { ...body, digest: sha256(canonicalJson(body)) };
}

/** JSON with sorted keys: the same wherever it was stored in between. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareText(a, b)))
      : part,
  );
}

/** Checks a snapshot's format and digest; throws `invalid-snapshot`. */
export function openSnapshot(snapshot: AllocatorSnapshot): AllocatorSnapshot {
  if (typeof snapshot !== "object" || snapshot === null || snapshot.format !== "td-fifo-snapshot/1")
    throw invalidSnapshot("This is no td-fifo-snapshot/1");
  const { format, rules, symbols, digest } = snapshot;
  if (sha256(canonicalJson({ format, rules, symbols })) !== digest)
    throw invalidSnapshot("The snapshot was changed or cut: its digest differs", { digest });
  return snapshot;
}

export function lotSnapshot(lot: Fill): LotSnapshot {
  return {
    id: lot.id,
    side: lot.kind === "buy" ? "long" : "short",
    account: lot.account,
    executedAt: writeInstant(lot.at),
    sequence: sequenceText(lot.sequence),
    parts: lot.kind === "buy" ? 0 : lot.parts,
    size: writeUnits(lot.size, lot.scale),
    used: writeUnits(lot.used, lot.scale),
    price: writeUnits(lot.price, lot.places),
    gross: lot.gross === null ? null : writeUnits(lot.gross, lot.places),
    fee: lot.fee ? writeUnits(lot.fee, lot.places) : null,
  };
}

export function lotOf(symbol: string, lot: LotSnapshot, sharing: Sharing): Fill {
  const amount = (text: string | null): ScaledUnits => {
    const units = readUnits(text ?? "0");
    if (typeof units !== "string") return units;
    throw invalidSnapshot(`The snapshot holds the amount ${text} (${units})`, { tradeId: lot.id });
  };
  const [size, used] = [amount(lot.size), amount(lot.used)];
  const scale = Math.max(size.scale, used.scale);
  return {
    ...moneyOf(amount(lot.price), lot.gross === null ? null : amount(lot.gross), amount(lot.fee)),
    sharing,
    size: scaledTo(size, scale),
    scale,
    used: scaledTo(used, scale), // the book that takes it in makes both of one kind
    parts: lot.parts,
    kind: lot.side === "long" ? "buy" : "sell",
    account: lot.account,
    id: lot.id,
    symbol,
    at: microsOf(lot.executedAt),
    sequence: lot.sequence ?? -1,
  };
}

export function placeSnapshot(place: StreamPlace): SymbolSnapshot["last"] {
  return { executedAt: writeInstant(place.at), sequence: sequenceText(place.sequence), kind: place.kind, id: place.id };
}

export function placeOf(last: SymbolSnapshot["last"]): StreamPlace {
  return { at: microsOf(last.executedAt), sequence: last.sequence ?? -1, kind: last.kind, id: last.id };
}

export function tallySnapshot(tally: Tally): Pick<SymbolSnapshot, "counts" | "sums"> {
  return { counts: named(COUNTS, (count) => tally[count]), sums: named(SUMS, (sum) => writeExact(tally[sum])) };
}

export function tallyOf({ counts, sums }: Pick<SymbolSnapshot, "counts" | "sums">): Tally {
  return Object.assign(
    new Tally(),
    counts,
    named(SUMS, (sum) => exactOf(sums[sum])),
  );
}

function microsOf(text: string): EpochMicros {
  const at = readInstant(text);
  if (typeof at === "number") return at;
  throw invalidSnapshot(`The snapshot holds the time ${text} (${at})`);
}

function sequenceText(sequence: number): number | null {
  return sequence < 0 ? null : sequence;
}
