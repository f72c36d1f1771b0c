// The log of runs. Its rows are written in transactions of their own, so that a run that fails or is killed is on record.
import type { Rules } from "@td/fifo";
import { readInstant, writeInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import { first } from "./ledger-access.ts";
import type { LedgerReader, LedgerWriter } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { Cell } from "./query.ts";
import { intOf, textOf } from "./stored.ts";
import { fifoComputationLog } from "./tables.ts";
import { insertRow } from "./write-row.ts";

/** A run that has begun. */
export interface Run {
  /** The user. */
  readonly userId: string;
  /** Its id in the log. */
  readonly runId: string;
  /** The version that it is to write: one more than the highest that ever became current, rolled back or not. */
  readonly version: number;
  /** The version that was current when it began; 0 for none. */
  readonly latest: number;
  /** When it began. */
  readonly startedAt: Date;
  /** The clock. */
  readonly now: () => Date;
}

/** What the log keeps of a run from its beginning. */
export interface RunFacts {
  /** All symbols, those that the caller named, or a rollback. */
  readonly computationMode: "full" | "symbol" | "rollback";
  /** Who asked. */
  readonly triggeredBy: string;
  /** The rules. */
  readonly rules: Rules;
}

const LATEST = query(
  `select coalesce(max(case when status = 'completed' then allocation_version end), 0), coalesce(max(allocation_version), 0)
  from fifo_computation_log where user_id = ?1 and status in ('completed', 'rolled_back')`,
  ["text"],
  ["int", "int"],
);
const RUNNING = query(
  `select run_id, started_at from fifo_computation_log where user_id = ?1 and status = 'running'`,
  ["text"],
  ["text", "instant"],
);
const ROLLBACKS = query(
  `select count(*) from fifo_computation_log where user_id = ?1 and computation_mode = 'rollback'`,
  ["text"],
  ["int"],
);
const SUPERSEDE = query(
  `update fifo_computation_log set status = 'failed', finished_at = ?3, duration_ms = ?4, error_code = 'superseded',
    error_message = 'Another run began before this one had ended: it was killed, or overtaken.'
  where user_id = ?1 and run_id = ?2`,
  ["text", "text", "instant", "int"],
);
const STATUS = query(`select status from fifo_computation_log where user_id = ?1 and run_id = ?2`, ["text", "text"], ["text"]);

/** The newest version that can be read, and the highest number ever used by one; 0 for none. */
export async function latestVersions(db: LedgerReader, userId: string): Promise<{ readonly latest: number; readonly highest: number }> {
  const [latest, highest] = (await first(db, LATEST, [userId])) ?? [];
  return { latest: intOf(latest), highest: intOf(highest) };
}

/** Begins a run: any other one that is under way, or was killed, is marked failed and will find that out at its next batch. */
export async function beginRun(db: LedgerWriter, userId: string, runId: string, now: () => Date, facts: RunFacts): Promise<Run> {
  const startedAt = now();
  await supersedeOthers(db, userId, instantOf(startedAt));
  const { latest, highest } = await latestVersions(db, userId);
  const run = { userId, runId, version: highest + 1, latest, startedAt, now };
  await insertRow(db, fifoComputationLog, userId, {
    runId,
    allocationVersion: run.version,
    status: "running",
    startedAt,
    symbolsProcessed: [],
    tradesProcessed: 0,
    buysProcessed: 0,
    sellsProcessed: 0,
    allocationsCreated: 0,
    inputFingerprint: "",
    ...facts,
  });
  return run;
}

async function supersedeOthers(db: LedgerWriter, userId: string, at: string): Promise<void> {
  for (const [runId = null, startedAt] of await db.all(RUNNING, [userId])) {
    const durationMs = Math.max(0, Date.parse(at) - Date.parse(textOf(startedAt)));
    await db.run(SUPERSEDE, [userId, runId, at, durationMs]);
  }
}

/** How many runs of a user are under way, or were killed. */
export async function runsUnderWay(db: LedgerReader, userId: string): Promise<number> {
  return (await db.all(RUNNING, [userId])).length;
}

/** How many rollbacks a user's log has. */
export async function rollbacksOf(db: LedgerReader, userId: string): Promise<number> {
  return intOf((await first(db, ROLLBACKS, [userId]))?.[0]);
}

/** Whether a run may still write. */
export async function isRunning(db: LedgerReader, run: Run): Promise<boolean> {
  return (await first(db, STATUS, [run.userId, run.runId]))?.[0] === "running";
}

/** Throws `superseded` when another run began meanwhile. */
export async function requireRunning(db: LedgerReader, run: Run): Promise<void> {
  if (await isRunning(db, run)) return;
  throw new StorageError(
    "superseded",
    `Run ${run.runId} was overtaken by a later one and wrote nothing that counts. Compute again if the later one has failed.`,
    {
      facts: { runId: run.runId },
      retryable: true,
    },
  );
}

/** What the end of a run adds to its row. */
export interface RunEnd {
  /** What became of it. */
  readonly status: "completed" | "failed" | "unchanged" | "rollback";
  /** How it was computed, when that is known only in the end. */
  readonly mode?: "incremental";
  /** The version that is current, when the run wrote none. */
  readonly version?: number;
  /** The symbols that the version holds, as JSON. */
  readonly symbols?: string;
  /** Fills read. */
  readonly trades?: number;
  /** Buys among them. */
  readonly buys?: number;
  /** Sells among them. */
  readonly sells?: number;
  /** Rows written. */
  readonly allocations?: number;
  /** Realised profit, when the column can hold it. */
  readonly totalPnl?: string | null;
  /** What the run read. */
  readonly fingerprint?: string;
  /** Code of the failure. */
  readonly errorCode?: string;
  /** Message of the failure. */
  readonly errorMessage?: string;
}

const END = query(
  `update fifo_computation_log set finished_at = ?3, duration_ms = ?4, status = ?5, allocation_version = ?6, symbols_processed = ?7,
    trades_processed = ?8, buys_processed = ?9, sells_processed = ?10, allocations_created = ?11, total_pnl_computed = ?12,
    input_fingerprint = ?13, error_code = ?14, error_message = ?15, computation_mode = coalesce(?16, computation_mode)
  where user_id = ?1 and run_id = ?2`,
  ["text", "text", "instant", "int", "text", "int", "json", "int", "int", "int", "int", "money", "text", "text", "text", "text"],
);

/** Ends a run in the log; milliseconds that it took. */
export async function endRun(db: LedgerWriter, run: Run, end: RunEnd): Promise<number> {
  const finishedAt = run.now();
  const durationMs = Math.max(0, finishedAt.getTime() - run.startedAt.getTime());
  await db.run(END, [run.userId, run.runId, instantOf(finishedAt), durationMs, ...endCells(run, end)]);
  return durationMs;
}

function endCells(run: Run, end: RunEnd): readonly Cell[] {
  const { status, version = run.version, symbols = "[]", trades = 0, buys = 0, sells = 0, allocations = 0 } = end;
  const { totalPnl = null, fingerprint = "", errorCode = null, errorMessage = null, mode = null } = end;
  return [status, version, symbols, trades, buys, sells, allocations, totalPnl, fingerprint, errorCode, errorMessage, mode];
}

/** The canonical text of a clock's time. Throws `bad-request` when it shows no time that td can store. */
export function instantOf(date: Date): string {
  return writeInstant(micros(date));
}

/** Microseconds of a clock. Throws `bad-request` when it shows no time that td can store. */
export function micros(date: Date): number {
  const at = readInstant(date);
  if (typeof at === "number") return at;
  throw new StorageError("bad-request", "The clock given as `now` returned a date that is not between the years 1700 and 2199.");
}
