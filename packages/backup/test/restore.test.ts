// A restore puts back exactly what the archive holds, or leaves everything as it is; the services run afterwards in every case.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { createBackup, verifyBackup, type Backup, type Services } from "../src/index.ts";
import { balance, codeOf, fingerprint, folder, plant, plantTree } from "./workbench.ts";

interface Bench {
  readonly place: string;
  readonly root: string;
  readonly backup: Backup;
  readonly file: string;
  /** What the hooks were called for, in order. */
  readonly calls: string[];
  /** Whether a hook throws. */
  readonly fails: Set<string>;
}

async function bench(): Promise<Bench> {
  const place = folder();
  const root = join(place, "user_data");
  const calls: string[] = [];
  const fails = new Set<string>();
  const hook = (name: string) => async (): Promise<void> => {
    calls.push(name);
    if (fails.delete(name)) throw new Error(`${name} does not work`);
  };
  const services: Services = { stop: hook("stop"), start: hook("start"), health: hook("health") };
  plantTree(root);
  const file = join(place, "backups/user_data.tar.zst");
  plant(place, { "backups/user_data.tar.zst": await archive });
  return { place, root, backup: createBackup({ root, services }), file, calls, fails };
}

// One archive of the same tree serves all tests.
const archive: Promise<Uint8Array> = (async () => {
  const place = mkdtempSync(join(tmpdir(), "td-backup-"));
  try {
    plantTree(join(place, "user_data"));
    const { file } = await createBackup({ root: join(place, "user_data") }).create({ to: place, encrypt: "none" });
    return readFileSync(file);
  } finally {
    rmSync(place, { recursive: true });
  }
})();

const withoutDatabases = (tree: Record<string, string | null>): Record<string, string | null> =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !/\.db(-wal|-shm)?$/.test(path)));

function spoil(root: string): void {
  plant(root, { "state/account_mode.json": '{"mode":"prod"}\n', "state/new.json": "{}" });
  rmSync(join(root, "preferences"), { recursive: true });
  const database = new DatabaseSync(join(root, "databases/trade_history/trades.db"));
  database.exec("DELETE FROM entries WHERE id > 10");
  database.close();
}

test("everything comes back as it was, private, and the tree from before is kept", async () => {
  const { root, backup, file, calls } = await bench();
  const before = fingerprint(root);
  spoil(root);
  const spoiled = fingerprint(root);
  const report = await backup.restore(file);
  expect(calls).toEqual(["stop", "start", "health"]);
  expect(withoutDatabases(fingerprint(root))).toEqual(withoutDatabases(before));
  expect(balance(join(root, "databases/trade_history/trades.db"))).toEqual({ rows: 200, cents: 0, integrity: "ok" });
  expect(fingerprint(report.previous ?? "")).toEqual(spoiled);
  for (const [path, hash] of Object.entries(fingerprint(root)))
    expect([path, statSync(join(root, path)).mode & 0o777]).toEqual([path, hash === null ? 0o700 : 0o600]);
});

test("restoring twice gives the same tree; trees put aside are listed and removed one by one", async () => {
  const { root, backup, file } = await bench();
  await backup.restore(file);
  const once = fingerprint(root);
  await backup.restore(file);
  expect(fingerprint(root)).toEqual(once);
  const previous = await backup.previous();
  expect(previous.map(({ kind }) => kind)).toEqual(["previous", "previous"]);
  await backup.discardPrevious(previous[0]?.id ?? "");
  expect(await backup.previous()).toEqual(previous.slice(1));
  expect(await codeOf(backup.discardPrevious("../../user_data"))).toBe("not-found");
  expect(existsSync(root)).toBe(true);
});

test("on another host there is no tree before, and none is kept", async () => {
  const { place, root, file } = await bench();
  const elsewhere = join(place, "other-host/user_data");
  mkdirSync(join(place, "other-host"));
  const report = await createBackup({ root: elsewhere }).restore(file);
  expect(report).toMatchObject({ files: 8, previous: null });
  expect(withoutDatabases(fingerprint(elsewhere))).toEqual(withoutDatabases(fingerprint(root)));
});

test("a plan tells what would change and changes nothing", async () => {
  const { place, root, backup, file, calls } = await bench();
  spoil(root);
  const before = fingerprint(place);
  const plan = await backup.planRestore(file);
  expect(plan).toMatchObject({
    replaced: ["databases/trade_history/trades.db", "state/account_mode.json"],
    removed: ["state/new.json"],
    obstacles: [],
    postgres: [],
  });
  expect(plan.added.every((path) => path.startsWith("preferences/"))).toBe(true);
  expect([plan.added.length, plan.unchanged.length]).toEqual([2, 4]);
  expect([calls, fingerprint(place)]).toEqual([[], before]);
});

test("a part comes back, everything else stays as it is", async () => {
  const { root, backup, file } = await bench();
  spoil(root);
  const spoiled = fingerprint(root);
  await backup.restore(file, { only: ["preferences/trading", "databases/**/*.db"] });
  expect(existsSync(join(root, "preferences/trading/trade_preferences.json"))).toBe(true);
  expect(existsSync(join(root, "preferences/ui"))).toBe(false);
  expect(readFileSync(join(root, "state/account_mode.json"), "utf8")).toContain("prod");
  expect(existsSync(join(root, "state/new.json"))).toBe(true);
  expect(balance(join(root, "databases/trade_history/trades.db")).rows).toBe(200);
  expect(fingerprint((await backup.previous())[0]?.path ?? "")).toEqual(spoiled);
  expect(await codeOf(backup.restore(file, { only: ["nowhere/**"] }))).toBe("invalid-option");
});

