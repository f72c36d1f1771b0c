// The log of runs. Its rows are written in transactions of their own, so that a run that fails or is killed is on record.
import type { Rules } from "@td/fifo";
import { readInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import type { Connection } from "../sqlite/connection.ts";
import { numbered } from "./numbered.ts";
import { fifoComputationLog } from "./tables.ts";
import { insertRow } from "./write-row.ts";

/** A run that has begun. */
export interface Run {
  /** The user. */
  readonly userId: string;
  /** Its id in the log. */
  readonly runId: string;
  /** The version that it is to write: one more than the highest that ever became current. */
  readonly version: number;
  /** When it began. */
  readonly startedAt: Date;
  /** The clock. */
  readonly now: () => Date;
}

/** What the log keeps of a run from its beginning. */
export interface RunFacts {
  /** All symbols, or those that the caller named. */
  readonly computationMode: "full" | "symbol";
  /** Who asked. */
  readonly triggeredBy: string;
  /** The rules. */
  readonly rules: Rules;
}

const LATEST = `select coalesce(max(allocation_version), 0) from fifo_computation_log where user_id = ? and status = 'completed'`;
const SUPERSEDE = numbered(`update fifo_computation_log
  set status = 'failed', finished_at = ?1, duration_ms = max(0, (?1 - started_at) / 1000), error_code = 'superseded',
    error_message = 'Another run began before this one had ended: it was killed, or overtaken.'
  where user_id = ?2 and status = 'running'`);
const STATUS = `select status from fifo_computation_log where user_id = ? and run_id = ?`;

/** The highest version that ever became current; 0 for none. */
export function latestVersion(db: Connection, userId: string): number {
  return Number(db.get(LATEST, [userId])?.[0] ?? 0);
}

/** Begins a run: any other one that is under way, or was killed, is marked failed and will find that out at its next batch. */
export function beginRun(db: Connection, userId: string, runId: string, now: () => Date, facts: RunFacts): Run {
  const startedAt = now();
  db.run(...SUPERSEDE(micros(startedAt), userId));
  const run = { userId, runId, version: latestVersion(db, userId) + 1, startedAt, now };
  insertRow(db, fifoComputationLog, userId, {
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

/** Whether a run may still write. */
export function isRunning(db: Connection, run: Run): boolean {
  return db.get(STATUS, [run.userId, run.runId])?.[0] === "running";
}

/** Throws `superseded` when another run began meanwhile. */
export function requireRunning(db: Connection, run: Run): void {
  if (isRunning(db, run)) return;
  throw new StorageError(
    "superseded",
    `Run ${run.runId} was overtaken by a later one and wrote nothing that counts. Compute again if the later one has failed.`,
    {
      facts: { runId: run.runId },
      retryable: true,
    },
  );
}

const CHANGES = [
  "status",
  "allocation_version",
  "symbols_processed",
  "trades_processed",
  "buys_processed",
  "sells_processed",
  "allocations_created",
  "total_pnl_computed",
  "input_fingerprint",
  "error_code",
  "error_message",
] as const;

/** What the end of a run adds to its row, as stored. */
export type RunEnd = Partial<Readonly<Record<(typeof CHANGES)[number], string | number | null>>>;

/** Ends a run in the log; milliseconds that it took. */
export function endRun(db: Connection, run: Run, end: RunEnd): number {
  const finishedAt = run.now();
  const durationMs = Math.max(0, finishedAt.getTime() - run.startedAt.getTime());
  const changed = CHANGES.filter((name) => end[name] !== undefined);
  const sets = ["finished_at = ?", "duration_ms = ?", ...changed.map((name) => `${name} = ?`)];
  const values = changed.map((name) => end[name] ?? null);
  db.run(`update fifo_computation_log set ${sets.join(", ")} where user_id = ? and run_id = ?`, [
    micros(finishedAt),
    durationMs,
    ...values,
    run.userId,
    run.runId,
  ]);
  return durationMs;
}

/** Microseconds of a clock. Throws `bad-request` when it shows no time that td can store. */
export function micros(date: Date): number {
  const at = readInstant(date);
  if (typeof at === "number") return at;
  throw new StorageError("bad-request", "The clock given as `now` returned a date that is not between the years 1700 and 2199.");
}
