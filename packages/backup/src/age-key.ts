// New key pairs for archives.

/** A key pair of age. */
export interface AgeKey {
  /** The secret (`AGE-SECRET-KEY-1…`): keep it somewhere else than on the host that makes the backups. Without it no archive opens. */
  readonly identity: string;
  /** The public key (`age1…`), for `encrypt: { recipients }`. */
  readonly recipient: string;
}

/** Makes a key pair that every version of age opens. */
export async function generateAgeKey(): Promise<AgeKey> {
  const { generateX25519Identity, identityToRecipient } = await import("age-encryption");
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}
