// The keys that wrap data keys: one that seals, and older or newer ones that only open.
import { createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { StorageError } from "../errors.ts";
import { KEY_BYTES, KEY_ID } from "./sealed-text.ts";

/** One key. */
export interface KeyringKey {
  /** Its name, stored with every secret it seals: 1 to 32 letters, digits, `_` and `-`. Never give the name of an old key to a new one. */
  readonly id: string;
  /** 32 random bytes, or their base64 text. A passphrase is refused: see `keyFromPassphrase`. */
  readonly key: Uint8Array | string;
}

/** The keys of a storage. */
export interface KeyringOptions {
  /** The key that seals. */
  readonly active: KeyringKey;
  /** Keys that only open: those being retired, and the next one before it becomes active. Default none. */
  readonly decryptOnly?: readonly KeyringKey[];
}

/** Checked keys. Shows their ids and never their bytes. */
export class Keyring {
  /** The id of the key that seals. */
  readonly activeId: string;
  /** The ids of all keys, the active one first. */
  readonly ids: readonly string[];
  readonly #keys: ReadonlyMap<string, KeyObject>;

  constructor(activeId: string, keys: ReadonlyMap<string, KeyObject>) {
    this.activeId = activeId;
    this.ids = [...keys.keys()];
    this.#keys = keys;
  }

  /** A key by its id. */
  key(id: string): KeyObject | undefined {
    return this.#keys.get(id);
  }
}

/** Checks the keys and copies them. Throws `invalid-key`. */
export function createKeyring({ active, decryptOnly = [] }: KeyringOptions): Keyring {
  const keys = new Map<string, KeyObject>();
  for (const given of [active, ...decryptOnly]) {
    const id = checkedId(given?.id);
    const key = checkedKey(id, given.key);
    if (keys.has(id)) throw invalid(id, "is given twice: every key needs an id of its own");
    const twin = [...keys].find(([, other]) => other.equals(key));
    if (twin !== undefined) throw invalid(id, `is the same as the key ${twin[0]}: rotating between them would change nothing`);
    keys.set(id, key);
  }
  return new Keyring(active.id, keys);
}

// Not repeated in the message: whoever mixes up the two fields would find the key in the log.
function checkedId(id: unknown): string {
  if (typeof id === "string" && KEY_ID.test(id)) return id;
  throw new StorageError("invalid-key", "A key's id is not usable: give 1 to 32 letters, digits, _ and -, for example 2026-11.");
}

function checkedKey(id: string, key: unknown): KeyObject {
  const bytes = typeof key === "string" ? fromBase64(key) : key;
  if (!(bytes instanceof Uint8Array)) throw invalid(id, `is neither 32 bytes nor their base64 text: ${ADVICE}`);
  if (bytes.length !== KEY_BYTES) throw invalid(id, `has ${bytes.length} bytes instead of ${KEY_BYTES}: ${ADVICE}`);
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) throw invalid(id, `is text, not random bytes: ${ADVICE}`);
  if (bytes.every((byte) => byte === bytes[0])) throw invalid(id, `is one byte repeated: ${ADVICE}`);
  return createSecretKey(bytes);
}

const ADVICE = "make one with `openssl rand -base64 32`, or derive one from a passphrase with keyFromPassphrase";
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
// Words, or hex: not one in a thousand million random keys is spelled with letters of one case.
const ONE_CASE = /^(?:[a-z0-9+/_-]+|[A-Z0-9+/_-]+)=*$/;

function fromBase64(text: string): Uint8Array | undefined {
  if (!BASE64.test(text) || ONE_CASE.test(text)) return undefined;
  const bytes = Buffer.from(text, "base64");
  // Only the one spelling of these bytes: a passphrase of letters seldom is.
  const spelled = text.replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/, "");
  return bytes.toString("base64").replace(/=+$/, "") === spelled ? bytes : undefined;
}

function invalid(keyId: string, what: string): StorageError {
  return new StorageError("invalid-key", `The key ${keyId} ${what}.`, { facts: { keyId } });
}
