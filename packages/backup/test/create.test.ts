// A backup is an ordinary archive with everything in it, or there is none.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { randomFillSync } from "node:crypto";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { zstdDecompressSync } from "node:zlib";
import { createBackup, sqliteDatabases, verifyBackup } from "../src/index.ts";
import { gathering, type Sink } from "../src/sink.ts";
import { PACK_BYTES, zstdSink } from "../src/zstd.ts";
import { balance, codeOf, fingerprint, folder, plant, plantTree } from "./workbench.ts";

function tree(): { place: string; root: string; to: string } {
  const place = folder();
  const root = join(place, "user_data");
  plantTree(root);
  return { place, root, to: join(place, "backups") };
}

test("an archive opens with the system's own tar, and holds every file of the tree as it was", async () => {
  const { place, root, to } = tree();
  const info = await createBackup({ root, databases: [sqliteDatabases("databases/**/*.db")] }).create({ to, encrypt: "none" });
  expect(info.file).toMatch(/\/user_data_\d{8}_\d{6}\.tar\.zst$/);
  expect(statSync(info.file).mode & 0o777).toBe(0o600);
  expect(info.bytes).toBe(statSync(info.file).size);
  writeFileSync(join(place, "plain.tar"), zstdDecompressSync(readFileSync(info.file)));
  mkdirSync(join(place, "out"));
  execFileSync("tar", ["xf", join(place, "plain.tar")], { cwd: join(place, "out") });
  const live = Object.entries(fingerprint(root)).filter(([path, hash]) => hash !== null && !/\.db(-wal|-shm)?$/.test(path));
  const unpacked = fingerprint(join(place, "out/data"));
  expect(Object.keys(unpacked)).toEqual(expect.arrayContaining(live.map(([path]) => path)));
  for (const [path, hash] of live) expect([path, unpacked[path]]).toEqual([path, hash]);
  expect(balance(join(place, "out/data/databases/trade_history/trades.db"))).toEqual({ rows: 200, cents: 0, integrity: "ok" });
});

// node:zlib takes what a threaded zstd leaves for later for the end of the stream: every size around a job and a write must come back whole.
test("the compressor's threads lose no byte and write one frame, at every size around their jobs and at a level without threads", async () => {
  const most = randomFillSync(Buffer.alloc(2 * PACK_BYTES + 1, "0123456789abcdef"), 1_000_000, 2_000_000);
  for (const [level, ...sizes] of [
    [
      1,
      0,
      1,
      PACK_BYTES / 2 - 1,
      PACK_BYTES / 2,
      PACK_BYTES / 2 + 1,
      PACK_BYTES - 1,
      PACK_BYTES,
      PACK_BYTES + 1,
      2 * PACK_BYTES,
      most.length,
    ],
    [6, most.length],
    [7, most.length],
  ] as const) {
    for (const size of sizes)
      expect(zstdDecompressSync(await packed(level, most.subarray(0, size))).equals(most.subarray(0, size))).toBe(true);
  }
});

async function packed(level: number, plain: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  const keep: Sink = {
    write: async (bytes) => void parts.push(Buffer.from(bytes)),
    end: async () => undefined,
    discard: async () => undefined,
  };
  const sink = gathering(PACK_BYTES, zstdSink(level, keep)); // it refuses what is not one whole frame
  for (let at = 0; at < plain.length; at += 999_999) await sink.write(plain.subarray(at, at + 999_999));
  await sink.end();
  return Buffer.concat(parts);
}

test("what is committed but still in the log is in the copy; the sidecars are not in the archive", async () => {
  const { root, to } = tree();
  const path = join(root, "databases/trade_history/trades.db");
  const writer = new DatabaseSync(path);
  writer.exec("PRAGMA wal_autocheckpoint=0; INSERT INTO entries (account, cents) VALUES ('x', 5), ('y', -5)");
  expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
  const info = await createBackup({ root }).create({ to, encrypt: "none" });
  writer.close();
  expect(info.databases).toEqual([
    { engine: "sqlite", path: "data/databases/trade_history/trades.db", tables: [{ name: "entries", rows: 202 }] },
  ]);
  expect(info.files).toBe(8);
});

