// The age format: the vectors of its authors, the library's own reading of what td writes, the system's `age` where there is one.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { Decrypter, Encrypter } from "age-encryption";
import * as vectors from "cctv-age";
import { expect, test } from "vitest";
import { ageSink, unage, type Keys } from "../src/age.ts";
import { ByteReader } from "../src/byte-reader.ts";
import { BackupError, createBackup, generateAgeKey, verifyBackup } from "../src/index.ts";
import type { Sink } from "../src/sink.ts";
import { codeOf, folder, hasProgram, plant } from "./workbench.ts";

async function seal(to: { recipients: string[] } | { passphrase: string }, plain: readonly Uint8Array[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const end: Sink = {
    write: async (bytes) => void parts.push(Uint8Array.from(bytes)),
    end: async () => undefined,
    discard: async () => undefined,
  };
  const sink = await ageSink(to, end);
  for (const bytes of plain) await sink.write(bytes);
  await sink.end();
  return Buffer.concat(parts);
}

async function unseal(sealed: Uint8Array, keys: Keys, chunk = 4096): Promise<Buffer> {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < sealed.length; at += chunk) yield sealed.subarray(at, at + chunk);
  };
  const parts: Uint8Array[] = [];
  for await (const bytes of unage(new ByteReader(chunks()), keys)) parts.push(bytes);
  return Buffer.concat(parts);
}

interface Vector {
  readonly name: string;
  readonly head: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
}

function parseVector(name: string, bytes: Uint8Array): Vector {
  const text = Buffer.from(bytes).toString("latin1");
  const end = text.indexOf("\n\n");
  const head = new Map(
    text
      .slice(0, end)
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)] as const),
  );
  return { name, head, body: bytes.subarray(end + 2) };
}

// Armored files are another format around this one, compressed ones are compressed for the sake of the vectors: td writes neither.
const plainVectors = Object.entries(vectors)
  .map(([name, bytes]) => parseVector(name, bytes))
  .filter(({ head }) => !head.has("armored") && !head.has("compressed"));

const REFUSALS: readonly string[] = ["key-mismatch", "archive-damaged", "archive-truncated"];

test("every binary vector of age opens or is refused as its authors say", async () => {
  expect(plainVectors.length).toBeGreaterThan(80);
  const { identity: other } = await generateAgeKey();
  for (const { name, head, body } of plainVectors) {
    const identity = head.get("identity");
    const passphrase = head.get("passphrase");
    const keys = { identities: identity === undefined ? [other] : [identity], ...(passphrase !== undefined && { passphrase }) };
    const outcome = await unseal(body, keys).then(
      (plain) => createHash("sha256").update(plain).digest("hex"),
      (error: unknown) => (error instanceof BackupError && REFUSALS.includes(error.code) ? "refused" : String(error)),
    );
    expect([name, outcome]).toEqual([name, head.get("expect") === "success" ? head.get("payload") : "refused"]);
  }
});

test("the library opens what td encrypts and td what the library encrypts, at every size around the chunks", async () => {
  const { identity, recipient } = await generateAgeKey();
  for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001]) {
    const plain = Buffer.alloc(size, "0123456789abcdef");
    const theirs = new Decrypter();
    theirs.addIdentity(identity);
    const ours = await seal({ recipients: [recipient] }, [plain.subarray(0, 1000), plain.subarray(1000)]);
    expect(Buffer.from(await theirs.decrypt(ours)).equals(plain)).toBe(true);
    const encrypter = new Encrypter();
    encrypter.addRecipient(recipient);
    expect((await unseal(await encrypter.encrypt(plain), { identities: [identity] })).equals(plain)).toBe(true);
  }
});

test("any of several recipients opens the archive; a passphrase opens its own", async () => {
  const [one, two, three] = await Promise.all([generateAgeKey(), generateAgeKey(), generateAgeKey()]);
  const sealed = await seal({ recipients: [one.recipient, two.recipient] }, [Buffer.from("x")]);
  expect((await unseal(sealed, { identities: [two.identity] })).toString()).toBe("x");
  expect(await codeOf(unseal(sealed, { identities: [three.identity] }))).toBe("key-mismatch");
  expect(await codeOf(unseal(sealed, {}))).toBe("key-missing");
  const worded = await seal({ passphrase: "correct horse" }, [Buffer.from("y")]);
  expect((await unseal(worded, { passphrase: "correct horse" })).toString()).toBe("y");
  expect(await codeOf(unseal(worded, { passphrase: "wrong horse" }))).toBe("key-mismatch");
});

