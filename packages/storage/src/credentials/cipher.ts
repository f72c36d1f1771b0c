// AES-256-GCM as td uses it: a box is nonce, ciphertext and tag in one, and its context is authenticated with it.
import { createCipheriv, createDecipheriv } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { NONCE_BYTES, TAG_BYTES } from "./sealed-text.ts";

const CIPHER = "aes-256-gcm";
// Without the length Node takes tags of 4 bytes too, which one forgery in 2^32 tries passes.
const TAG = { authTagLength: TAG_BYTES } as const;

/** Encrypts. A nonce must never be used twice with one key. (A key object, because bytes take Node three times as long.) */
export function encrypt(key: KeyObject, nonce: Uint8Array, plain: Uint8Array, context: string): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonce, TAG);
  cipher.setAAD(Buffer.from(context, "utf8"));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Decrypts. Throws the driver's error when the box, the key or the context is not the one it was made with. */
export function decrypt(key: KeyObject, box: Uint8Array, context: string): Uint8Array {
  const decipher = createDecipheriv(CIPHER, key, box.subarray(0, NONCE_BYTES), TAG);
  decipher.setAAD(Buffer.from(context, "utf8"));
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  const plain = decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch (error) {
    // GCM has decrypted before it knows whether the tag fits.
    plain.fill(0);
    throw error;
  }
  return plain;
}
