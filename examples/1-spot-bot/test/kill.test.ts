import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeLegacyBook, type BookTruth } from "@td/testkit";
import { expect, test } from "vitest";
import { runForReport, SOAK, start, tempFolder } from "./run.ts";
import { lookAt, until, versionSeen } from "./watch.ts";

const KILLS = SOAK ? 50 : 2;
/** Kills per database: more would only interrupt second runs. */
const PER_DATABASE = 2;

/** Kills one run some time after its database is there; false when it had ended before. */
async function killOnce(args: readonly string[], db: string, delayMs: number): Promise<boolean> {
  const { child, ended } = start(args);
  await until(() => existsSync(db) || child.exitCode !== null);
  await new Promise((resolve) => setTimeout(resolve, delayMs));
  child.kill("SIGKILL");
  return (await ended).signal === "SIGKILL";
}

/** How long the work takes from the moment when the database is there. */
async function measure(args: readonly string[], db: string): Promise<number> {
  const { child, ended } = start(args);
  await until(() => existsSync(db) || child.exitCode !== null);
  const began = performance.now();
  expect((await ended).code).toBe(0);
  return performance.now() - began;
}

/** Kills the runs on one database, the first one at a given moment, the others at any; then lets one end. What readers saw in between. */
async function torment(args: readonly string[], db: string, truth: BookTruth, workMs: number, firstMs: number): Promise<number[]> {
  const seen: number[] = [];
  while (seen.length < PER_DATABASE) {
    if (!(await killOnce(args, db, seen.length === 0 ? firstMs : randomInt(Math.ceil(workMs))))) break;
    const version = versionSeen(lookAt(db), truth);
    expect(version).toBeGreaterThanOrEqual(seen.at(-1) ?? 0);
    seen.push(version);
  }
  const report = await runForReport(args);
  expect([report.versions.before.sha256, report.versions.after.sha256]).toEqual([truth.v1.sha256, truth.v2.sha256]);
  expect([report.imports.trades.read, report.reconciliation?.backfilled.length]).toEqual([
    truth.files["trade_records.jsonl"].lines,
    truth.missingInsideRetention,
  ]);
  expect(versionSeen(lookAt(db), truth)).toBe(2);
  return seen;
}

test(
  `${KILLS} kills at random moments change nothing in the end, and nobody ever sees a part of a version`,
  { timeout: SOAK ? 3_600_000 : 300_000 },
  async () => {
    const out = tempFolder(),
      folder = join(out, "book");
    const truth = writeLegacyBook(folder, { seed: 4, scale: 1, dirty: true });
    const argsFor = (db: string) => ["--input", folder, "--db", db, "--as-of", truth.asOf];
    const workMs = await measure(argsFor(join(out, "first.db")), join(out, "first.db"));
    const seen: number[] = [];
    const rounds = Math.ceil(KILLS / PER_DATABASE);
    for (let round = 0; seen.length < KILLS; round++) {
      const db = join(out, `round-${round}.db`);
      const firstMs = (workMs * ((round % rounds) + 0.5)) / rounds; // the first kills are spread evenly over the work
      seen.push(...(await torment(argsFor(db), db, truth, workMs, firstMs)));
    }
    expect(seen.length).toBeGreaterThanOrEqual(KILLS);
  },
);
