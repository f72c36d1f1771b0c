// The FIFO ledger of one user: computed from the user's fills, versioned, exact.
import { randomUUID } from "node:crypto";
import { compare, explain } from "@td/fifo/audit";
import type { OpenLotJson, Rules } from "@td/fifo";
import type { Difference, Explanation } from "@td/fifo/audit";
import { StorageError } from "../errors.ts";
import { refusedNow } from "./refused-now.ts";
import { computeInTurn } from "./compute-in-turn.ts";
import { compareWithLegacy } from "./legacy-pnl.ts";
import type { LegacyComparison } from "./legacy-pnl.ts";
import { first } from "./ledger-access.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { Cells } from "./query.ts";
import { allOfSymbol, digestOf, lotsOfSymbol, rowsOfSell, symbolVersions } from "./read-ledger.ts";
import type { SymbolVersion } from "./read-ledger.ts";
import { healthOf, pnlOf, SELECT_HEALTH, SELECT_PNL } from "./read-views.ts";
import { columnsOf, decodeCells, intOf, textOf, typesOf } from "./stored.ts";
import { requireOutside } from "./require-outside.ts";
import { planRollback, rollBack } from "./rollback.ts";
import type { RollbackOptions, RollbackPlan, RollbackReport } from "./rollback.ts";
import { fifoAllocations, fifoComputationLog, manualReviewQueue } from "./tables.ts";
import type { AllocationRow, ComputationRow, ReviewRow } from "./tables.ts";
import type { ComputeOptions, ComputeReport, CurrentVersion, LedgerHealth, LedgerSelection, SymbolPnl } from "./types.ts";
import { validateLedger } from "./validate.ts";
import type { LedgerCheck } from "./validate.ts";

/** The ledger of one user. Readers always see whole versions: a symbol's version is switched in one transaction. */
export interface Ledger {
  /**
   * Computes every symbol whose fills or rules have changed and makes the result the next version; other symbols keep theirs. When nothing
   * has changed there is no new version. A run that fails leaves the ledger as it was and its reason in the log.
   *
   * Those who compute at once take turns: within a storage they wait for each other. A run that another process has overtaken is stopped, waits for that
   * one (`waitMs`) and computes what it left, as a run with an id of its own.
   *
   * A fill that cannot be allocated, such as one with a fee in a third currency and without `feeInQuote`, holds up its own symbol alone: it is in
   * `refused` and in the log, and keeps the version that it had.
   *
   * Throws `superseded` when the wait was too long or a rollback has stopped the run, and `fills-changed` (both retryable), `not-balanced`, `not-found` for an unknown symbol, `bad-request` inside a transaction, the
   * reason of `signal`, and when nothing but refused symbols had to be computed, a `FifoError` for a fill that cannot be allocated or `value-rejected`
   * for an amount that does not fit.
   */
  compute(options?: ComputeOptions): Promise<ComputeReport>;
  /** The current version of each symbol, sorted by symbol. */
  current(): Promise<readonly CurrentVersion[]>;
  /** The versions that became current, newest first, as the log has them. */
  versions(): Promise<readonly ComputationRow[]>;
  /** The allocations of a version, by symbol, then sell, then lot, in constant memory. Throws `not-found`. */
  allocations(selection?: LedgerSelection): AsyncIterable<AllocationRow>;
  /** The lots open at the end of a version, by symbol and account, oldest first. Throws `not-found`. */
  openLots(selection?: LedgerSelection): Promise<readonly OpenLotJson[]>;
  /** Realised profit of each symbol in its current version: what `v_pnl_by_symbol` shows. */
  pnlBySymbol(): Promise<readonly SymbolPnl[]>;
  /** The whole ledger as it stood after each version, newest first: what `v_allocation_health` shows, and the symbols that wait. */
  health(): Promise<readonly LedgerHealth[]>;
  /** What a person should look at, by order id. Default: items of every status. */
  reviewQueue(filter?: { readonly status?: ReviewRow["status"] }): Promise<readonly ReviewRow[]>;
  /** Every sell whose allocations differ between two versions: why the profit changed. Throws `not-found`. */
  compareVersions(before: number, after: number): Promise<readonly Difference[]>;
  /**
   * What an older system said about each sell, beside what the ledger says now: the rows of `historical_pnl_snapshot` against the exact profit
   * of each sell in the current versions.
   */
  compareWithLegacyPnl(): Promise<LegacyComparison>;
  /** What going back to a version would remove, and the token that `rollback` wants. 0 means no version at all. Throws `not-found`, `bad-request`. */
  planRollback(target: { readonly toVersion: number }): Promise<RollbackPlan>;
  /**
   * Takes the ledger back to an earlier version: later ones are gone, their log rows stay, marked `rolled_back`; their numbers are not used
   * again. A run that is under way is stopped. The next computation computes what has changed since. Throws `not-confirmed` when the token is not that
   * of the plan or the ledger has changed since, `not-found`, `bad-request` inside a transaction.
   */
  rollback(options: RollbackOptions): Promise<RollbackReport>;
  /** Where the numbers of a sell come from, in the current version of its symbol. Throws `not-found` when it was never computed. */
  explain(sellId: string): Promise<Explanation>;
  /** Checks the current versions against the fills by a second computation. Memory holds one symbol. */
  validate(filter?: { readonly symbol?: string }): Promise<LedgerCheck>;
  /** SHA-256 of the allocations of a version (default: the current ones); equal ledgers have equal digests anywhere. Throws `not-found`. */
  digest(version?: number): Promise<string>;
}

