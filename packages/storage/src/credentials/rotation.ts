// Brings the credentials of all users to the active key. Stopped at any moment, a second run does what is left.
import type { Storage } from "../open-storage.ts";
import { credentialSystemOf } from "./credential-system.ts";
import type { CredentialSystem } from "./credential-system.ts";
import { checkedActor } from "./check-input.ts";
import { badRequest, noKeyring } from "./failures.ts";
import { countKeys } from "./key-usage.ts";
import type { Keyring } from "./keyring.ts";
import { isCurrent, rotateStored } from "./rotate-stored.ts";
import type { Outcome } from "./rotate-stored.ts";
import { readCursor, writeCursor } from "./rotation-cursor.ts";
import type { CredentialRotation, RotationFailure, RotationOptions, RotationProgress, RotationReport } from "./rotation-types.ts";
import type { StoredCredential } from "./tables.ts";
import type { CredentialActor } from "./types.ts";

/** Key rotation for a storage that was opened with a keyring. For jobs of the host, never for a request of a user. */
export function createCredentialRotation(storage: Storage): CredentialRotation {
  const system = credentialSystemOf(storage);
  return Object.freeze({
    usage: () => countKeys(system),
    run: (options: RotationOptions = {}) => rotate(system, options),
  });
}

const MOST_FAILURES = 100;
const MOST_BATCH = 1000;

type Counts = Omit<RotationProgress, "cursor">;

/** What a run works with, checked. */
interface Run {
  readonly keyring: Keyring;
  readonly actor: CredentialActor;
  readonly signal: AbortSignal | undefined;
  readonly counts: { -readonly [K in keyof Counts]: number };
  readonly failures: RotationFailure[];
  recorded: boolean;
}

async function rotate(system: CredentialSystem, options: RotationOptions): Promise<RotationReport> {
  const run = startRun(system, options);
  const batch = checkedBatch(options.batch ?? 100);
  let place = options.after === undefined ? undefined : readCursor(options.after);
  for (;;) {
    options.signal?.throwIfAborted();
    const rows = await system.page(place, batch);
    const last = rows.at(-1);
    if (last === undefined) break;
    await rotateBatch(system, run, rows);
    place = [last.userId, last.id];
    await options.onProgress?.({ ...run.counts, cursor: writeCursor(place) });
  }
  return { ...run.counts, failures: run.failures, activeKeyId: run.keyring.activeId, usage: await countKeys(system) };
}

function startRun({ keyring }: CredentialSystem, { actor = "system:rotation", reason, signal }: RotationOptions): Run {
  if (keyring === undefined) throw noKeyring();
  const counts = { seen: 0, rotated: 0, current: 0, gone: 0, failed: 0 };
  return {
    keyring,
    signal,
    counts,
    failures: [],
    recorded: false,
    actor: checkedActor({ actor, ...(reason === undefined ? {} : { reason }) }),
  };
}

async function rotateBatch(system: CredentialSystem, run: Run, rows: readonly StoredCredential[]): Promise<void> {
  const stale = rows.filter((row) => !isCurrent(run.keyring, row));
  run.counts.seen += rows.length;
  run.counts.current += rows.length - stale.length;
  if (stale.length > 0) await recordOnce(system, run);
  for (const [userId, ofUser] of Map.groupBy(stale, (row) => row.userId)) {
    run.signal?.throwIfAborted();
    const outcomes = await system.session(userId).transaction(async (tx) => {
      const each: Outcome[] = [];
      for (const { id } of ofUser) each.push(await rotateStored(tx, run.keyring, id, run.actor));
      return each;
    });
    ofUser.forEach(({ id }, at) => note(run, { userId, credentialId: id }, outcomes[at] ?? "gone"));
  }
}

/** Puts the run on record before its first change; one that finds nothing to do writes nothing. */
async function recordOnce(system: CredentialSystem, run: Run): Promise<void> {
  if (run.recorded) return;
  const { actor, reason } = run.actor;
  await system.record({ actor, action: "credentials.rotate", reason: reason ?? "rotation to the active key" });
  run.recorded = true;
}

function note({ counts, failures }: Run, which: Omit<RotationFailure, "code">, outcome: Outcome): void {
  if (outcome === "rotated" || outcome === "current" || outcome === "gone") {
    counts[outcome]++;
    return;
  }
  counts.failed++;
  if (failures.length < MOST_FAILURES) failures.push({ ...which, code: outcome });
}

function checkedBatch(batch: number): number {
  if (Number.isInteger(batch) && batch >= 1 && batch <= MOST_BATCH) return batch;
  throw badRequest(`batch is an integer from 1 to ${MOST_BATCH}`);
}
