// A key from a passphrase: scrypt, slow on purpose. Never implicit: a passphrase given as a key is refused.
import { randomBytes, scrypt } from "node:crypto";
import { StorageError } from "../errors.ts";
import { KEY_BYTES } from "./sealed-text.ts";

/** How a key is derived. Not secret: store them beside the configuration, for without them the passphrase gives no key. */
export interface PassphraseParameters {
  /** The function; `scrypt`. */
  readonly kind: "scrypt";
  /** At least 16 random bytes in base64. */
  readonly salt: string;
  /** Rounds, a power of 2 from 2^14 up; default 2^17, about half a second. */
  readonly cost: number;
  /** Block size, 8 to 32; default 8. Memory is 128 x cost x block size bytes, at most 1 GiB. */
  readonly blockSize: number;
  /** Parallel parts, 1 to 16; default 1. */
  readonly parallelization: number;
}

const LEAST_CHARACTERS = 12;
const LEAST_SALT = 16;
const LEAST_COST = 2 ** 14;
const MOST_MEMORY = 2 ** 30;

/** New parameters with a random salt, for {@link keyFromPassphrase}. Keep them: the same ones must be used ever after. */
export function newPassphraseParameters(): PassphraseParameters {
  return { kind: "scrypt", salt: randomBytes(LEAST_SALT).toString("base64"), cost: 2 ** 17, blockSize: 8, parallelization: 1 };
}

/**
 * The key of a passphrase: 32 bytes for a keyring. The same passphrase and parameters give the same key on every machine (text is
 * normalised to NFKC). Runs outside of the event loop. Throws `invalid-key` for a passphrase below 12 characters or unusable parameters.
 */
export async function keyFromPassphrase(passphrase: string, parameters: PassphraseParameters): Promise<Uint8Array> {
  const salt = checkedSalt(parameters);
  const text = typeof passphrase === "string" ? passphrase.normalize("NFKC") : "";
  if (text.length < LEAST_CHARACTERS) throw invalid(`The passphrase is shorter than ${LEAST_CHARACTERS} characters: use several words.`);
  const { cost, blockSize, parallelization } = parameters;
  const maxmem = 128 * blockSize * (cost + parallelization + 2) * 2;
  return new Promise((resolve, reject) => {
    scrypt(text, salt, KEY_BYTES, { cost, blockSize, parallelization, maxmem }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function checkedSalt({ kind, salt, cost, blockSize, parallelization }: PassphraseParameters): Uint8Array {
  const bytes = Buffer.from(typeof salt === "string" ? salt : "", "base64");
  const sound =
    kind === "scrypt" &&
    bytes.length >= LEAST_SALT &&
    Number.isInteger(Math.log2(cost)) &&
    cost >= LEAST_COST &&
    within(blockSize, 8, 32) &&
    within(parallelization, 1, 16) &&
    128 * cost * blockSize <= MOST_MEMORY;
  if (sound) return bytes;
  throw invalid("The parameters of a passphrase are not usable: take them from newPassphraseParameters() and keep them unchanged.");
}

function within(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

function invalid(message: string): StorageError {
  return new StorageError("invalid-key", message);
}
