// Every hostile or damaged archive is refused whole, with its reason; nothing is touched but the work area, and that is left clean.
import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { createBackup, verifyBackup, type Backup } from "../src/index.ts";
import { depth, codeOf, fingerprint, folder, plant } from "./workbench.ts";
import { goodArchive, goodTar, hostileArchives, pack } from "./hostile.ts";

interface Target {
  readonly place: string;
  readonly file: string;
  readonly backup: Backup;
  readonly untouched: () => boolean;
}

function target(owner?: number): Target {
  const place = folder();
  plant(place, { "tree/user_data/state/live.json": "live", "outside.txt": "outside" });
  if (owner !== undefined)
    for (const path of ["", "tree", "tree/user_data", "tree/user_data/state", "tree/user_data/state/live.json"])
      chownSync(join(place, path), owner, owner);
  const before = JSON.stringify(fingerprint(join(place, "tree/user_data")));
  const untouched = (): boolean => {
    const others = [...readdirSync(place), ...readdirSync(join(place, "tree")), ...readdirSync(join(place, "tree/.user_data.td"))].sort();
    const wanted = ["archive", "outside.txt", "tree", ".user_data.td", "user_data", "lock"].sort();
    return JSON.stringify(others) === JSON.stringify(wanted) && JSON.stringify(fingerprint(join(place, "tree/user_data"))) === before;
  };
  writeFileSync(join(place, "archive"), "");
  return { place, file: join(place, "archive"), backup: createBackup({ root: join(place, "tree/user_data") }), untouched };
}

test("the archive that all others are made from is good", async () => {
  const { place, file } = target();
  writeFileSync(file, goodArchive);
  expect(await verifyBackup(file, { level: "hashes" })).toMatchObject({ ok: true, files: 4 });
  mkdirSync(join(place, "other"));
  expect(await createBackup({ root: join(place, "other/user_data") }).restore(file)).toMatchObject({ files: 4 });
});

test(`each of ${hostileArchives.length} hostile archives is refused with its reason`, async () => {
  expect(hostileArchives.length).toBeGreaterThan(120);
  const { file, backup, untouched } = target();
  const surprises: unknown[] = [];
  for (const { name, bytes, codes } of hostileArchives) {
    writeFileSync(file, bytes);
    const code = await codeOf(backup.restore(file));
    const { ok, problems } = await verifyBackup(file, { level: "hashes", record: false });
    if (!codes.includes(code) || !untouched() || ok || problems[0]?.code !== code) surprises.push([name, code, untouched(), ok]);
  }
  expect(surprises).toEqual([]);
});

// As root there is nothing that file modes would stop; as another user there is. Tests that do not run as root have only the second.
test("they are refused under an account without rights, too", async () => {
  const account = process.getuid?.() === 0 ? 65_534 : undefined;
  const { place, file, backup, untouched } = target(account);
  chmodSync(place, 0o755);
  if (account !== undefined) process.seteuid?.(account);
  onTestFinished(() => process.seteuid?.(process.getuid?.() ?? 0));
  const accepted: string[] = [];
  for (const { name, bytes } of hostileArchives) {
    if (account !== undefined) process.seteuid?.(0);
    writeFileSync(file, bytes);
    if (account !== undefined) process.seteuid?.(account);
    if ((await codeOf(backup.restore(file))) === "nothing was refused") accepted.push(name);
  }
  if (account !== undefined) process.seteuid?.(0);
  expect([accepted, untouched()]).toEqual([[], true]);
});

async function accepts(file: string, bytes: Uint8Array): Promise<boolean> {
  writeFileSync(file, bytes);
  return (await verifyBackup(file, { level: "hashes", record: false })).ok;
}

test("cut off after any block, before or after compression, it is refused", async () => {
  const { file } = target();
  const accepted: number[] = [];
  for (let end = 0; end < goodTar.length; end += 512) if (await accepts(file, pack(goodTar.subarray(0, end)))) accepted.push(end);
  const step = depth(23, 1);
  for (let end = 0; end < goodArchive.length; end += step) if (await accepts(file, goodArchive.subarray(0, end))) accepted.push(-end);
  if (await accepts(file, goodArchive.subarray(0, -1))) accepted.push(-1);
  expect(accepted).toEqual([]);
});

// Every byte of every header field, contents, paddings and the end; under the compression, so that its checksum does not help.
test("one flipped bit anywhere under the compression is refused", async () => {
  const { file } = target();
  const accepted: number[] = [];
  const level = { params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 } };
  for (let at = 0; at < goodTar.length; at += depth(17, 1)) {
    const bytes = Buffer.from(goodTar);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
    if (await accepts(file, zstdCompressSync(bytes, level))) accepted.push(at);
  }
  expect(accepted).toEqual([]);
});

// Some bits of a compressed stream say nothing (the window that it asks for, unused codes): what comes out is the same, to the last byte.
test("one flipped bit anywhere in the file is refused, or changes nothing of what comes out", async () => {
  const { file } = target();
  const different: number[] = [];
  for (let bit = 0; bit < goodArchive.length * 8; bit += depth(13, 1)) {
    const bytes = Buffer.from(goodArchive);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if ((await accepts(file, bytes)) && !zstdDecompressSync(bytes).equals(goodTar)) different.push(bit);
  }
  expect(different).toEqual([]);
});
