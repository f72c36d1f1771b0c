// Brings the credentials of all users to the active key. Stopped at any moment, a second run does what is left.
import type { Storage } from "../open-storage.ts";
import type { Session } from "../session.ts";
import { StorageError } from "../errors.ts";
import type { StorageErrorCode } from "../errors.ts";
import { keyIdOf, rewrap } from "./envelope.ts";
import { badRequest, noKeyring } from "./failures.ts";
import type { Keyring } from "./keyring.ts";
import { credentialSystemOf } from "./credential-system.ts";
import type { CredentialPlace, CredentialSystem } from "./credential-system.ts";
import { countKeys } from "./key-usage.ts";
import type { KeyUsageReport } from "./key-usage.ts";
import { record } from "./record.ts";
import { identityOf } from "./stored-credential.ts";
import { brokerCredentials } from "./tables.ts";
import type { StoredCredential } from "./tables.ts";

/** How a rotation runs. */
export interface RotationOptions {
  /** Credentials per batch, 1 to 1000; default 100. A user's share of a batch is one transaction. */
  readonly batch?: number;
  /** Start after the cursor of an earlier progress report; default the beginning, which is always right and a little slower. */
  readonly after?: string;
  /** Stops between two transactions; the run throws its reason. */
  readonly signal?: AbortSignal;
  /** Told after each batch; awaited. */
  readonly onProgress?: (progress: RotationProgress) => void | Promise<void>;
  /** Who rotates, for the audit of every user; default `system:rotation`. */
  readonly actor?: string;
  /** Why, for the audit; default none. */
  readonly reason?: string;
}

/** What a rotation has done so far. seen = rotated + current + gone + failed. */
export interface RotationProgress {
  /** Credentials looked at. */
  readonly seen: number;
  /** Brought to the active key. */
  readonly rotated: number;
  /** Under the active key already. */
  readonly current: number;
  /** Deleted while it ran. */
  readonly gone: number;
  /** Left as they are: see the failures of the report. */
  readonly failed: number;
  /** The place reached, for `after`. */
  readonly cursor: string;
}

/** A credential that could not be brought to the active key. It was left as it is. */
export interface RotationFailure {
  /** The user. */
  readonly userId: string;
  /** The credential. */
  readonly credentialId: string;
  /** Why: `unknown-key`, `credential-tampered`, or `revision-conflict` when it kept changing. */
  readonly code: StorageErrorCode;
}

/** What a rotation has done. */
export interface RotationReport extends Omit<RotationProgress, "cursor"> {
  /** The key that the credentials are under now. */
  readonly activeKeyId: string;
  /** The first 100 failures. */
  readonly failures: readonly RotationFailure[];
  /** How many credentials each key has, counted afterwards. */
  readonly usage: KeyUsageReport;
}

/** Key rotation over all users of a storage. */
export interface CredentialRotation {
  /** How many credentials each key has. Only a key with none may leave the keyring. */
  usage(): Promise<KeyUsageReport>;
  /**
   * Wraps the data key of every credential anew with the active key; secrets stay closed. Safe to stop at any moment, to repeat and to run
   * beside readers, writers and other rotations: each credential is changed only while it is what was read.
   *
   * Throws `no-keyring`, `bad-cursor`, `bad-request`, and the reason of `signal`.
   */
  run(options?: RotationOptions): Promise<RotationReport>;
}

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

interface Tally {
  seen: number;
  rotated: number;
  current: number;
  gone: number;
  failed: number;
  readonly failures: RotationFailure[];
}