test("an old log beside a database does not reach the restored one", async () => {
  const { root, backup, file } = await bench();
  const path = join(root, "databases/trade_history/trades.db");
  const writer = new DatabaseSync(path);
  writer.exec("PRAGMA wal_autocheckpoint=0; UPDATE entries SET cents = cents + 1");
  const wal = readFileSync(`${path}-wal`);
  writer.close();
  plant(root, { "databases/trade_history/trades.db-wal": wal }); // as a killed writer leaves it
  await backup.restore(file, { only: ["databases/**/*.db"] });
  expect(readdirSync(join(root, "databases/trade_history"))).toEqual(["trades.db"]);
  expect(balance(path)).toEqual({ rows: 200, cents: 0, integrity: "ok" });
});

test.for(["stop", "start", "health"])(
  "when the %s hook fails, the old tree is in place and the services are started again",
  async (name) => {
    const { root, backup, file, calls, fails } = await bench();
    spoil(root);
    const before = fingerprint(root);
    fails.add(name);
    await expect(backup.restore(file)).rejects.toMatchObject({
      code: "rolled-back",
      cause: { code: "services-failed", facts: { hook: name } },
    });
    expect(fingerprint(root)).toEqual(before);
    expect(calls.slice(-2)).toEqual(["start", "health"]);
    expect(await backup.recover()).toMatchObject({ outcome: "nothing" });
    expect((await backup.previous()).map(({ kind }) => kind)).toEqual(name === "stop" ? [] : ["failed"]);
  },
);

test("services that do not start even on the old tree are said so, and recovery tries again", async () => {
  const { root, file } = await bench();
  const before = fingerprint(root);
  let broken = true;
  const services: Services = {
    stop: async () => undefined,
    start: async () => (broken ? Promise.reject(new Error("no port")) : undefined),
  };
  const backup = createBackup({ root, services });
  expect(await codeOf(backup.restore(file))).toBe("services-failed");
  expect(withoutDatabases(fingerprint(root))).toEqual(withoutDatabases(before));
  expect(await codeOf(backup.recover())).toBe("services-failed");
  expect(await codeOf(backup.create({ to: join(root, "../backups"), encrypt: "none" }))).toBe("restore-pending");
  expect(await codeOf(backup.restore(file))).toBe("restore-pending");
  broken = false;
  expect(await backup.recover()).toMatchObject({ outcome: "rolled-back" });
  expect(await backup.recover()).toMatchObject({ outcome: "nothing" });
});

test("a hook that hangs is given up", async () => {
  const { root, file } = await bench();
  let hangs = true;
  const services: Services = {
    stop: () => (hangs ? new Promise(() => (hangs = false)) : Promise.resolve()),
    start: async () => undefined,
    timeoutMs: 20,
  };
  expect(await codeOf(createBackup({ root, services }).restore(file))).toBe("rolled-back");
});

test("what the host's check or the signal objects to touches nothing", async () => {
  const { place, root, backup, file, calls } = await bench();
  const before = fingerprint(root);
  await expect(backup.restore(file, { check: () => Promise.reject(new Error("another account")) })).rejects.toThrow("another account");
  const stop = new AbortController();
  expect(await codeOf(backup.restore(file, { signal: stop.signal, onProgress: () => stop.abort() }))).toBe("aborted");
  expect([calls, fingerprint(root), readdirSync(join(place, ".user_data.td"))]).toEqual([[], before, ["lock"]]);
});

// An index that does not fit its table: `quick_check` does not look, so such a database gets into archives.
function spoilIndex(path: string): void {
  const database = new DatabaseSync(path, { defensive: false });
  database.exec(
    "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX by_account ON entries (cents)' WHERE name = 'by_account'",
  );
  database.close();
}

test("a database is checked in full before it is swapped in, unless these very bytes were verified before", async () => {
  const { place, root, backup } = await bench();
  spoilIndex(join(root, "databases/trade_history/trades.db"));
  const to = join(place, "spoiled");
  expect([await codeOf(backup.create({ to, encrypt: "none", check: "full" })), readdirSync(to)]).toEqual(["database-corrupt", []]);
  const { file, sha256 } = await backup.create({ to, encrypt: "none" });
  const before = fingerprint(root);
  const good = { ok: true, level: "databases", sha256 } as const;
  const notThese = [
    undefined,
    { ...good, ok: false },
    { ...good, level: "hashes" as const },
    { ...good, sha256: "0".repeat(64) },
    { ...good, sha256: null },
  ];
  for (const verified of notThese)
    expect([verified, await codeOf(backup.restore(file, verified && { verified }))]).toEqual([verified, "database-corrupt"]);
  expect(fingerprint(root)).toEqual(before);
  expect(await verifyBackup(file, { record: false })).toMatchObject({ ok: false, problems: [{ code: "database-corrupt" }] });
  // Somebody vouches for these bytes: they are believed.
  expect(await backup.restore(file, { verified: good })).toMatchObject({ files: 8 });
});
