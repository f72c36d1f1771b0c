// Envelope encryption: every secret has a random data key of its own, and a key of the keyring wraps that. A rotation wraps anew 32 bytes
// and never touches the secret.
import { createSecretKey, randomBytes } from "node:crypto";
import { decrypt, encrypt } from "./cipher.ts";
import { tampered, unknownKey } from "./failures.ts";
import type { TamperedPart } from "./failures.ts";
import { keyContext, secretContext } from "./identity.ts";
import type { CredentialIdentity } from "./identity.ts";
import type { Keyring } from "./keyring.ts";
import { KEY_BYTES, NONCE_BYTES, readSealed, writeSealed } from "./sealed-text.ts";
import type { SealedParts } from "./sealed-text.ts";

/** Gives fresh random bytes. Only the tests that pin the format give others. */
export type RandomBytes = (size: number) => Uint8Array;

/** Seals a secret with the active key. The random bytes are the data key, the nonce of its wrapping and the nonce of the secret, in this order. */
export function seal(keyring: Keyring, identity: CredentialIdentity, secret: Uint8Array, random: RandomBytes = randomBytes): string {
  const fresh = random(KEY_BYTES + 2 * NONCE_BYTES);
  const [dataKey, nonces] = [fresh.subarray(0, KEY_BYTES), fresh.subarray(KEY_BYTES)];
  const wrapped = wrap(keyring, identity, dataKey, nonces.subarray(0, NONCE_BYTES));
  const box = encrypt(createSecretKey(dataKey), nonces.subarray(NONCE_BYTES), secret, secretContext(identity));
  dataKey.fill(0);
  return writeSealed({ keyId: keyring.activeId, wrapped, secret: box });
}

/** Opens a sealed secret; the caller wipes the bytes. Throws `unknown-key`, `credential-tampered`. */
export function unseal(keyring: Keyring, identity: CredentialIdentity, text: string): Uint8Array {
  const parts = partsOf(identity, text);
  const dataKey = unwrap(keyring, identity, parts);
  const key = createSecretKey(dataKey);
  dataKey.fill(0);
  return attempt(identity, "secret", parts.keyId, () => decrypt(key, parts.secret, secretContext(identity)));
}

/** The same sealed secret under the active key. The secret stays closed. Throws `unknown-key`, `credential-tampered`. */
export function rewrap(keyring: Keyring, identity: CredentialIdentity, text: string, random: RandomBytes = randomBytes): string {
  const parts = partsOf(identity, text);
  const dataKey = unwrap(keyring, identity, parts);
  const wrapped = wrap(keyring, identity, dataKey, random(NONCE_BYTES));
  dataKey.fill(0);
  return writeSealed({ keyId: keyring.activeId, wrapped, secret: parts.secret });
}

/** The id of the key that a sealed secret names itself, or `undefined` when the text is not one. */
export function keyIdOf(text: string): string | undefined {
  return readSealed(text)?.keyId;
}

function partsOf(identity: CredentialIdentity, text: string): SealedParts {
  const parts = readSealed(text);
  if (parts === undefined) throw tampered(identity, "format", null);
  return parts;
}

function wrap(keyring: Keyring, identity: CredentialIdentity, dataKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  const key = keyring.key(keyring.activeId);
  if (key === undefined) throw unknownKey(identity, keyring.activeId);
  return encrypt(key, nonce, dataKey, keyContext(identity, keyring.activeId));
}

function unwrap(keyring: Keyring, identity: CredentialIdentity, { keyId, wrapped }: SealedParts): Uint8Array {
  const key = keyring.key(keyId);
  if (key === undefined) throw unknownKey(identity, keyId);
  return attempt(identity, "key", keyId, () => decrypt(key, wrapped, keyContext(identity, keyId)));
}

function attempt(identity: CredentialIdentity, part: TamperedPart, keyId: string, work: () => Uint8Array): Uint8Array {
  try {
    return work();
  } catch (error) {
    throw tampered(identity, part, keyId, error);
  }
}
