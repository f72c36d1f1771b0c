// The age format: the vectors of its authors, the library's own reading of what td writes, the system's `age` where there is one.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Decrypter, Encrypter } from "age-encryption";
import * as vectors from "cctv-age";
import { expect, onTestFinished, test, vi } from "vitest";
import { ageSink, unage, type Keys } from "../src/age.ts";
import { ByteReader } from "../src/byte-reader.ts";
import { BackupError, createBackup, generateAgeKey, verifyBackup } from "../src/index.ts";
import type { Sink } from "../src/sink.ts";
import { balance, codeOf, folder, hasProgram, plant, plantDatabase } from "./workbench.ts";

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
  for (const size of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001, 1_048_575, 1_048_576, 1_048_577, 2_097_152]) {
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

/** What of these programs this machine does not have, said as the reason why a test is not run. */
function missing(...names: readonly string[]): string {
  const absent = names.filter((name) => !hasProgram(name));
  return absent.length === 0 ? "" : `not installed here: ${absent.join(", ")}`;
}

interface Stock {
  readonly place: string;
  readonly root: string;
  readonly identity: string;
  readonly recipient: string;
  /** Runs a line of shell in the place. */
  readonly sh: (line: string) => string;
}

async function stock(): Promise<Stock> {
  const place = folder();
  const root = join(place, "user_data");
  plant(root, { "state/a.json": '{"mode":"demo"}' });
  plantDatabase(join(root, "databases/trades.db"), 50);
  const { identity, recipient } = await generateAgeKey();
  writeFileSync(join(place, "key"), `${identity}\n`, { mode: 0o600 });
  const sh = (line: string): string =>
    execFileSync("bash", ["-c", `set -euo pipefail; ${line}`], { cwd: place, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return { place, root, identity, recipient, sh };
}

test("`age -d | zstd -d | tar x` opens an archive without td, and the stock sqlite3 its databases", async ({ skip }) => {
  const reason = missing("age", "zstd", "tar", "sqlite3");
  skip(reason !== "", reason);
  const { place, root, recipient, sh } = await stock();
  const { file } = await createBackup({ root }).create({ to: place, encrypt: { recipients: [recipient] } });
  sh(`mkdir out && age -d -i key '${file}' | zstd -d | tar x -C out`);
  expect(readFileSync(join(place, "out/data/state/a.json"), "utf8")).toBe('{"mode":"demo"}');
  expect(sh(`sqlite3 out/data/databases/trades.db 'PRAGMA integrity_check; SELECT count(*), sum(cents) FROM entries'`)).toBe("ok\n100|0\n");
});

test("what the stock age encrypted restores", async ({ skip }) => {
  const reason = missing("age");
  skip(reason !== "", reason);
  const { place, root, identity, recipient, sh } = await stock();
  const backup = createBackup({ root });
  const { file } = await backup.create({ to: place, encrypt: "none" });
  sh(`age -r ${recipient} -o theirs.age '${file}'`);
  plant(root, { "state/a.json": "spoiled" });
  await backup.restore(join(place, "theirs.age"), { identities: [identity] });
  expect(readFileSync(join(root, "state/a.json"), "utf8")).toBe('{"mode":"demo"}');
  expect(balance(join(root, "databases/trades.db"))).toEqual({ rows: 100, cents: 0, integrity: "ok" });
});

// Made once with `age -p` of Debian 12 (1.1.1), which asks a terminal for its passphrase: an archive of td with `encrypt: "none"`, sealed by hand.
test("what the stock `age -p` sealed with a passphrase restores", async () => {
  const root = join(folder(), "user_data");
  const file = join(import.meta.dirname, "golden/stock-age-passphrase.tar.zst.age");
  await createBackup({ root }).restore(file, { passphrase: "correct horse battery staple" });
  expect(readFileSync(join(root, "state/a.json"), "utf8")).toBe('{"mode":"demo"}');
  expect(balance(join(root, "databases/trades.db"))).toEqual({ rows: 100, cents: 0, integrity: "ok" });
});

test("gpg makes and opens archives: with a passphrase, and with the keys that it has", async ({ skip }) => {
  const reason = missing("gpg", "gpgconf");
  skip(reason !== "", reason);
  const { place, root, sh } = await stock();
  const backup = createBackup({ root });
  // A keyring of its own; its path must be short, there are sockets in it.
  const home = mkdtempSync("/tmp/td-gpg-");
  vi.stubEnv("GNUPGHOME", home);
  onTestFinished(() => {
    sh("gpgconf --kill all");
    vi.unstubAllEnvs();
    rmSync(home, { recursive: true, force: true });
  });
  const worded = await backup.create({ to: place, name: "worded", encrypt: { gpg: { passphrase: "a b c" } } });
  expect(worded).toMatchObject({ envelope: "gpg" });
  expect(await verifyBackup(worded.file, { passphrase: "a b c" })).toMatchObject({ ok: true, envelope: "gpg" });
  expect(await codeOf(verifyBackup(worded.file, { passphrase: "wrong" }))).toBe("tool-failed");
  sh("gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key op@example.org default default never");
  const keyed = await backup.create({ to: place, name: "keyed", encrypt: { gpg: { recipients: ["op@example.org"] } } });
  plant(root, { "state/a.json": "spoiled" });
  await backup.restore(keyed.file);
  expect(readFileSync(join(root, "state/a.json"), "utf8")).toBe('{"mode":"demo"}');
  expect(sh(`gpg --batch --quiet --decrypt '${keyed.file}' | head -c 4 | od -An -tx1`).trim()).toBe("28 b5 2f fd");
  const unknown = backup.create({ to: place, name: "unknown", encrypt: { gpg: { recipients: ["nobody@example.org"] } } });
  expect(await codeOf(unknown)).toBe("tool-failed");
  expect(readdirSync(place).filter((name) => name.startsWith("unknown"))).toEqual([]);
});
