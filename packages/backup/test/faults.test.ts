// Every step of create and restore that changes the disk fails once, fails for good, or is the last thing the process does.
import { readdirSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createBackup, verifyBackup, type Backup, type Services } from "../src/index.ts";
import { watchDisk } from "../src/disk.ts";
import { depth, fingerprint, folder, plant } from "./workbench.ts";
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
