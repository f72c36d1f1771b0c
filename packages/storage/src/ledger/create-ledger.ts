// The FIFO ledger of one user: computed from the user's fills, versioned, exact.
import { compare, explain } from "@td/fifo/audit";
import type { OpenLotJson, Rules } from "@td/fifo";
import type { Difference, Explanation } from "@td/fifo/audit";
import { StorageError } from "../errors.ts";
import type { StoredRow } from "../sqlite/connection.ts";
import { decodeRow } from "../table/encode-row.ts";
import { layoutOf } from "../table/layout.ts";
import type { AnyTable, RowOf } from "../table/types.ts";
import { computeLedger } from "./compute.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { numbered } from "./numbered.ts";
import { allOfSymbol, digestOf, lotsOfSymbol, rowsOfSell, symbolVersions } from "./read-ledger.ts";
import { healthOf, pnlOf, SELECT_HEALTH, SELECT_PNL } from "./read-views.ts";
import { instantOf, intOf, textOf } from "./stored.ts";
import { fifoAllocations, fifoComputationLog, manualReviewQueue } from "./tables.ts";
import type { AllocationRow, ComputationRow, ReviewRow } from "./tables.ts";
import type { ComputeOptions, ComputeReport, CurrentVersion, LedgerHealth, LedgerSelection, SymbolPnl } from "./types.ts";
import { validateLedger } from "./validate.ts";
import type { LedgerCheck } from "./validate.ts";

/** The ledger of one user. Readers always see whole versions: a symbol's version is switched in one transaction. */
export interface Ledger {
  /**
   * Computes every symbol whose fills or rules have changed and makes the result the next version; other symbols keep theirs. When nothing
   * has changed there is no new version. A run that fails leaves the ledger as it was and its reason in the log. When two run at once the
   * later one wins and the earlier gets `superseded`.
   *
   * Throws `superseded` and `fills-changed` (retryable), `not-balanced`, `not-found` for an unknown symbol, `value-rejected` for an amount that
   * does not fit, `bad-request` inside a transaction, a `FifoError` for a fill that cannot be allocated, and the reason of `signal`.
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
  /** The whole ledger as it stood after each version, newest first: what `v_allocation_health` shows. */
  health(): Promise<readonly LedgerHealth[]>;
  /** What a person should look at, by order id. Default: items of every status. */
  reviewQueue(filter?: { readonly status?: ReviewRow["status"] }): Promise<readonly ReviewRow[]>;
  /** Every sell whose allocations differ between two versions: why the profit changed. Throws `not-found`. */
  compare(before: number, after: number): Promise<readonly Difference[]>;
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
  const select = (selection: LedgerSelection) => access.read((db) => symbolVersions(db, userId, selection));
  return Object.freeze({
    compute: (options?: ComputeOptions) => computeLedger(access, options),
    current: () => access.read((db) => db.all(CURRENT, [userId]).map(currentOf)),
    versions: () => access.read((db) => decoded(fifoComputationLog, db.all(VERSIONS, [userId]))),
    allocations: (selection: LedgerSelection = {}) => allocationRows(access, selection),
    openLots: async (selection: LedgerSelection = {}) => {
      const versions = await select(selection);
      return access.read((db) => versions.flatMap((version) => lotsOfSymbol(db, userId, version)));
    },
    pnlBySymbol: () => access.read((db) => db.all(...SELECT_PNL(userId)).map(pnlOf)),
    health: () => access.read((db) => db.all(...SELECT_HEALTH(userId)).map(healthOf)),
    reviewQueue: ({ status }: { readonly status?: ReviewRow["status"] } = {}) =>
      access.read((db) =>
        decoded(manualReviewQueue, status === undefined ? db.all(REVIEW, [userId]) : db.all(REVIEW_STATUS, [userId, status])),
      ),
    compare: (before: number, after: number) => compareVersions(access, before, after),
    explain: (sellId: string) => explainSell(access, sellId),
    validate: ({ symbol }: { readonly symbol?: string } = {}) => validateLedger(access, symbol),
    digest: async (version?: number) => digestOf(access, await select(version === undefined ? {} : { version })),
  });
}

