// What can be told of a stored credential without opening it. Pure.
import type { CredentialIdentity } from "./identity.ts";
import type { StoredCredential } from "./tables.ts";

/** A credential without its secret. */
export interface CredentialInfo extends Omit<StoredCredential, "sealed" | "userId"> {}

/** A stored credential without its secret. */
export function infoOf(row: StoredCredential): CredentialInfo {
  const { id, broker, mode, label, keyId, revision, createdAt, updatedAt, lastReadAt } = row;
  return Object.freeze({ id, broker, mode, label, keyId, revision, createdAt, updatedAt, lastReadAt });
}

/** What the secret of a stored credential is bound to. */
export function identityOf({ userId, broker, id, mode }: Pick<StoredCredential, "userId" | "broker" | "id" | "mode">): CredentialIdentity {
  return { userId, broker, credentialId: id, mode };
}