test("verification says at each level that a fresh archive is good, and writes so beside it", async () => {
  const { root, to } = tree();
  const { file, id } = await createBackup({ root }).create({ to, encrypt: "none", fingerprint: "content" });
  for (const level of ["hashes", "databases", "drill"] as const) {
    const report = await verifyBackup(file, { level });
    expect(report).toMatchObject({ ok: true, level, problems: [], id, files: 8, envelope: "none" });
    expect(JSON.parse(readFileSync(`${file}.verified.json`, "utf8"))).toEqual(report);
  }
});

test("a drill shows the unpacked tree to the host, whose objection counts", async () => {
  const { root, to } = tree();
  const { file } = await createBackup({ root }).create({ to, encrypt: "none" });
  let seen = "";
  const report = await verifyBackup(file, {
    level: "drill",
    check: async (directory) => {
      seen = readFileSync(join(directory, "state/account_mode.json"), "utf8");
      expect(existsSync(join(directory, "state/cache"))).toBe(true);
      throw new Error("the digest is another one");
    },
  });
  expect(seen).toBe('{"mode":"demo"}\n');
  expect(report).toMatchObject({ ok: false, problems: [{ code: "check-failed" }] });
});

test("the same level, the same tree, the same bytes but for the id and the time of the manifest", async () => {
  const { root, to } = tree();
  const backup = createBackup({ root });
  const contents = async (name: string): Promise<string> => {
    const { file } = await backup.create({ to, name, encrypt: "none" });
    return zstdDecompressSync(readFileSync(file))
      .toString("latin1")
      .replace(/"id":"[^"]*","createdAt":"[^"]*"|"sha256":"[^"]*"}\n/g, "");
  };
  expect(await contents("one")).toBe(await contents("two"));
});

test("the live tree is not touched, and no scratch is left", async () => {
  const { place, root, to } = tree();
  const before = fingerprint(root);
  await createBackup({ root }).create({ to, encrypt: "none" });
  const after = fingerprint(root);
  expect(Object.fromEntries(Object.entries(after).filter(([path]) => !/-(wal|shm)$/.test(path)))).toEqual(before);
  expect(readdirSync(join(place, ".user_data.td"))).toEqual(["lock"]);
});

test("links, sockets and names that cannot be archived are refused by name, never left away", async () => {
  const { root, to } = tree();
  const create = (exclude: readonly string[] = []): Promise<unknown> => createBackup({ root, exclude }).create({ to, encrypt: "none" });
  symlinkSync("/etc/passwd", join(root, "state/link"));
  await expect(create()).rejects.toMatchObject({ code: "unsupported-file", facts: { paths: ["state/link"] } });
  plant(root, { "state/back\\slash": "" });
  await expect(create(["state/link"])).rejects.toMatchObject({ code: "unsupported-file", facts: { paths: ["state/back\\slash"] } });
  plant(root, { "state/Case": "", "state/case": "" });
  await expect(create(["state/link", "state/back*"])).rejects.toMatchObject({
    code: "unsupported-file",
    facts: { paths: ["state/case", "state/Case"] },
  });
  expect(existsSync(to) ? readdirSync(to) : []).toEqual([]);
});

test("a file that should be a database and is not stops the backup; an empty one is a database that is not yet", async () => {
  const { root, to } = tree();
  plant(root, { "databases/new.db": "" });
  const backup = createBackup({ root, databases: [sqliteDatabases("databases/**/*.db")] });
  await backup.create({ to, encrypt: "none" });
  plant(root, { "databases/broken.db": "this was a database once" });
  expect(await codeOf(backup.create({ to, encrypt: "none" }))).toBe("not-a-database");
});

