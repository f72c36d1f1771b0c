// What a run has to compute: the symbols whose fills or rules are not those of their current version.
import type { Rules } from "@td/fifo";
import { StorageError } from "../errors.ts";
import { compareText } from "./compare-text.ts";
import { fingerprint } from "./fingerprint.ts";
import { first } from "./ledger-access.ts";
import type { LedgerReader } from "./ledger-access.ts";
import { query } from "./query.ts";
import { intOf, textOf } from "./stored.ts";

/** One symbol to compute. */
export interface SymbolWork {
  /** The market. */
  readonly symbol: string;
  /** Its fills; 0 when all were deleted. */
  readonly fills: number;
  /** Their highest ingest sequence; fills beyond it belong to a later run. */
  readonly throughSeq: number;
  /** What its version will be computed from. */
  readonly fingerprint: string;
}

const FILLS = query(
  `select symbol, count(*), max(ingest_seq) from fills where user_id = ?1 group by symbol`,
  ["text"],
  ["text", "int", "int"],
);
const FILLS_THROUGH = query(
  `select count(*), max(ingest_seq) from fills where user_id = ?1 and symbol = ?2 and ingest_seq <= ?3`,
  ["text", "text", "int"],
  ["int", "int"],
);
const CURRENT = query(`select symbol, fingerprint from fifo_current_version where user_id = ?1`, ["text"], ["text", "text"]);

/** Which symbols to look at, and whether to compute those that have not changed. */
export interface WorkRequest {
  /** Only these; default all. */
  readonly symbols: readonly string[] | undefined;
  /** Also unchanged ones. */
  readonly force: boolean;
}

/** The symbols to compute, sorted by code units. Throws `not-found` for a symbol that has neither fills nor a version. */
export async function findWork(db: LedgerReader, userId: string, rules: Rules, request: WorkRequest): Promise<readonly SymbolWork[]> {
  const current = new Map((await db.all(CURRENT, [userId])).map(([symbol, print]) => [textOf(symbol), textOf(print)]));
  const states = new Map(
    (await db.all(FILLS, [userId])).map(([symbol, fills, seq]) => [textOf(symbol), { fills: intOf(fills), throughSeq: intOf(seq) }]),
  );
  const known = new Set([...current.keys(), ...states.keys()]);
  const wanted = request.symbols === undefined ? known : new Set(request.symbols);
  for (const symbol of wanted) if (!known.has(symbol)) throw unknownSymbol(symbol);
  return [...wanted]
    .toSorted(compareText)
    .map((symbol) => workOf(symbol, states.get(symbol) ?? { fills: 0, throughSeq: 0 }, rules))
    .filter((work) => request.force || current.get(work.symbol) !== work.fingerprint);
}

/** Throws `fills-changed` when the fills that a version was computed from were changed or deleted meanwhile. New ones do not matter. */
export async function requireSameFills(db: LedgerReader, userId: string, { symbol, fills, throughSeq }: SymbolWork): Promise<void> {
  const [count, seq] = (await first(db, FILLS_THROUGH, [userId, symbol, throughSeq])) ?? [];
  if (count === fills && (seq ?? 0) === throughSeq) return;
  throw new StorageError(
    "fills-changed",
    `Fills of ${symbol} were changed or deleted while they were being computed; nothing was switched. Compute again.`,
    {
      facts: { symbol },
      retryable: true,
    },
  );
}

function workOf(symbol: string, state: { readonly fills: number; readonly throughSeq: number }, rules: Rules): SymbolWork {
  return { symbol, ...state, fingerprint: fingerprint(symbol, state.fills, state.throughSeq, rules) };
}

function unknownSymbol(symbol: string): StorageError {
  return new StorageError(
    "not-found",
    `There are no fills of ${symbol}: name a symbol as the fills have it, or leave symbols out for all.`,
    {
      facts: { symbol },
    },
  );
}