/** Rows per query of {@link Ledger.allocations}. */
const CHUNK = 1000;

/** The ledger over a way into the database. */
export function createLedger(access: LedgerAccess): Ledger {
  const { userId } = access;
  const select = (selection: LedgerSelection) => symbolVersions(access, userId, selection);
  return Object.freeze({
    compute: (options?: ComputeOptions) => computeInTurn(access, options),
    current: async () => (await access.all(CURRENT, [userId])).map(currentOf),
    versions: async () => (await access.all(VERSIONS, [userId])).map((row) => decodeCells(fifoComputationLog, row)),
    allocations: (selection: LedgerSelection = {}) => allocationRows(access, selection),
    openLots: async (selection: LedgerSelection = {}) => {
      const lots: OpenLotJson[] = [];
      for (const version of await select(selection)) for (const lot of await lotsOfSymbol(access, userId, version)) lots.push(lot);
      return lots;
    },
    pnlBySymbol: async () => (await access.all(SELECT_PNL, [userId])).map(pnlOf),
    health: async () => {
      const refused = await refusedNow(access, userId);
      return (await access.all(SELECT_HEALTH, [userId])).map((row, at) => healthOf(row, at === 0 ? refused : []));
    },
    reviewQueue: async ({ status }: { readonly status?: ReviewRow["status"] } = {}) => {
      const rows = await (status === undefined ? access.all(REVIEW, [userId]) : access.all(REVIEW_STATUS, [userId, status]));
      return rows.map((row) => decodeCells(manualReviewQueue, row));
    },
    compareVersions: (before: number, after: number) => differencesOf(access, before, after),
    compareWithLegacyPnl: () => compareWithLegacy(access),
    planRollback: ({ toVersion }: { readonly toVersion: number }) => planRollback(access, userId, toVersion),
    rollback: async (options: RollbackOptions) => {
      requireOutside(access, "rollback");
      return rollBack(access, options.runId ?? randomUUID(), options);
    },
    explain: (sellId: string) => explainSell(access, sellId),
    validate: ({ symbol }: { readonly symbol?: string } = {}) => validateLedger(access, symbol),
    digest: async (version?: number) => digestOf(access, await select(version === undefined ? {} : { version })),
  });
}

