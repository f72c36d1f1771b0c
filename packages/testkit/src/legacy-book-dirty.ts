// The bad, repeated and oddly spelt lines of a dirty `trade_records.jsonl`, and what an importer must make of each.
import { exponentText, fitsDouble, paddedText, unpaddedText } from "./legacy-book-decimal.ts";
import { recordJson } from "./legacy-book-rows.ts";
import type { TradeRecord } from "./legacy-book-rows.ts";
import { EXCHANGE, POSTGRES_JSON, stamp } from "./legacy-book-time.ts";

/**
 * What an importer must do with a dirty line: take it as the good row that it is in another spelling, refuse it, skip it as a repetition
 * of a row it already has, or keep it aside as a contradiction of such a row.
 */
export type DirtyOutcome = "accept-normalised" | "reject" | "duplicate-skipped" | "conflict";

/** What a dirty line is made from. */
export interface DirtyMaterial {
  /** The good row at hand. */
  readonly record: TradeRecord;
  /** An order id that the book does not have. */
  readonly freshId: string;
  /** A good row written a little earlier. */
  readonly earlier: TradeRecord;
}

/** One kind of dirty line. */
export interface DirtyKind {
  readonly kind: string;
  readonly outcome: DirtyOutcome;
  /** Why it is refused; the empty text when it is not. A description: an importer may use other words. */
  readonly reason: string;
  /** Set when the line replaces a good row: whether a row can be spelt this way. Without it the line is an extra one. */
  readonly respells?: (record: TradeRecord) => boolean;
  readonly write: (material: DirtyMaterial) => string | Uint8Array;
}

type Changes = Readonly<Record<string, unknown>>;

function refused(kind: string, reason: string, changes: Changes | ((record: TradeRecord) => Changes)): DirtyKind {
  const write = ({ record, freshId }: DirtyMaterial) =>
    recordJson(record, { order_id: freshId, ...(typeof changes === "function" ? changes(record) : changes) });
  return { kind, outcome: "reject", reason, write };
}

function brokenJson(kind: string, from: string | RegExp, to: string): DirtyKind {
  const write = ({ record, freshId }: DirtyMaterial) => recordJson(record, { order_id: freshId }).replace(from, to);
  return { kind, outcome: "reject", reason: "malformed-json", write };
}

function respelt(kind: string, respells: (record: TradeRecord) => boolean, write: (record: TradeRecord) => string): DirtyKind {
  return { kind, outcome: "accept-normalised", reason: "", respells, write: ({ record }) => write(record) };
}

function repeated(kind: string, outcome: "duplicate-skipped" | "conflict", changes: (earlier: TradeRecord) => Changes): DirtyKind {
  return { kind, outcome, reason: "", write: ({ earlier }) => recordJson(earlier, changes(earlier)) };
}

const hasLeastFee = (record: TradeRecord) => unpaddedText(record.total_fees_usd) === "0.00000001";
const fitsDoubles = ({ size, price, total_fees_usd }: TradeRecord) => [size, price, total_fees_usd].every(fitsDouble);
const HOUR = 3_600_000_000;

/** All kinds, in the order in which they are written; the cut-off last line comes on top. */
export const DIRTY_KINDS: readonly DirtyKind[] = [
  respelt("exponent-notation", hasLeastFee, (record) => recordJson(record, { total_fees_usd: "1e-8" })),
  respelt("exponent-json-number", hasLeastFee, (record) => recordJson(record).replace(/"total_fees_usd":"[^"]*"/, '"total_fees_usd":1e-8')),
  respelt("exponent-upper-case", hasLeastFee, (record) => recordJson(record, { total_fees_usd: "1.0E-08" })),
  respelt(
    "exponent-size",
    (record) => record.size.startsWith("0.00"),
    (record) => recordJson(record, { size: exponentText(record.size) }),
  ),
  respelt("json-numbers", fitsDoubles, (record) =>
    recordJson(record, { size: Number(record.size), price: Number(record.price), total_fees_usd: Number(record.total_fees_usd) }),
  ),
  brokenJson("malformed-json", '"symbol":"', '"symbol":'),
  brokenJson("nan-token", /"price":"[^"]*"/, '"price":NaN'),
  refused("nan", "not-a-number", { size: "NaN" }),
  refused("infinity", "not-a-number", { price: "Infinity" }),
  refused("empty-number", "not-a-number", { price: "" }),
  refused("hex-number", "not-a-number", { size: "0x10" }),
  refused("thousands-separator", "not-a-number", { size: "1,000.5" }),
  refused("negative-size", "size-not-positive", (record) => ({ size: "-" + record.size })),
  refused("zero-size", "size-not-positive", { size: "0.00000000" }),
  refused("unknown-side", "unknown-side", { side: "short" }),
  repeated("identical-duplicate", "duplicate-skipped", () => ({})),
  repeated("duplicate-other-spelling", "duplicate-skipped", (earlier) => ({
    size: paddedText(unpaddedText(earlier.size), 20),
    order_time: stamp(earlier.order_time + 2 * HOUR, { ...EXCHANGE, zone: "+02:00" }),
  })),
  repeated("same-id-other-price", "conflict", (earlier) => ({ price: "9" + earlier.price })),
  repeated("same-id-other-microsecond", "conflict", (earlier) => ({ order_time: stamp(earlier.order_time + 1, POSTGRES_JSON) })),
  refused("missing-symbol", "missing-symbol", { symbol: undefined }),
  refused("null-symbol", "missing-symbol", { symbol: null }),
  refused("400-digit-decimal", "number-too-long", { size: "7".repeat(200) + "." + "3".repeat(200) }),
  refused("time-without-zone", "time-without-zone", (record) => ({ order_time: stamp(record.order_time, { ...EXCHANGE, zone: "" }) })),
  refused("impossible-date", "not-a-time", { order_time: "2025-02-30T10:00:00.000001+00:00" }),
  { kind: "invalid-utf8", outcome: "reject", reason: "invalid-utf8", write: invalidUtf8 },
  refused("far-future", "time-in-future", { order_time: "9999-12-31T23:59:59.999999+00:00" }),
];

/** A line whose symbol starts with the bytes C3 28: the start of a two-byte character without its second byte. */
function invalidUtf8({ record, freshId }: DirtyMaterial): Uint8Array {
  const bytes = Buffer.from(recordJson(record, { order_id: freshId, symbol: "??-USD" }) + "\n");
  bytes.set([0xc3, 0x28], bytes.indexOf("??"));
  return bytes;
}
