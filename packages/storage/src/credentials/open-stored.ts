// Opens one credential and puts that on record, in one transaction.
import { StorageError } from "../errors.ts";
import type { Session } from "../session.ts";
import { unseal } from "./envelope.ts";
import { badRequest, noCredential, tampered } from "./failures.ts";
import type { Keyring } from "./keyring.ts";
import { record } from "./record.ts";
import { decodeSecret } from "./secret-record.ts";
import type { SecretText } from "./secret-text.ts";
import { identityOf, infoOf } from "./stored-credential.ts";
import { brokerCredentials } from "./tables.ts";
import type { StoredCredential } from "./tables.ts";
import type { Credential, CredentialActor, CredentialMode } from "./types.ts";

/** The opened credential, or the failure. A failure is returned, so that the record of the attempt is committed before it is thrown. */
export async function openStored(
  tx: Session,
  keyring: Keyring,
  id: string,
  actor: CredentialActor,
  mode: CredentialMode | undefined,
): Promise<Credential | StorageError> {
  const rows = tx.repository(brokerCredentials);
  const row = await rows.get({ id });
  if (row === null) return noCredential(id);
  const secret = failureOf(() => openRow(keyring, row, mode));
  if (secret instanceof StorageError) {
    await record(tx, { ...actor, action: "refused", credentialId: id, detail: secret.code });
    return secret;
  }
  await record(tx, { ...actor, action: "read", credentialId: id });
  const read = await rows.update({ id }, { lastReadAt: new Date() });
  return Object.freeze({ ...infoOf(read ?? row), secret });
}

function openRow(keyring: Keyring, row: StoredCredential, mode: CredentialMode | undefined): Readonly<Record<string, SecretText>> {
  const identity = identityOf(row);
  if (mode !== undefined && mode !== row.mode)
    throw badRequest(`the credential ${row.id} is one for ${row.mode}, not for ${mode}`, { credentialId: row.id });
  if (row.sealed.split(".", 2)[1] !== row.keyId) throw tampered(identity, "format", row.keyId);
  const bytes = unseal(keyring, identity, row.sealed);
  const secret = decodeSecret(bytes);
  bytes.fill(0);
  if (secret === undefined) throw tampered(identity, "content", row.keyId);
  return secret;
}

function failureOf<R>(work: () => R): R | StorageError {
  try {
    return work();
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  }
}