const CURRENT = query(
  `select symbol, allocation_version, through_seq, fingerprint, switched_at from fifo_current_version where user_id = ?1 order by symbol`,
  ["text"],
  ["text", "int", "int", "text", "instant"],
);
const VERSIONS = query(
  `select ${columnsOf(fifoComputationLog)} from fifo_computation_log where user_id = ?1 and status = 'completed' order by allocation_version desc`,
  ["text"],
  typesOf(fifoComputationLog),
);
const reviewSql = (status: string): string =>
  `select ${columnsOf(manualReviewQueue)} from manual_review_queue where user_id = ?1${status} order by order_id, issue_type`;
const REVIEW = query(reviewSql(""), ["text"], typesOf(manualReviewQueue));
const REVIEW_STATUS = query(reviewSql(" and status = ?2"), ["text", "text"], typesOf(manualReviewQueue));
const ROWS = query(
  `select ${columnsOf(fifoAllocations)} from fifo_allocations
  where user_id = ?1 and base_version = ?2 and symbol = ?3 and seq > ?4 and seq < ?5 order by seq limit ${CHUNK}`,
  ["text", "int", "text", "int", "int"],
  typesOf(fifoAllocations),
);
const RULES = query(
  `select rules from fifo_computation_log where user_id = ?1 and status = 'completed' and allocation_version = ?2`,
  ["text", "int"],
  ["json"],
);

function currentOf([symbol, version, throughSeq, print, at]: Cells): CurrentVersion {
  return {
    symbol: textOf(symbol),
    version: intOf(version),
    throughSeq: intOf(throughSeq),
    fingerprint: textOf(print),
    switchedAt: textOf(at),
  };
}

async function* allocationRows(access: LedgerAccess, selection: LedgerSelection): AsyncGenerator<AllocationRow> {
  for (const { symbol, base, rows: count } of await symbolVersions(access, access.userId, selection)) {
    for (let after = -1; ;) {
      const cells = await access.all(ROWS, [access.userId, base, symbol, after, count]);
      const rows = cells.map((row) => decodeCells(fifoAllocations, row));
      const last = rows.at(-1);
      if (last === undefined) break;
      yield* rows;
      after = last.seq;
    }
  }
}

/** Symbol by symbol, and only those whose version differs: memory holds one symbol twice. */
async function differencesOf(access: LedgerAccess, before: number, after: number): Promise<readonly Difference[]> {
  const { userId } = access;
  const left = await symbolVersions(access, userId, { version: before });
  const right = await symbolVersions(access, userId, { version: after });
  const olds = new Map(left.map((version) => [version.symbol, version]));
  const differences: Difference[] = [];
  const news = new Map(right.map((version) => [version.symbol, version]));
  for (const symbol of [...new Set([...olds.keys(), ...news.keys()])].toSorted()) {
    if (olds.get(symbol)?.version === news.get(symbol)?.version) continue;
    const [was, is] = [await versionRows(access, olds.get(symbol)), await versionRows(access, news.get(symbol))];
    for (const difference of compare(was, is)) differences.push(difference);
  }
  return differences;
}

/** The open lots tell a buy that a version lacks from one that no sell had reached. */
async function versionRows(access: LedgerAccess, version: SymbolVersion | undefined) {
  if (version === undefined) return { allocations: [], openLots: [] };
  return { allocations: await allOfSymbol(access, version), openLots: await lotsOfSymbol(access, access.userId, version) };
}

async function explainSell(access: LedgerAccess, sellId: string): Promise<Explanation> {
  const found = await rowsOfSell(access, access.userId, sellId);
  if (found === undefined) {
    throw new StorageError(
      "not-found",
      `The ledger has no sell ${sellId}: check the id, and run ledger.compute() if its fill is newer than the ledger.`,
      {
        facts: { sellId },
      },
    );
  }
  const [rules] = (await first(access, RULES, [access.userId, found.version])) ?? [];
  return explain({ allocations: found.allocations, rules: JSON.parse(textOf(rules)) as Rules }, sellId);
}
