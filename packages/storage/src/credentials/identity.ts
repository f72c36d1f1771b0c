// What a sealed secret is bound to. The text below is authenticated with every value (AES-GCM's additional data), so a value that was
// moved to another user, broker or credential does not open. Pure.

/** The credential that a sealed secret belongs to, and what it may be used for. */
export interface CredentialIdentity {
  /** The user. */
  readonly userId: string;
  /** The broker. */
  readonly broker: string;
  /** The credential's id within the user. */
  readonly credentialId: string;
  /** `paper` or `broker`. It changes only together with the secret, and nobody can turn a paper key into a live one in the database. */
  readonly mode: string;
}

// JSON of a list of well-formed texts: no two lists share a spelling, and every engine returns the texts as they were written.
const FORMAT = "td:credential:v1";

/** What the wrapped data key is bound to. The key id is part of it: a value cannot claim another key. */
export function keyContext({ userId, broker, credentialId }: CredentialIdentity, keyId: string): string {
  return JSON.stringify([FORMAT, "key", userId, broker, credentialId, keyId]);
}

/** What the secret itself is bound to. No key id: a rotation wraps the data key anew and leaves the secret's bytes alone. */
export function secretContext({ userId, broker, credentialId, mode }: CredentialIdentity): string {
  return JSON.stringify([FORMAT, "secret", userId, broker, credentialId, mode]);
}