async function rotate(system: CredentialSystem, options: RotationOptions): Promise<RotationReport> {
  const { keyring } = system;
  if (keyring === undefined) throw noKeyring();
  const batch = checkedBatch(options.batch ?? 100);
  const tally: Tally = { seen: 0, rotated: 0, current: 0, gone: 0, failed: 0, failures: [] };
  let place = options.after === undefined ? undefined : readCursor(options.after);
  for (;;) {
    options.signal?.throwIfAborted();
    const rows = await system.page(place, batch);
    const last = rows.at(-1);
    if (last === undefined) break;
    await rotateBatch(system, keyring, rows, tally, options);
    place = [last.userId, last.id];
    const { failures: _, ...counts } = tally;
    await options.onProgress?.({ ...counts, cursor: writeCursor(place) });
  }
  return { ...tally, activeKeyId: keyring.activeId, usage: await countKeys(system) };
}

async function rotateBatch(
  system: CredentialSystem,
  keyring: Keyring,
  rows: readonly StoredCredential[],
  tally: Tally,
  options: RotationOptions,
): Promise<void> {
  tally.seen += rows.length;
  const stale = rows.filter((row) => !isCurrent(keyring, row));
  tally.current += rows.length - stale.length;
  for (const [userId, ofUser] of Map.groupBy(stale, (row) => row.userId)) {
    options.signal?.throwIfAborted();
    const outcomes = await system.session(userId).transaction(async (tx) => {
      const each: Outcome[] = [];
      for (const { id } of ofUser) each.push(await rotateOne(tx, keyring, id, options));
      return each;
    });
    ofUser.forEach(({ id }, at) => note(tally, { userId, credentialId: id }, outcomes[at] ?? "gone"));
  }
}

type Outcome = "rotated" | "current" | "gone" | StorageErrorCode;

// What the scan has read may be old: only what stands inside this transaction counts.
async function rotateOne(
  tx: Session,
  keyring: Keyring,
  id: string,
  { actor = "system:rotation", reason }: RotationOptions,
): Promise<Outcome> {
  const rows = tx.repository(brokerCredentials);
  const row = await rows.get({ id });
  if (row === null) return "gone";
  if (isCurrent(keyring, row)) return "current";
  try {
    const sealed = rewrap(keyring, identityOf(row), row.sealed);
    await rows.update({ id }, { sealed, keyId: keyring.activeId }, { ifRevision: row.revision });
  } catch (error) {
    if (error instanceof StorageError && LEFT_ALONE.has(error.code)) return error.code;
    throw error;
  }
  const detail = `${keyIdOf(row.sealed) ?? ""} > ${keyring.activeId}`;
  await record(tx, { actor, ...(reason === undefined ? {} : { reason }), action: "rotated", credentialId: id, detail });
  return "rotated";
}

const LEFT_ALONE: ReadonlySet<StorageErrorCode> = new Set(["unknown-key", "credential-tampered", "revision-conflict"] as const);

/** By what the sealed text says itself; the column is for people. */
function isCurrent(keyring: Keyring, { sealed, keyId }: StoredCredential): boolean {
  return keyIdOf(sealed) === keyring.activeId && keyId === keyring.activeId;
}

function note(tally: Tally, which: Omit<RotationFailure, "code">, outcome: Outcome): void {
  if (outcome === "rotated" || outcome === "current" || outcome === "gone") {
    tally[outcome]++;
    return;
  }
  tally.failed++;
  if (tally.failures.length < MOST_FAILURES) tally.failures.push({ ...which, code: outcome });
}

function checkedBatch(batch: number): number {
  if (Number.isInteger(batch) && batch >= 1 && batch <= MOST_BATCH) return batch;
  throw badRequest(`batch is an integer from 1 to ${MOST_BATCH}`);
}

const CURSOR = "td:rotation:1";

function writeCursor(place: CredentialPlace): string {
  return Buffer.from(JSON.stringify([CURSOR, ...place]), "utf8").toString("base64url");
}

function readCursor(cursor: string): CredentialPlace {
  const [version, userId, id, ...more] = cursorParts(cursor);
  if (version === CURSOR && typeof userId === "string" && typeof id === "string" && more.length === 0) return [userId, id];
  throw new StorageError(
    "bad-cursor",
    "This is not a cursor of a rotation: pass the cursor of a progress report, or none to start at the beginning.",
  );
}

function cursorParts(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
