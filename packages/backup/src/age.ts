// age (age-encryption.org/v1): headers and key wrapping by the `age-encryption` library, the payload by node:crypto, which is three times as fast.
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt } from "node:crypto";
import type * as Age from "age-encryption";
import type { Decrypter, Encrypter, Identity, Recipient } from "age-encryption";
import { BackupError } from "./errors.ts";
import type { ByteReader } from "./byte-reader.ts";
import type { Sink } from "./sink.ts";

/** First bytes of every age file. */
export const AGE_MAGIC = "age-encryption.org/v1\n";

const CHUNK = 64 * 1024;
const TAG = 16;
const SEALED = CHUNK + TAG;
/** Bytes opened at once: each hand-over to the decompressor's thread costs as much as opening several chunks. */
const MANY = 16 * SEALED;
/** log2 of the work of scrypt: about a second. Higher ones than 20 are refused when reading: they would stall the process. */
const WORK = 18;
const MAX_WORK = 20;
const MAX_HEADER = 1024 * 1024;

/** What opens an encrypted archive. */
export interface Keys {
  /** age identities (`AGE-SECRET-KEY-1…`), or own implementations of the library's interface for keys that are kept elsewhere. */
  readonly identities?: readonly (string | Identity)[];
  /** The passphrase that the archive was made with. */
  readonly passphrase?: string;
}

// Its curves are half of the time that loading td takes; who encrypts nothing does without.
const library = (): Promise<typeof Age> => import("age-encryption");

/** Encrypts what is written to the recipients (`age1…`) or with the passphrase. Throws `invalid-option` for a malformed recipient. */
export async function ageSink(to: { readonly recipients: readonly string[] } | { readonly passphrase: string }, next: Sink): Promise<Sink> {
  const age = await library();
  let fileKey: Uint8Array = new Uint8Array();
  const encrypter = new age.Encrypter();
  encrypter.addRecipient({ wrapFileKey: (key) => ((fileKey = Uint8Array.from(key)), []) });
  if ("passphrase" in to) encrypter.addRecipient(scryptRecipient(to.passphrase, age));
  else for (const recipient of to.recipients) addRecipient(encrypter, recipient);
  // The library's own nonce and empty payload (16 bytes each) are left away; ours follow.
  const header = (await encrypter.encrypt(new Uint8Array())).slice(0, -2 * TAG);
  const nonce = randomBytes(16);
  await next.write(header);
  await next.write(nonce);
  return sealing(payloadKey(fileKey, nonce), next);
}

function addRecipient(encrypter: Encrypter, recipient: string): void {
  try {
    encrypter.addRecipient(recipient);
  } catch (cause) {
    throw new BackupError("invalid-option", "A recipient is not an age public key (age1…).", { cause });
  }
}

function sealing(key: Buffer, next: Sink): Sink {
  let held = Buffer.alloc(0);
  let counter = 0;
  const seal = (plain: Uint8Array, last: boolean): Buffer => {
    const cipher = createCipheriv("chacha20-poly1305", key, chunkNonce(counter++, last), { authTagLength: TAG });
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  };
  return {
    write: async (bytes) => {
      held = Buffer.concat([held, bytes]);
      const sealed: Buffer[] = [];
      // One byte more than a chunk shows that the chunk is not the last one.
      for (; held.length > CHUNK; held = held.subarray(CHUNK)) sealed.push(seal(held.subarray(0, CHUNK), false));
      if (sealed.length > 0) await next.write(Buffer.concat(sealed));
    },
    end: async () => {
      await next.write(seal(held, true));
      await next.end();
    },
    discard: next.discard,
  };
}

/** Decrypts an age file. Bytes come out some chunks at a time, each authenticated; that the end is the end is known only when it ends. */
export async function* unage(input: ByteReader, keys: Keys): AsyncGenerator<Uint8Array> {
  const header = await readHeader(input);
  const fileKey = await openHeader(header, keys);
  const nonce = await input.take(16);
  if (nonce === undefined) throw truncated();
  const key = payloadKey(fileKey, nonce);
  let current = await input.takeUpTo(MANY);
  for (let counter = 0; ; counter += MANY / SEALED) {
    const following = current.length === MANY ? await input.takeUpTo(MANY) : new Uint8Array();
    yield openChunks(key, counter, current, following.length === 0);
    if (following.length === 0) return;
    current = following;
  }
}

// Chunks from this one on; `end` says that the last of these bytes are the last of all.
function openChunks(key: Buffer, first: number, sealed: Uint8Array, end: boolean): Uint8Array {
  const count = Math.max(1, Math.ceil(sealed.length / SEALED));
  const plain = Array.from({ length: count }, (_, at) => {
    const chunk = sealed.subarray(at * SEALED, (at + 1) * SEALED);
    const last = end && at === count - 1;
    if (last && chunk.length < TAG) throw truncated();
    if (last && chunk.length === TAG && first + at > 0) throw damaged();
    return openChunk(key, first + at, last, chunk);
  });
  return Buffer.concat(plain);
}

