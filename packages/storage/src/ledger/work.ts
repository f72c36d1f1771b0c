// What a run has to compute: the symbols whose fills or rules are not those of their current version, and from where it can go on.
import type { Rules } from "@td/fifo";
import { StorageError } from "../errors.ts";
import { compareText } from "./compare-text.ts";
import type { Added } from "./fills-in-order.ts";
import { fingerprint } from "./fingerprint.ts";
import { first } from "./ledger-access.ts";
import type { LedgerReader } from "./ledger-access.ts";
import { query } from "./query.ts";
import { intOf, optionalText, textOf } from "./stored.ts";

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
  /** The current version, when all fills that it does not cover were added after its last one: then only they have to be read. */
  readonly extend: Extension | undefined;
}

/** How a symbol's current version can be gone on with. */
export interface Extension {
  /** The current version. */
  readonly version: number;
  /** The fills that it does not cover. */
  readonly added: Added & { readonly fills: number };
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
const ADDED = query(
  `select count(*), min(executed_at) from fills where user_id = ?1 and symbol = ?2 and ingest_seq > ?3 and ingest_seq <= ?4`,
  ["text", "text", "int", "int"],
  ["int", "instant"],
);
const CURRENT = query(`select symbol, fingerprint from fifo_current_version where user_id = ?1`, ["text"], ["text", "text"]);
const COVERED = query(
  `select v.allocation_version, v.fills, v.through_seq, v.fingerprint, v.last_fill
  from fifo_current_version c cross join fifo_symbol_versions v
  where c.user_id = ?1 and c.symbol = ?2 and c.state is not null
    and v.user_id = c.user_id and v.symbol = c.symbol and v.allocation_version = c.allocation_version`,
  ["text", "text"],
  ["int", "int", "int", "text", "instant"],
);

/** Which symbols to look at, and whether to compute those that have not changed. */
export interface WorkRequest {
  /** Only these; default all. */
  readonly symbols: readonly string[] | undefined;
  /** Also unchanged ones, and all from their first fill. */
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
  const work: SymbolWork[] = [];
  for (const symbol of [...wanted].toSorted(compareText)) {
    const state = states.get(symbol) ?? { fills: 0, throughSeq: 0 };
    const print = fingerprint(symbol, state.fills, state.throughSeq, rules);
    if (current.get(symbol) === print && !request.force) continue;
    const extend = current.has(symbol) && !request.force ? await extensionOf(db, userId, rules, { symbol, ...state }) : undefined;
    work.push({ symbol, ...state, fingerprint: print, extend });
  }
  return work;
}

type State = Pick<SymbolWork, "symbol" | "fills" | "throughSeq">;

/** Whether every fill that the current version covers is as it was, under the same rules, and every other one is not earlier than its last. */
async function extensionOf(db: LedgerReader, userId: string, rules: Rules, now: State): Promise<Extension | undefined> {
  const [version, fills, seq, print, lastFill] = (await first(db, COVERED, [userId, now.symbol])) ?? [];
  const before = { symbol: now.symbol, fills: intOf(fills), throughSeq: intOf(seq) };
  const from = optionalText(lastFill);
  if (version === undefined || from === null || print !== fingerprint(now.symbol, before.fills, before.throughSeq, rules)) return undefined;
  if (!(await sameFills(db, userId, before))) return undefined;
  const [added, earliest] = (await first(db, ADDED, [userId, now.symbol, before.throughSeq, now.throughSeq])) ?? [];
  if (intOf(added) === 0 || intOf(added) !== now.fills - before.fills || textOf(earliest) < from) return undefined;
  return { version: intOf(version), added: { afterSeq: before.throughSeq, from, fills: intOf(added) } };
}

async function sameFills(db: LedgerReader, userId: string, { symbol, fills, throughSeq }: State): Promise<boolean> {
  const [count, seq] = (await first(db, FILLS_THROUGH, [userId, symbol, throughSeq])) ?? [];
  return count === fills && (seq ?? 0) === throughSeq;
}

/** Throws `fills-changed` when the fills that a version was computed from were changed or deleted meanwhile. New ones do not matter. */
export async function requireSameFills(db: LedgerReader, userId: string, work: SymbolWork): Promise<void> {
  if (await sameFills(db, userId, work)) return;
  throw new StorageError(
    "fills-changed",
    `Fills of ${work.symbol} were changed or deleted while they were being computed; nothing was switched. Compute again.`,
    {
      facts: { symbol: work.symbol },
      retryable: true,
    },
  );
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
