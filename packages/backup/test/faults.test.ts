// Every step of create and restore that changes the disk fails once, fails for good, or is the last thing the process does.
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createBackup, verifyBackup, type Backup, type Services } from "../src/index.ts";
import { createFile, watchDisk } from "../src/disk.ts";
import { depth, fingerprint, folder, plant, plantDatabase } from "./workbench.ts";
import { goodArchive } from "./hostile.ts";

afterEach(() => watchDisk(undefined));

type Fault = "EIO once" | "ENOSPC from here on" | "killed here";

/** A world with an application that either runs or not, and a process that may die. */
function world(): {
  root: string;
  area: string;
  to: string;
  file: string;
  backup: Backup;
  app: { runs: boolean };
  life: { dead: boolean };
} {
  const place = folder();
  const app = { runs: true };
  const life = { dead: false };
  const hook = (change: () => void) => async (): Promise<void> => {
    if (life.dead) throw new Error("the process is dead");
    change();
  };
  const services: Services = { stop: hook(() => (app.runs = false)), start: hook(() => (app.runs = true)) };
  const root = join(place, "user_data");
  plant(root, { "state/live.json": "old", "preferences/a.json": "old" });
  const file = join(place, "archive.tar.zst");
  writeFileSync(file, goodArchive);
  return {
    root,
    area: join(place, ".user_data.td"),
    to: join(place, "backups"),
    file,
    backup: createBackup({ root, services }),
    app,
    life,
  };
}

/** Makes the step with this number fail; tells whether it was reached. */
function arm(fault: Fault, at: number, life: { dead: boolean }): () => boolean {
  let count = 0;
  watchDisk((step) => {
    const index = count++;
    if (life.dead || (fault === "killed here" && index === at)) {
      life.dead = true;
      throw new Error("the process is dead");
    }
    const full = fault === "ENOSPC from here on" && index >= at && ["create", "write", "mkdir"].includes(step);
    if (full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    if (fault === "EIO once" && index === at) throw Object.assign(new Error("input/output error"), { code: "EIO" });
  });
  return () => count > at;
}

const FAULTS: readonly Fault[] = ["EIO once", "ENOSPC from here on", "killed here"];

test.for(FAULTS)(
  "restore, %s, at step after step: the tree is wholly old or wholly new, the application runs, nothing is left",
  async (fault) => {
    const stride = fault === "killed here" ? depth(2, 1) : depth(5, 1);
    for (let at = 0, reached = true; reached; at += stride) {
      const { root, area, file, backup, app, life } = world();
      const old = fingerprint(root);
      const wasReached = arm(fault, at, life);
      const outcome = await backup.restore(file).then(
        () => "done",
        (error: Error & { code?: string }) => error.code ?? error.message,
      );
      reached = wasReached();
      watchDisk(undefined);
      life.dead = false;
      const first = await backup.recover();
      const second = await backup.recover();
      const now = fingerprint(root);
      const isOld = JSON.stringify(now) === JSON.stringify(old);
      const isNew = now["credentials/key.pem"] !== undefined && now["state/live.json"] === undefined && Object.keys(now).length === 8;
      const left = readdirSync(area).filter((name) => !/^(lock|previous-.*|failed-.*)$/.test(name));
      expect([at, isOld || isNew, outcome !== "done" || isNew, app.runs, second.outcome, left]).toEqual([
        at,
        true,
        true,
        true,
        "nothing",
        [],
      ]);
      expect([at, outcome !== "rolled-back" || (isOld && first.outcome === "nothing")]).toEqual([at, true]);
      // The work goes on as if nothing had been.
      await backup.restore(file);
      expect(Object.keys(fingerprint(root))).toContain("credentials");
    }
  },
);

test("a large file whose flush fails while it is written is not taken for written, though the last flush succeeds", async () => {
  const file = await createFile(join(folder(), "large"));
  let syncs = 0;
  watchDisk((step) => {
    if (step === "sync" && syncs++ === 0) throw Object.assign(new Error("input/output error"), { code: "EIO" });
  });
  for (let written = 0; written < 3; written++) await file.write(Buffer.alloc(2 ** 24));
  await expect(file.close()).rejects.toMatchObject({ code: "EIO" });
  expect(syncs).toBe(2);
});

test.for(FAULTS)("create, %s, at step after step: there is a whole archive or none", async (fault) => {
  const { root, area, to, backup, life } = world();
  plant(root, { "price_history/prices.csv": "0123456789".repeat(50_000) });
  for (let at = 0, reached = true; reached; at += depth(fault === "killed here" ? 3 : 6, 1)) {
    rmSync(to, { recursive: true, force: true });
    const wasReached = arm(fault, at, life);
    const outcome = await backup.create({ to, encrypt: "none" }).then(
      ({ file }) => file,
      () => undefined,
    );
    reached = wasReached();
    watchDisk(undefined);
    life.dead = false;
    await backup.recover();
    const files = existsSync(to) ? readdirSync(to) : [];
    expect([at, files.filter((name) => name.includes("partial")), readdirSync(area), files.length <= 1]).toEqual([at, [], ["lock"], true]);
    for (const name of files) expect(await verifyBackup(join(to, name), { level: "hashes", record: false })).toMatchObject({ ok: true });
    expect(outcome === undefined || existsSync(outcome)).toBe(true);
  }
});

// A limit of the system on the size of files is felt by every process, SQLite's helper included: what a full disk does, without a disk to fill.
test.for(["create", "restore"])("%s that hits the system's limit on file sizes says so and leaves nothing", async (work) => {
  const place = folder();
  const root = join(place, "user_data");
  plantDatabase(join(root, "databases/trades.db"), 5_000);
  plant(root, { "state/noise.bin": randomBytes(400_000) });
  const backup = createBackup({ root });
  const { file } = await backup.create({ to: place, encrypt: "none" });
  renameSync(file, join(place, "archive.tar.zst"));
  // SQLite leaves an empty log behind where it could not make a whole one.
  const tree = (): unknown => Object.entries(fingerprint(root)).filter(([path]) => !/-(wal|shm)$/.test(path));
  const before = tree();
  for (const kilobytes of depth([16, 300], [1, 4, 16, 64, 100, 200, 300, 350])) {
    const line = `ulimit -f ${kilobytes}; exec "$0" --no-warnings "$@"`;
    const child = join(import.meta.dirname, "kill-child.ts");
    const { status, stderr } = spawnSync("bash", ["-c", line, process.execPath, child, work, root, place, "-1"], { encoding: "utf8" });
    expect([kilobytes, status, /BackupError: .*(EFBIG|full|disk I\/O)/s.test(stderr)]).toEqual([kilobytes, 1, true]);
    expect([kilobytes, (await backup.recover()).outcome]).toEqual([kilobytes, "nothing"]);
    expect([kilobytes, tree(), readdirSync(join(place, ".user_data.td"))]).toEqual([kilobytes, before, ["lock"]]);
    expect(existsSync(join(place, "backups")) ? readdirSync(join(place, "backups")) : []).toEqual([]);
  }
});
