// The pending orders are still written to while they move: both sides are written, compared, switched, and every step can be taken back.
import {
  type DualAuditRow,
  type DualWrite,
  dualWrite,
  importRejectsOf,
  jsonFileStore,
  MigrateError,
  type Phase,
  repositoryStore,
  type RecordStore,
} from "@td/migrate";
import { orders, type Scope } from "@td/storage";
import type { Clock } from "./clock.ts";
import { PENDING_JOB } from "./imports.ts";
import {
  PENDING_NUMBERS,
  PENDING_SOURCE,
  pendingKey,
  pendingOf,
  pendingOfRow,
  type PendingOrder,
  pendingRecord,
  pendingRow,
  pendingToRecord,
} from "./pending-order.ts";
import { tradeFor } from "./trading-app.ts";
import type { Work } from "./steps.ts";
import type { LegacyFile } from "./survey.ts";

/** Both sides and what writes them. */
export interface PendingOrders {
  /** pending_orders.json. */
  readonly legacy: RecordStore<PendingOrder>;
  /** The rows of `orders` that came of it. */
  readonly next: RecordStore<PendingOrder>;
  readonly dual: DualWrite<PendingOrder>;
}

/** One entry of the audit trail. */
export interface PhaseEntry {
  readonly at: string;
  readonly action: string;
  readonly from: string;
  readonly to: string;
  readonly why: string;
  /** What was found, for a verification or a repair. */
  readonly found: string;
}

/** Days that a phase lasts. The story's documents say two weeks, a week, and a week. */
const DAYS: Readonly<Record<Phase, number>> = { legacy: 1, "dual-write": 14, validate: 7, cutover: 7, archived: 1 };

const BY = "ops:kim";

/** The store over the application's file, in the shape in which it was found. */
function pendingFile(path: string, shape: LegacyFile["shape"]): RecordStore<PendingOrder> {
  return jsonFileStore<PendingOrder>(path, {
    at: shape === "list" ? "" : "orders",
    key: pendingKey,
    // As the import did: the first record of a key stands.
    duplicates: "first",
    numbers: PENDING_NUMBERS,
    read: (record) => pendingOf(pendingRecord.parse(record)),
    write: pendingToRecord,
    // The old application knows nothing of td's lock; in this example it is the same process.
    lock: false,
  });
}

/** The dual write of the pending orders. */
export function pendingOrders(me: Scope, path: string, shape: LegacyFile["shape"], clock: Clock, reports: string): PendingOrders {
  const legacy = pendingFile(path, shape);
  const next = repositoryStore(me, orders, { where: { source: PENDING_SOURCE }, toRow: pendingRow, fromRow: pendingOfRow });
  const dual = dualWrite<PendingOrder>({
    name: "pending_orders",
    legacy,
    next,
    control: me,
    // An empty file was not imported, and has nothing that could have been rejected.
    gates: { cleanVerifications: 2, minTimeMs: 7 * 86_400_000, ...(shape !== "empty" && { rejects: importRejectsOf(PENDING_JOB) }) },
    figures: async (store) => ({ "shares asked for": await sharesIn(store) }),
    reports,
    now: () => clock.now(),
  });
  return { legacy, next, dual };
}

async function sharesIn(store: RecordStore<PendingOrder>): Promise<string> {
  let sum = 0n;
  for await (const found of store.scan()) for (const { value } of found) sum += BigInt(value.quantity);
  return String(sum);
}

/** Goes from phase to phase up to `target`, trading in each of them when `trades`. A kill at any moment leaves a phase in which the same call goes on. */
export async function goThrough(
  { dual }: PendingOrders,
  target: Phase,
  { clock, signal }: Pick<Work, "clock" | "signal">,
  trades: boolean,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const { phase, since, next } = await dual.status();
    clock.reach(since);
    if (trades) await tradeFor(phase, dual, clock.now());
    if (phase === target || next === undefined) break;
    // What was written while only the file was: and the first comparison of all.
    if (phase === "dual-write") await dual.repair({ keys: "all", by: BY, why: "the table catches up with the file" });
    for (const half of [1, 2]) {
      clock.passDays(DAYS[phase] / 2);
      if (phase !== "legacy") await dual.verify({ by: BY, why: half === 1 ? "half-way" : "before the switch", signal });
    }
    await pastFence(clock, () => dual.advance({ by: BY, why: WHY[phase] }));
  }
  await dual.settled();
}

/** A run that was killed in the middle of a switch leaves its fence up for seconds, and this clock does not move by itself: after a minute it asks again. */
export async function pastFence<T>(clock: Clock, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof MigrateError && error.code === "switch-under-way")) throw error;
    clock.passDays(1 / 1440);
    return change();
  }
}

const WHY: Readonly<Record<Phase, string>> = {
  legacy: "both sides are written from here on; the file is read",
  "dual-write": "reads are compared from here on; the file is read",
  validate: "the table is read from here on; the file is written beside it",
  cutover: "the file is no longer written",
  archived: "",
};

/** The audit trail, the oldest entry first. */
export async function trailOf({ dual }: PendingOrders): Promise<readonly PhaseEntry[]> {
  const rows = await dual.audit(1000);
  return rows
    .toReversed()
    .map((row) => ({ at: row.at, action: row.action, from: row.fromPhase, to: row.toPhase, why: row.why, found: foundIn(row) }));
}

function foundIn({ action, evidence }: DualAuditRow): string {
  const facts = evidence as Readonly<Record<string, unknown>>;
  if (action === "verified")
    return facts["matched"] === facts["keys"] ? `${String(facts["keys"])} orders, all equal` : JSON.stringify(facts);
  return action === "repaired" ? `${String(facts["copied"])} copied, ${String(facts["deleted"])} removed` : "";
}
