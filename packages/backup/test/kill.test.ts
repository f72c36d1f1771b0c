// kill -9, for real, at steps of create and restore: afterwards the tree is wholly old or wholly new, the application runs, recovery is idempotent.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBackup, verifyBackup } from "../src/index.ts";
import { balance, depth, folder, plant, plantDatabase } from "./workbench.ts";

function live(work: "create" | "restore" | "relocate" | "drill", root: string, place: string, step: number): boolean {
  const { signal, status, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, "kill-child.ts"), work, root, place, String(step)],
    { encoding: "utf8" },
  );
  if (signal !== "SIGKILL" && status !== 0) throw new Error(stderr);
  return signal === "SIGKILL";
}

/** Steps spread evenly over a run of about this many; every step twice under soak. */
const spread = (steps: number, few: number): number[] => {
  const count = depth(few, steps * 2);
  return Array.from({ length: count }, (_, index) => Math.floor((index * steps) / count));
};

test("restore killed: the old balance or the new one, never a mixture", async () => {
  const place = folder();
  const root = join(place, "user_data");
  const database = join(root, "databases/trades.db");
  plantDatabase(database, 20);
  plant(root, { "state/a.json": "new" });
  const services = {
    stop: async (): Promise<void> => writeFileSync(join(place, "app"), "stopped"),
    start: async (): Promise<void> => writeFileSync(join(place, "app"), "running"),
  };
  const backup = createBackup({ root, services });
  const { file } = await backup.create({ to: place, encrypt: "none" });
  renameSync(file, join(place, "archive.tar.zst"));
  let kills = 0;
  for (const step of spread(60, 7)) {
    rmSync(root, { recursive: true });
    plantDatabase(database, 5);
    plant(root, { "state/a.json": "old", "state/only-old.json": "" });
    writeFileSync(join(place, "app"), "running");
    const killed = live("restore", root, place, step);
    kills += Number(killed);
    const first = await backup.recover();
    const state = readFileSync(join(root, "state/a.json"), "utf8");
    const expected = state === "new" ? { rows: 40, only: false } : { rows: 10, only: true };
    expect([step, killed || state === "new"]).toEqual([step, true]);
    expect([step, balance(database), existsSync(join(root, "state/only-old.json"))]).toEqual([
      step,
      { rows: expected.rows, cents: 0, integrity: "ok" },
      expected.only,
    ]);
    expect([
      step,
      readFileSync(join(place, "app"), "utf8"),
      (await backup.recover()).outcome,
      ["nothing", "forgotten", "finished", "rolled-back"].includes(first.outcome),
    ]).toEqual([step, "running", "nothing", true]);
  }
  expect(kills).toBeGreaterThanOrEqual(depth(5, 90));
});

test("relocate killed: the old tree or the new one runs, and nothing of the safety backup is left beside either", async () => {
  let kills = 0;
  for (const step of spread(36, 4)) {
    const place = folder();
    const root = join(place, "user_data");
    plant(join(place, "old"), { "a.json": "1", "deep/b.json": "2" });
    plantDatabase(join(place, "old/trades.db"), 5);
    plant(place, { app: "running" });
    const killed = live("relocate", root, place, step);
    kills += Number(killed);
    const app = async (): Promise<void> => writeFileSync(join(place, "app"), "running");
    const { outcome } = await createBackup({ root, services: { stop: app, start: app } }).recover();
    expect([step, killed, outcome === "nothing" || killed, readFileSync(join(place, "app"), "utf8")]).toEqual([
      step,
      killed,
      true,
      "running",
    ]);
    const found = existsSync(root) ? readdirSync(root, { recursive: true, encoding: "utf8" }).toSorted() : [];
    const whole = ["state", "state/a.json", "state/deep", "state/deep/b.json", "state/trades.db"];
    expect([[], whole]).toContainEqual(found);
    const beside = [".old.td", ".user_data.td", "safety"].map((name) => join(place, name)).filter(existsSync);
    const left = beside.flatMap((path) => readdirSync(path)).filter((name) => !/^lock|^old_.*\.tar\.zst$/.test(name));
    expect([step, left]).toEqual([step, []]);
    expect(
      readdirSync(join(place, "old"))
        .filter((name) => !/-(?:wal|shm)$/.test(name))
        .toSorted(),
    ).toEqual(["a.json", "deep", "trades.db"]);
  }
  expect(kills).toBeGreaterThanOrEqual(depth(3, 60));
});

test("drill killed: what it had unpacked is private, and gone with the next verification; one at work is left alone", async () => {
  const place = folder();
  const root = join(place, "user_data");
  const scratch = join(place, "scratch");
  mkdirSync(scratch);
  plant(root, { "credentials/key.pem": "not-a-real-secret" });
  const { file } = await createBackup({ root }).create({ to: place, encrypt: "none" });
  renameSync(file, join(place, "archive.tar.zst"));
  expect(live("drill", root, place, -1)).toBe(true);
  const [left = ""] = readdirSync(scratch);
  expect([existsSync(join(scratch, left, "data/credentials/key.pem")), statSync(join(scratch, left)).mode & 0o777]).toEqual([true, 0o700]);
  const verify = (check: () => Promise<void>) =>
    verifyBackup(join(place, "archive.tar.zst"), { level: "drill", scratch, record: false, check });
  const report = await verify(async () => {
    const mine = readdirSync(scratch);
    expect([mine.length, mine.includes(left)]).toEqual([1, false]);
    expect(await verify(async () => expect(readdirSync(scratch)).toHaveLength(2))).toMatchObject({ ok: true });
    expect(readdirSync(scratch)).toEqual(mine);
  });
  expect([report.problems, readdirSync(scratch)]).toEqual([[], []]);
});

test("create killed: a whole archive or none, and the next one clears up", async () => {
  const place = folder();
  const root = join(place, "user_data");
  plantDatabase(join(root, "databases/trades.db"), 20);
  plant(root, { "state/a.json": "{}", "prices.csv": "0123456789".repeat(50_000) });
  let kills = 0;
  for (const step of spread(20, 4)) {
    kills += Number(live("create", root, place, step));
    const { file } = await createBackup({ root }).create({ to: join(place, "backups"), encrypt: "none" });
    const all = readdirSync(join(place, "backups"));
    expect([step, all.filter((name) => name.endsWith(".partial")), readdirSync(join(place, ".user_data.td"))]).toEqual([
      step,
      [],
      ["lock"],
    ]);
    for (const name of all)
      expect(await verifyBackup(join(place, "backups", name), { level: "hashes", record: false })).toMatchObject({ ok: true });
    expect(all).toContain(file.split("/").at(-1));
    rmSync(join(place, "backups"), { recursive: true });
  }
  expect(kills).toBeGreaterThanOrEqual(depth(3, 30));
});
