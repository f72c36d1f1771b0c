// Brings one credential to the active key and puts that on record, in the transaction that is open.
import { StorageError } from "../errors.ts";
import type { StorageErrorCode } from "../errors.ts";
import type { Session } from "../session.ts";
import { keyIdOf, rewrap } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import { record } from "./record.ts";
import { identityOf } from "./stored-credential.ts";
import { brokerCredentials } from "./tables.ts";
import type { StoredCredential } from "./tables.ts";
import type { CredentialActor } from "./types.ts";

/** What became of a credential; a code when it was left as it is. */
export type Outcome = "rotated" | "current" | "gone" | StorageErrorCode;

const LEFT_ALONE: ReadonlySet<StorageErrorCode> = new Set(["unknown-key", "credential-tampered", "revision-conflict"] as const);

/**
 * Brings one credential to the active key. What the scan has read may be old, so the row is read again inside this transaction and changed
 * only while it has the revision that was read: a secret that was put meanwhile is never undone.
 */
export async function rotateStored(tx: Session, keyring: Keyring, id: string, actor: CredentialActor): Promise<Outcome> {
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
  await record(tx, { ...actor, action: "rotated", credentialId: id, detail: `${keyIdOf(row.sealed) ?? ""} > ${keyring.activeId}` });
  return "rotated";
}

/** Whether a credential is under the active key: by what the sealed text says itself, and the column agrees. */
export function isCurrent(keyring: Keyring, { sealed, keyId }: StoredCredential): boolean {
  return keyIdOf(sealed) === keyring.activeId && keyId === keyring.activeId;
}
