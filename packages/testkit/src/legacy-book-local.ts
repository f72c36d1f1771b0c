// The local table's two files: rows nearly in time order, the same in JSON Lines and CSV, with dirty lines in the former on request.
import { unpaddedText } from "./legacy-book-decimal.ts";
import { DIRTY_KINDS } from "./legacy-book-dirty.ts";
import type { DirtyKind, DirtyOutcome } from "./legacy-book-dirty.ts";
import { seededRandom } from "./legacy-book-random.ts";
import { CSV_COLUMNS, recordCsv, recordJson } from "./legacy-book-rows.ts";
import type { TradeRecord } from "./legacy-book-rows.ts";
import type { LineWriter } from "./legacy-book-writer.ts";

/** A dirty line of `trade_records.jsonl` and what an importer must make of it. */
export interface DirtyLine {
  /** Line number, from 1. */
  readonly line: number;
  readonly kind: string;
  readonly outcome: DirtyOutcome;
  /** Set on refused lines: why, in the book's words. */
  readonly reason?: string;
  /** Set on all others: the order that the line is about. */
  readonly orderId?: string;
  /** Set on respelt rows: their canonical numbers. */
  readonly normalised?: Readonly<Record<"size" | "price" | "total_fees_usd", string>>;
}

/** Takes good rows, writes both files. */
export interface LocalTable {
  add(record: TradeRecord): void;
  /** Writes the cut-off last line of a dirty book and returns all dirty lines. */
  end(): readonly DirtyLine[];
}

/** How many good rows back a repeated line may reach. */
const MEMORY = 40;

/** The local table; `rows` is the number of good rows to come, over which the dirty lines are spread. */
export function localTable(jsonl: LineWriter, csv: LineWriter, options: { seed: number; rows: number; dirty: boolean }): LocalTable {
  const kinds = options.dirty ? DIRTY_KINDS : [];
  const random = seededRandom(String(options.seed), "dirty");
  const freshId = () => `${random.hex()}-0000-4000-b000-${random.hex()}0000`;
  const step = options.rows / (kinds.length + 4);
  const recent: TradeRecord[] = [],
    dirty: DirtyLine[] = [];
  let good = 0,
    next = 0;

  const isDue = (kind: DirtyKind, record: TradeRecord) =>
    recent.length === MEMORY && good >= step * (next + 1) && (kind.respells === undefined || kind.respells(record));
  const writeGood = (record: TradeRecord, remember: boolean) => {
    jsonl.line(recordJson(record));
    if (remember) recent.push(record);
    if (recent.length > MEMORY) recent.shift();
  };
  const writeDirty = (kind: DirtyKind, record: TradeRecord) => {
    next++;
    const earlier = recent[random.int(20)] ?? record;
    const made = kind.write({ record, freshId: freshId(), earlier });
    if (typeof made === "string") jsonl.line(made);
    else jsonl.bytes(made);
    dirty.push(describe(kind, jsonl.lines(), record, earlier));
  };

  csv.line(CSV_COLUMNS.join(","));
  return {
    add(record) {
      csv.line(recordCsv(record));
      good++;
      const kind = kinds[next];
      const due = kind !== undefined && isDue(kind, record);
      if (!due || kind.respells === undefined) writeGood(record, kind !== undefined);
      if (due) writeDirty(kind, record);
    },
    end() {
      const left = kinds[next];
      if (left !== undefined) throw new Error(`no row of the book can be spelt as "${left.kind}"; take another seed or a larger scale`);
      const oldest = recent[0];
      if (!options.dirty || oldest === undefined) return dirty;
      jsonl.line(recordJson(oldest, { order_id: freshId() }).slice(0, 97), "");
      return [...dirty, { line: jsonl.lines(), kind: "truncated-last-line", outcome: "reject", reason: "malformed-json" }];
    },
  };
}

function describe({ kind, outcome, reason, respells }: DirtyKind, line: number, record: TradeRecord, earlier: TradeRecord): DirtyLine {
  if (outcome === "reject") return { line, kind, outcome, reason };
  if (respells === undefined) return { line, kind, outcome, orderId: earlier.order_id };
  const { size, price, total_fees_usd } = record;
  const normalised = { size: unpaddedText(size), price: unpaddedText(price), total_fees_usd: unpaddedText(total_fees_usd) };
  return { line, kind, outcome, orderId: record.order_id, normalised };
}