function openChunk(key: Buffer, counter: number, last: boolean, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv("chacha20-poly1305", key, chunkNonce(counter, last), { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(-TAG));
  const plain = decipher.update(sealed.subarray(0, -TAG));
  try {
    decipher.final();
  } catch (cause) {
    throw last ? truncatedOrDamaged(cause) : damaged(cause);
  }
  return plain;
}

async function readHeader(input: ByteReader): Promise<Uint8Array> {
  const lines: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const line = await input.takeLine(MAX_HEADER);
    if (line === undefined) throw truncated();
    lines.push(line);
    size += line.length;
    if (Buffer.from(line.subarray(0, 4)).toString("latin1") === "--- ") return Buffer.concat(lines);
    if (size > MAX_HEADER) throw damaged();
  }
}

async function openHeader(header: Uint8Array, { identities = [], passphrase }: Keys): Promise<Uint8Array> {
  if (identities.length === 0 && passphrase === undefined)
    throw new BackupError("key-missing", "The archive is encrypted with age: give `identities` or a `passphrase`.");
  const { Decrypter } = await library();
  const decrypter = new Decrypter();
  for (const identity of identities) addIdentity(decrypter, identity);
  if (passphrase !== undefined) decrypter.addIdentity(scryptIdentity(passphrase));
  try {
    return await decrypter.decryptHeader(header);
  } catch (error) {
    throw headerError(error);
  }
}

function addIdentity(decrypter: Decrypter, identity: string | Identity): void {
  try {
    decrypter.addIdentity(typeof identity === "string" ? identity.trim() : identity);
  } catch {
    // No cause: its text could show a part of the key.
    throw new BackupError("invalid-option", "An identity is not an age secret key (AGE-SECRET-KEY-1…).");
  }
}

function headerError(error: unknown): unknown {
  if (error instanceof BackupError) return error;
  const text = error instanceof Error ? error.message : "";
  if (text.includes("no identity matched")) return new BackupError("key-mismatch", "None of the given keys opens the archive.");
  return new BackupError("archive-damaged", `The age header is damaged (${text}): take another copy.`, { cause: error });
}

function scryptRecipient(passphrase: string, { Stanza }: typeof Age): Recipient {
  return {
    wrapFileKey: async (fileKey) => {
      const salt = randomBytes(16);
      const cipher = createCipheriv("chacha20-poly1305", await passphraseKey(passphrase, salt, WORK), Buffer.alloc(12), {
        authTagLength: TAG,
      });
      const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
      return [new Stanza(["scrypt", base64(salt), String(WORK)], body)];
    },
  };
}

function scryptIdentity(passphrase: string): Identity {
  return {
    unwrapFileKey: async (stanzas) => {
      const stanza = stanzas.find(({ args }) => args[0] === "scrypt");
      if (stanza === undefined) return null;
      const [, salt = "", work = ""] = stanza.args;
      const raw = Buffer.from(salt, "base64");
      if (
        stanzas.length !== 1 ||
        stanza.args.length !== 3 ||
        raw.length !== 16 ||
        base64(raw) !== salt ||
        !/^[1-9]\d?$/.test(work) ||
        stanza.body.length !== 32
      )
        throw new Error("malformed scrypt stanza");
      if (Number(work) > MAX_WORK) throw new Error(`scrypt work factor above ${MAX_WORK}`);
      return openFileKey(stanza.body, await passphraseKey(passphrase, raw, Number(work)));
    },
  };
}

function openFileKey(body: Uint8Array, key: Buffer): Uint8Array | null {
  const decipher = createDecipheriv("chacha20-poly1305", key, Buffer.alloc(12), { authTagLength: TAG });
  decipher.setAuthTag(body.subarray(-TAG));
  const fileKey = decipher.update(body.subarray(0, -TAG));
  try {
    decipher.final();
    return fileKey;
  } catch {
    return null;
  }
}

function passphraseKey(passphrase: string, salt: Uint8Array, work: number): Promise<Buffer> {
  const labelled = Buffer.concat([Buffer.from("age-encryption.org/v1/scrypt"), salt]);
  return new Promise((resolve, reject) => {
    scrypt(passphrase, labelled, 32, { N: 2 ** work, r: 8, p: 1, maxmem: 2 ** (work + 11) }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", fileKey, nonce, "payload", 32));
}

// Eleven bytes of counter, one that marks the last chunk.
function chunkNonce(counter: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(counter), 3);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
const truncated = (): BackupError => new BackupError("archive-truncated", "The encrypted archive ends before its end: take another copy.");
const damaged = (cause?: unknown): BackupError =>
  new BackupError("archive-damaged", "The encrypted data is damaged: take another copy.", cause === undefined ? {} : { cause });
const truncatedOrDamaged = (cause: unknown): BackupError =>
  new BackupError("archive-damaged", "The end of the encrypted archive is missing or damaged: take another copy.", { cause });
