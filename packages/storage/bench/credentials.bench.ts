// What sealing costs: CPU microseconds per credential, and the ratio to one bare AES-256-GCM call of node:crypto on the same bytes, as medians
// over interleaved rounds in one process. Then what the database adds: open with its record, and a rotation.
// Run: pnpm --filter @td/storage exec node bench/credentials.bench.ts [calls per round] [rounds]
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted, noteRatio } from "@td/testkit/bench";
import { rewrap, seal, unseal } from "../src/credentials/envelope.ts";
import { createKeyring } from "../src/credentials/keyring.ts";
import { decodeSecret, encodeSecret } from "../src/credentials/secret-record.ts";
import { createCredentialRotation, openStorage } from "../src/index.ts";

const CALLS = Number(process.argv[2] ?? 5000);
const ROUNDS = Number(process.argv[3] ?? 11);

const K1 = { id: "k1", key: randomBytes(32) };
const K2 = { id: "k2", key: randomBytes(32) };
const ring = createKeyring({ active: K1 });
const both = createKeyring({ active: K2, decryptOnly: [K1] });
const identity = { userId: "ann", broker: "zerodha", credentialId: "main", mode: "paper" } as const;
// A key object: bytes would be turned into one at each call.
const bareKey = createSecretKey(K1.key);
const context = Buffer.from("td:credential:v1 ann zerodha main");

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

function cpuMicros(work: () => void, calls: number): number {
  const start = process.cpuUsage();
  for (let call = 0; call < calls; call++) work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

function bareEncrypt(plain: Uint8Array): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", bareKey, nonce, { authTagLength: 16 }).setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function bareDecrypt(box: Buffer): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", bareKey, box.subarray(0, 12), { authTagLength: 16 }).setAAD(context);
  decipher.setAuthTag(box.subarray(-16));
  return Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()]);
}

function cipherCosts(name: string, secret: Readonly<Record<string, string>>, calls: number): void {
  const plain = encodeSecret(secret);
  const [box, sealed] = [bareEncrypt(plain), seal(ring, identity, plain)];
  const work: Readonly<Record<string, readonly [() => unknown, string]>> = {
    "bare encrypt": [() => bareEncrypt(plain), "bare encrypt"],
    "bare decrypt": [() => bareDecrypt(box), "bare decrypt"],
    "seal, JSON included": [() => seal(ring, identity, encodeSecret(secret)), "bare encrypt"],
    "open, JSON included": [() => decodeSecret(unseal(ring, identity, sealed)), "bare decrypt"],
    rewrap: [() => rewrap(both, identity, sealed), "bare encrypt"],
  };
  const times = new Map(Object.keys(work).map((key) => [key, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [key, [call]] of Object.entries(work)) times.get(key)?.push(cpuMicros(call, calls));
  console.log(`${name}: ${plain.length} bytes of JSON, ${sealed.length} characters sealed`);
  for (const [key, [, base]] of Object.entries(work)) {
    const [cost, bare] = [median(times.get(key) ?? []), median(times.get(base) ?? [])];
    console.log(`  ${key.padEnd(22)} ${cost.toFixed(1).padStart(8)} us CPU  ${(cost / bare).toFixed(2)} x ${base}`);
    if (key !== base)
      noteRatio({ what: `credential: ${key}, CPU`, size: `${counted(plain.length)} bytes`, against: base, ratio: cost / bare });
  }
}

cipherCosts("usual secret", { apiKey: "k".repeat(32), apiSecret: "s".repeat(64), totp: "t".repeat(32) }, CALLS);
cipherCosts("100 kB secret", { pem: "x".repeat(100_000) }, Math.ceil(CALLS / 50));

const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
const url = `sqlite:${join(folder, "td.db")}`;
const USERS = 200;
const EACH = 5;
const rate = (name: string, count: number, start: number): void => {
  const ms = performance.now() - start;
  console.log(`  ${name.padEnd(44)} ${((ms * 1000) / count).toFixed(0).padStart(6)} us each  ${Math.round((count / ms) * 1000)} /s`);
};
for (const durability of ["normal", "full"] as const) {
  console.log(`SQLite file, durability ${durability}, ${USERS} users with ${EACH} credentials each`);
  const storage = await openStorage(url, { durability, keyring: { active: K1, decryptOnly: [K2] } });
  let start = performance.now();
  for (let user = 0; user < USERS; user++) {
    for (let at = 0; at < EACH; at++) {
      await storage
        .forUser(`u${user}`)
        .credentials.put({ id: `c${at}`, broker: "zerodha", mode: "paper", secret: { apiKey: "k".repeat(32), apiSecret: "s".repeat(64) } });
    }
  }
  rate("put, a transaction each", USERS * EACH, start);
  start = performance.now();
  for (let user = 0; user < USERS; user++) await storage.forUser(`u${user}`).credentials.open("c0", { actor: "bench" });
  rate("open, its record committed", USERS, start);
  await storage.close();
  const rotating = await openStorage(url, { durability, keyring: { active: K2, decryptOnly: [K1] } });
  start = performance.now();
  const { rotated } = await createCredentialRotation(rotating).run({ batch: 500 });
  rate("rotation, a transaction per user and batch", rotated, start);
  await rotating.close();
  for (const suffix of ["", "-wal", "-shm"]) rmSync(join(folder, `td.db${suffix}`), { force: true });
}
rmSync(folder, { recursive: true });
