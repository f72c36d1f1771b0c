// How an archive is encrypted, and how one is opened again.
import { Readable } from "node:stream";
import { AGE_MAGIC, ageSink, unage, type Keys } from "./age.ts";
import type { ByteReader } from "./byte-reader.ts";
import { BackupError } from "./errors.ts";
import { onlyKeys } from "./options.ts";
import { throughTransform, type Sink } from "./sink.ts";
import { toolTransform } from "./tool.ts";

/**
 * How to encrypt an archive. There is no default: whoever wants a plain archive says `"none"`.
 *
 * `recipients` are age public keys (`age1…`): the host that makes the backups cannot read them. `passphrase` is for one secret that makes and opens.
 * `gpg` runs the system's `gpg`, for keys that are there already.
 */
export type Encryption =
  /** Not at all. */
  | "none"
  /** With age, to these recipients (`age1...`); who has an identity of one of them can open it. */
  | { readonly recipients: readonly string[] }
  /** With age and a passphrase. */
  | { readonly passphrase: string }
  /** With the `gpg` program of the machine, to recipients of its keyring or with a passphrase. */
  | { readonly gpg: { readonly recipients: readonly string[] } | { readonly passphrase: string } };

/** What is at the outside of an archive. */
export type Envelope = "age" | "gpg" | "none";

/** The envelope of an encryption. Throws `invalid-option` for one that is not spelt out, or has nobody who could open it. */
export function envelopeOf(encryption: Encryption): Envelope {
  if (encryption === "none") return "none";
  if (typeof encryption !== "object" || encryption === null)
    throw new BackupError("invalid-option", 'Say how to encrypt: { recipients }, { passphrase }, { gpg } or "none".');
  const gpg = "gpg" in encryption;
  if (gpg) onlyKeys(encryption, ["gpg"], "encrypt");
  checkParty(gpg ? encryption.gpg : encryption, gpg ? "encrypt.gpg" : "encrypt");
  return gpg ? "gpg" : "age";
}

function checkParty(party: { readonly recipients?: readonly string[]; readonly passphrase?: string }, what: string): void {
  onlyKeys(party, ["recipients", "passphrase"], what);
  const { recipients, passphrase } = party;
  if ((recipients === undefined) === (passphrase === undefined))
    throw new BackupError("invalid-option", `${what} needs either recipients or a passphrase.`);
  if (recipients?.length === 0 || passphrase === "")
    throw new BackupError("invalid-option", `${what} is empty: nobody could open the archive.`);
}

/** The step that encrypts, before `next`. */
export async function encryptingSink(encryption: Encryption, next: Sink): Promise<Sink> {
  if (encryption === "none") return next;
  if (!("gpg" in encryption)) return ageSink(encryption, next);
  const { gpg } = encryption;
  const how =
    "passphrase" in gpg
      ? ["--passphrase-fd", "3", "--pinentry-mode", "loopback", "--symmetric"]
      : ["--trust-model", "always", "--encrypt", ...gpg.recipients.flatMap((name) => ["--recipient", name])];
  const secret = "passphrase" in gpg ? { secret: gpg.passphrase } : {};
  return throughTransform(
    toolTransform({ program: "gpg", args: ["--batch", "--quiet", "--no-tty", "--compress-algo", "none", ...how], ...secret }),
    next,
  );
}

const ZSTD_MAGIC = "28b52ffd";

/** What is at the outside of this archive, by its first bytes. Throws `not-an-archive`. */
export async function detectEnvelope(input: ByteReader): Promise<Envelope> {
  const head = Buffer.from(await input.peek(AGE_MAGIC.length));
  if (head.subarray(0, 4).toString("hex") === ZSTD_MAGIC) return "none";
  if (head.toString("latin1") === AGE_MAGIC) return "age";
  // OpenPGP: a packet of an encrypted session key (1, 3) or of encrypted data (9, 18), in the old or the new form.
  const tag = (head[0] ?? 0) & 0x40 ? (head[0] ?? 0) & 0x3f : ((head[0] ?? 0) >> 2) & 0x0f;
  if (((head[0] ?? 0) & 0x80) !== 0 && [1, 3, 9, 18].includes(tag)) return "gpg";
  throw new BackupError("not-an-archive", "The file is not an archive of td: it begins like neither zstd, age nor OpenPGP.");
}

/** The decrypted bytes of an archive. */
export function decrypted(input: ByteReader, envelope: Envelope, keys: Keys): AsyncIterable<Uint8Array> {
  if (envelope === "none") return input.rest();
  return envelope === "age" ? unage(input, keys) : ungpg(input, keys);
}

async function* ungpg(input: ByteReader, { passphrase }: Keys): AsyncGenerator<Uint8Array> {
  const how = passphrase === undefined ? [] : ["--passphrase-fd", "3", "--pinentry-mode", "loopback"];
  const tool = toolTransform({
    program: "gpg",
    args: ["--batch", "--quiet", "--no-tty", ...how, "--decrypt"],
    ...(passphrase !== undefined && { secret: passphrase }),
  });
  const source = Readable.from(input.rest());
  source.on("error", (error) => tool.destroy(error));
  source.pipe(tool);
  for await (const chunk of tool) yield chunk as Uint8Array;
}