const columnsOf = (table: AnyTable): string =>
  layoutOf(table)
    .columns.map(({ name }) => `"${name}"`)
    .join(", ");
const CURRENT = `select symbol, allocation_version, through_seq, fingerprint, switched_at from fifo_current_version where user_id = ? order by symbol`;
const VERSIONS = `select ${columnsOf(fifoComputationLog)} from fifo_computation_log where user_id = ? and status = 'completed' order by allocation_version desc`;
const REVIEW = `select ${columnsOf(manualReviewQueue)} from manual_review_queue where user_id = ? order by order_id, issue_type`;
const REVIEW_STATUS = `select ${columnsOf(manualReviewQueue)} from manual_review_queue where user_id = ? and status = ? order by order_id, issue_type`;
const ROWS = `select ${columnsOf(fifoAllocations)} from fifo_allocations
  where user_id = ? and allocation_version = ? and symbol = ? and seq > ? order by seq limit ${CHUNK}`;
const RULES = numbered(`select rules from fifo_computation_log l where user_id = ?1 and status = 'completed' and allocation_version =
  (select allocation_version from fifo_current_version where user_id = ?1 and symbol = ?2)`);

function decoded<T extends AnyTable>(table: T, rows: readonly StoredRow[]): readonly RowOf<T>[] {
  return rows.map((row) => decodeRow<T>(layoutOf(table), row));
}

function currentOf([symbol, version, throughSeq, print, at]: StoredRow): CurrentVersion {
  return {
    symbol: textOf(symbol),
    version: intOf(version),
    throughSeq: intOf(throughSeq),
    fingerprint: textOf(print),
    switchedAt: instantOf(at),
  };
}

async function* allocationRows(access: LedgerAccess, selection: LedgerSelection): AsyncGenerator<AllocationRow> {
  for (const { symbol, version } of await access.read((db) => symbolVersions(db, access.userId, selection))) {
    for (let after = -1; ;) {
      const rows = decoded(fifoAllocations, await access.read((db) => db.all(ROWS, [access.userId, version, symbol, after])));
      const last = rows.at(-1);
      if (last === undefined) break;
      yield* rows;
      after = last.seq;
    }
  }
}

/** Symbol by symbol, and only those whose version differs: memory holds one symbol twice. */
async function compareVersions(access: LedgerAccess, before: number, after: number): Promise<readonly Difference[]> {
  const { userId } = access;
  const [left, right] = await access.read(
    (db) => [symbolVersions(db, userId, { version: before }), symbolVersions(db, userId, { version: after })] as const,
  );
  const olds = new Map(left.map(({ symbol, version }) => [symbol, version]));
  const differences: Difference[] = [];
  const news = new Map(right.map(({ symbol, version }) => [symbol, version]));
  for (const symbol of [...new Set([...olds.keys(), ...news.keys()])].toSorted()) {
    if (olds.get(symbol) === news.get(symbol)) continue;
    const [was, is] = [await versionRows(access, symbol, olds.get(symbol)), await versionRows(access, symbol, news.get(symbol))];
    for (const difference of compare({ allocations: was }, { allocations: is })) differences.push(difference);
  }
  return differences;
}

async function versionRows(
  access: LedgerAccess,
  symbol: string,
  version: number | undefined,
): Promise<Awaited<ReturnType<typeof allOfSymbol>>> {
  return version === undefined ? [] : allOfSymbol(access, { symbol, version });
}

async function explainSell(access: LedgerAccess, sellId: string): Promise<Explanation> {
  const { allocations, rules } = await access.read((db) => {
    const rows = rowsOfSell(db, access.userId, sellId);
    const [text] = db.get(...RULES(access.userId, rows[0]?.symbol ?? "")) ?? [];
    return { allocations: rows, rules: text };
  });
  if (allocations.length === 0) {
    throw new StorageError(
      "not-found",
      `The ledger has no sell ${sellId}: check the id, and run ledger.compute() if its fill is newer than the ledger.`,
      {
        facts: { sellId },
      },
    );
  }
  return explain({ allocations, rules: JSON.parse(textOf(rules)) as Rules }, sellId);
}
