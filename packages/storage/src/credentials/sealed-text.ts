// The text of a sealed secret: `v1.<key id>.<wrapped data key>.<secret>`. Both boxes are nonce (12 bytes), ciphertext and tag (16), in
// base64url. One value has one spelling: anything that is not it, to the last character, is refused. Pure.

/** Bytes of a nonce. */
export const NONCE_BYTES = 12;
/** Bytes of an authentication tag. */
export const TAG_BYTES = 16;
/** Bytes of a key, of a keyring's as of a data key. */
export const KEY_BYTES = 32;

/** What a key id may be. Short, so that a key given in its place (43 characters or more) is refused before a message repeats it. */
export const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** The parts of a sealed secret. */
export interface SealedParts {
  /** The key that wraps the data key. */
  readonly keyId: string;
  /** The data key, wrapped. */
  readonly wrapped: Uint8Array;
  /** The secret, encrypted by the data key. */
  readonly secret: Uint8Array;
}

const LEAST_BOX = NONCE_BYTES + TAG_BYTES;
const WRAPPED_BYTES = LEAST_BOX + KEY_BYTES;

/** The text of the parts. */
export function writeSealed({ keyId, wrapped, secret }: SealedParts): string {
  return `v1.${keyId}.${base64url(wrapped)}.${base64url(secret)}`;
}

/** The parts of a text, or `undefined` when it is not one that {@link writeSealed} writes. */
export function readSealed(text: string): SealedParts | undefined {
  const [version, keyId = "", wrappedText = "", secretText = "", ...more] = text.split(".");
  if (version !== "v1" || more.length > 0 || !KEY_ID.test(keyId)) return undefined;
  const [wrapped, secret] = [strictBytes(wrappedText), strictBytes(secretText)];
  if (wrapped?.length !== WRAPPED_BYTES || secret === undefined || secret.length < LEAST_BOX) return undefined;
  return { keyId, wrapped, secret };
}

// Buffer skips characters that it does not know and ignores the last character's spare bits: only writing it again shows that.
function strictBytes(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, "base64url");
  return base64url(bytes) === text ? bytes : undefined;
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
}