test("a database that is corrupt is not backed up as if it were good", async () => {
  const { root, to } = tree();
  const path = join(root, "databases/trade_history/trades.db");
  const bytes = readFileSync(path);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(4096, 0x5a), bytes.subarray(8192)]));
  expect(["database-corrupt", "database-failed"]).toContain(await codeOf(createBackup({ root }).create({ to, encrypt: "none" })));
  expect(readdirSync(to)).toEqual([]);
});

test("how to encrypt must be spelt out, and an unknown option is an error", async () => {
  const { root, to } = tree();
  const backup = createBackup({ root });
  const wrong: readonly unknown[] = [
    { to },
    { to, encrypt: {} },
    { to, encrypt: { recipient: "age1x" } },
    { to, encrypt: { recipients: [] } },
    { to, encrypt: { passphrase: "" } },
    { to, encrypt: { passphrase: "x", recipients: ["age1x"] } },
    { to, encrypt: "none", levle: 3 },
    { to, encrypt: "none", level: 23 },
    { to, encrypt: "none", name: "../up" },
    { to, encrypt: { recipients: ["not a key"] } },
  ];
  for (const options of wrong)
    expect([options, await codeOf(backup.create(options as Parameters<typeof backup.create>[0]))]).toEqual([options, "invalid-option"]);
  expect(existsSync(to) ? readdirSync(to) : []).toEqual([]);
});

test("a backup into the tree itself is refused, by whatever way it leads there, and one beside it is not", async () => {
  const place = folder();
  const root = join(place, "user_data");
  plantTree(root);
  symlinkSync(root, join(place, "link"));
  const before = fingerprint(root);
  for (const to of [root, join(root, "backups"), join(root, "new/deep"), join(place, "link/backups"), join(place, "x/../user_data/b")])
    expect([to, await codeOf(createBackup({ root }).create({ to, encrypt: "none" }))]).toEqual([to, "invalid-option"]);
  expect(fingerprint(root)).toEqual(before);
  await createBackup({ root }).create({ to: join(place, "user_data-backups"), encrypt: "none" });
});

test("an aborted backup leaves nothing", async () => {
  const { place, root, to } = tree();
  const already = AbortSignal.abort();
  expect(await codeOf(createBackup({ root }).create({ to, encrypt: "none", signal: already }))).toBe("aborted");
  for (const phase of ["staging", "writing"]) {
    const stop = new AbortController();
    const work = createBackup({ root }).create({
      to,
      encrypt: "none",
      signal: stop.signal,
      onProgress: (progress) => progress.phase === phase && stop.abort(),
    });
    expect(await codeOf(work)).toBe("aborted");
    expect([readdirSync(to), readdirSync(join(place, ".user_data.td"))]).toEqual([[], ["lock"]]);
  }
});

test("a second backup of the same tree at the same time is told to wait", async () => {
  const { root, to } = tree();
  const backup = createBackup({ root });
  const results = await Promise.allSettled([backup.create({ to, encrypt: "none" }), backup.create({ to, encrypt: "none" })]);
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(results.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "busy", retryable: true } });
});

test("a large file that is rewritten while the archive is written is taken again, as a whole", async () => {
  const { root, to } = tree();
  const path = join(root, "price_history/prices.csv");
  let rewritten = false;
  const { file } = await createBackup({ root }).create({
    to,
    encrypt: "none",
    onProgress: ({ phase }) => {
      if (phase !== "writing" || rewritten) return;
      rewritten = true;
      writeFileSync(path, "b".repeat(statSync(path).size));
    },
  });
  expect(rewritten).toBe(true);
  expect(
    await verifyBackup(file, {
      level: "drill",
      check: async (directory) => expect(readFileSync(join(directory, "price_history/prices.csv"), "utf8")).toMatch(/^b+$/),
    }),
  ).toMatchObject({ ok: true });
});
