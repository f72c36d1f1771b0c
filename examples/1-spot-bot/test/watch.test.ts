import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { writeLegacyBook, type BookTruth } from "@td/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { runForReport } from "./run.ts";
import { lookAt, versionSeen } from "./watch.ts";

// The kill test trusts the watcher. Here it is shown databases that are wrong, one way each.
describe("the watcher of the kill test notices", () => {
  let folder: string, sound: string, truth: BookTruth;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "td-watch-"));
    sound = join(folder, "sound.db");
    truth = writeLegacyBook(join(folder, "book"), { seed: 4, scale: 1, dirty: true });
    await runForReport(["--input", join(folder, "book"), "--db", sound, "--as-of", truth.asOf]);
    return () => rmSync(folder, { recursive: true });
  }, 240_000);

  /** What the watcher says about a copy that was changed by hand. */
  function seenAfter(sql: string): number {
    const copy = join(folder, "changed.db");
    copyFileSync(sound, copy);
    const db = new Database(copy);
    db.exec(sql);
    db.close();
    return versionSeen(lookAt(copy), truth);
  }

  test("nothing in a sound ledger, nor in one that is not there", () => {
    expect(seenAfter("SELECT 1")).toBe(2);
    expect(versionSeen(lookAt(join(folder, "nowhere.db")), truth)).toBe(0);
    expect(seenAfter("DELETE FROM fifo_current_version; DELETE FROM fifo_version_totals")).toBe(0);
  });

  test.each([
    ["one symbol that still shows the version before", "UPDATE fifo_current_version SET allocation_version = 1 WHERE symbol = 'BTC-USD'"],
    ["one symbol without a version", "DELETE FROM fifo_current_version WHERE symbol = 'BTC-USD'"],
    ["one allocation that is missing", "DELETE FROM fifo_allocations WHERE allocation_version = 2 AND symbol = 'BTC-USD' AND seq = 0"],
    ["one fill that is missing", "DELETE FROM fills WHERE id = (SELECT max(id) FROM fills WHERE source LIKE 'import:%' AND side = 'buy')"],
    ["one record that is not accounted for", "UPDATE td_import_runs SET records_read = records_read + 1"],
  ])("%s", (_what, sql) => {
    expect(() => seenAfter(sql)).toThrow(/half visible|does not add up/);
  });
});
