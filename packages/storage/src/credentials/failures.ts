// The failures of credentials. Their messages and facts name users, credentials and key ids; never a key, a secret or a field of one.
import { StorageError } from "../errors.ts";
import type { CredentialIdentity } from "./identity.ts";

/** Which part of a sealed secret did not hold. */
export type TamperedPart = "format" | "key" | "secret" | "content";

const WHY: Readonly<Record<TamperedPart, string>> = {
  format: "its stored text is not a sealed secret of this version of td",
  key: "its data key does not open: the row was changed or moved, or the keyring holds another key under this id",
  secret: "its secret does not open: the row was changed or moved",
  content: "what it holds is not a secret that td wrote",
};

/** A sealed secret that is not the one td wrote for this credential. */
export function tampered(identity: CredentialIdentity, part: TamperedPart, keyId: string | null, cause?: unknown): StorageError {
  const { userId, broker, credentialId } = identity;
  return new StorageError(
    "credential-tampered",
    `The credential ${credentialId} cannot be opened: ${WHY[part]}. Find out who changed the database, restore the row from a backup or put the secret anew.`,
    { facts: { userId, broker, credentialId, part, keyId }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** A sealed secret whose key is not in the keyring. */
export function unknownKey({ userId, broker, credentialId }: CredentialIdentity, keyId: string): StorageError {
  return new StorageError(
    "unknown-key",
    `The credential ${credentialId} is sealed with the key ${keyId}, which is not in the keyring: add it under decryptOnly. When it is lost, put the secret anew.`,
    { facts: { userId, broker, credentialId, keyId } },
  );
}

/** Work with secrets on a storage that has no keys. */
export function noKeyring(): StorageError {
  return new StorageError(
    "no-keyring",
    "The storage was opened without a keyring, and td never keeps a secret unencrypted: pass openStorage a keyring with an active key.",
  );
}

/** A credential that is not there. */
export function noCredential(id: string): StorageError {
  return new StorageError("not-found", `There is no credential ${id}: list() shows those that the user has.`, {
    facts: { credentialId: id },
  });
}

/** A request that cannot be met. `what` must not repeat a value that may be a secret. */
export function badRequest(what: string, facts: Readonly<Record<string, unknown>> = {}): StorageError {
  return new StorageError("bad-request", `This request on credentials is not possible: ${what}.`, { facts });
}
