import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { writeLegacyBook } from "@td/testkit";
import { expect, test, vi } from "vitest";
import { runForReport, start, tempFolder } from "./run.ts";
import { lookAt, until, versionSeen } from "./watch.ts";

// Each test runs the program several times; a machine under load needs its time.
vi.setConfig({ testTimeout: 240_000 });

/** Records that the import has committed. */
function recordsRead(path: string): number {
  if (!existsSync(path)) return 0;
  const db = new Database(path, { readonly: true, timeout: 10_000 });
  try {
    return db.prepare<[], number>("SELECT coalesce(max(records_read), 0) FROM td_import_runs").pluck().get() ?? 0;
  } catch {
    return 0; // the tables are not there yet
  } finally {
    db.close();
  }
}

test("Ctrl-C ends at a safe place, says how to go on, and the same command goes on to the same answer", async () => {
  const out = tempFolder(),
    folder = join(out, "book"),
    db = join(out, "td.db");
  const truth = writeLegacyBook(folder, { seed: 9, scale: 1, dirty: true });
  const args = ["--input", folder, "--db", db, "--as-of", truth.asOf];

  const stopped = start([...args, "--json"]);
  await until(() => recordsRead(db) > 0);
  stopped.child.kill("SIGINT");
  const { code, stdout, stderr } = await stopped.ended;
  expect(code).toBe(130);
  expect(stderr).toContain("Stopping at the next safe place.");
  expect(stderr).toContain(`the same command goes on from there:\n   node examples/1-spot-bot/main.ts --input ${folder}`);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "stopped" } });
  const read = recordsRead(db);
  expect(versionSeen(lookAt(db), truth)).toBeLessThan(2);

  const report = await runForReport(args);
  expect(report.imports.trades.resumedAtLine ?? 0).toBeGreaterThanOrEqual(read);
  expect([report.versions.before.sha256, report.versions.after.sha256]).toEqual([truth.v1.sha256, truth.v2.sha256]);
  expect(report.imports.trades.read).toBe(truth.files["trade_records.jsonl"].lines);
});

test("a second Ctrl-C ends at once, and that is safe, too", async () => {
  const out = tempFolder(),
    folder = join(out, "book"),
    db = join(out, "td.db");
  const truth = writeLegacyBook(folder, { seed: 9, scale: 1, dirty: true });
  const args = ["--input", folder, "--db", db, "--as-of", truth.asOf];
  const { child, ended } = start(args);
  await until(() => recordsRead(db) > 0);
  child.kill("SIGINT");
  child.kill("SIGTERM");
  expect([130, 143]).toContain((await ended).code);
  expect(versionSeen(lookAt(db), truth)).toBeLessThan(2);
  expect((await runForReport(args)).versions.after.sha256).toBe(truth.v2.sha256);
});