test("an encrypted backup verifies and restores with its key only, and shows nothing of its content outside", async () => {
  const place = folder();
  const secret = "key:AKIA-THE-BROKER-SECRET";
  plant(join(place, "user_data"), { "credentials/kalshi/prod/kalshi-auth.txt": secret });
  const { identity, recipient } = await generateAgeKey();
  const backup = createBackup({ root: join(place, "user_data") });
  const { file } = await backup.create({ to: join(place, "out"), encrypt: { recipients: [recipient] } });
  expect(file).toMatch(/\.tar\.zst\.age$/);
  const outside = readFileSync(file).toString("latin1");
  for (const word of ["credentials", "kalshi", "BROKER", recipient, recipient.slice(4)]) expect(outside).not.toContain(word);
  expect(await verifyBackup(file, { identities: [identity] })).toMatchObject({ ok: true, envelope: "age" });
  expect(await verifyBackup(file)).toMatchObject({ ok: false, problems: [{ code: "key-missing" }] });
  plant(join(place, "user_data"), { "credentials/kalshi/prod/kalshi-auth.txt": "gone" });
  await backup.restore(file, { identities: [identity] });
  expect(readFileSync(join(place, "user_data/credentials/kalshi/prod/kalshi-auth.txt"), "utf8")).toBe(secret);
});

test("a key or passphrase that is wrong does not show up in the error", async () => {
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": "{}" });
  const { file } = await createBackup({ root: join(place, "user_data") }).create({
    to: place,
    encrypt: { passphrase: "first-passphrase" },
  });
  for (const keys of [
    { passphrase: "second-passphrase" },
    { identities: ["AGE-SECRET-KEY-1SECONDPASSPHRASE"] },
    { identities: ["second-passphrase"] },
  ]) {
    const said = await verifyBackup(file, keys).then(
      (report) => JSON.stringify(report),
      (error: unknown) => `${JSON.stringify(error)} ${String(error)} ${(error as Error).stack} ${String((error as Error).cause)}`,
    );
    expect(said.toLowerCase()).not.toContain('passphrase":"second');
    expect(said.toLowerCase()).not.toMatch(/second-?passphrase/);
  }
});

// What the system's programs and td make of each other's files; nothing where the programs are not installed.
async function byAge(place: string, plain: string): Promise<readonly unknown[]> {
  if (!hasProgram("age")) return [];
  const { identity, recipient } = await generateAgeKey();
  writeFileSync(join(place, "key"), `${identity}\n`, { mode: 0o600 });
  const { file } = await createBackup({ root: join(place, "user_data") }).create({ to: place, encrypt: { recipients: [recipient] } });
  const opened = zstdDecompressSync(execFileSync("age", ["-d", "-i", join(place, "key"), file])).toString("latin1");
  execFileSync("age", ["-r", recipient, "-o", join(place, "theirs.age"), plain]);
  const { ok, envelope } = await verifyBackup(join(place, "theirs.age"), { identities: [identity] });
  return [opened.includes('{"mode":"demo"}'), ok, envelope === "age"];
}

async function byGpg(place: string): Promise<readonly unknown[]> {
  if (!hasProgram("gpg")) return [];
  const { file } = await createBackup({ root: join(place, "user_data") }).create({ to: place, encrypt: { gpg: { passphrase: "a b c" } } });
  const { ok, envelope } = await verifyBackup(file, { passphrase: "a b c" });
  return [ok, envelope === "gpg", (await codeOf(verifyBackup(file, { passphrase: "wrong" }))) === "tool-failed"];
}

test("the system's age and gpg open what td makes, and td what they make, where they are installed", async () => {
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": '{"mode":"demo"}' });
  const { file } = await createBackup({ root: join(place, "user_data") }).create({ to: place, encrypt: "none" });
  expect(new Set([...(await byAge(place, file)), ...(await byGpg(place))])).not.toContain(false);
});
