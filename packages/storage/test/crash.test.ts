// A writer that is killed at any moment: what was acknowledged is there, what was not committed is not, and no part of a transaction.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openStorage } from "../src/index.ts";
import { DEPTH, tempFolder } from "./support.ts";

const KILLS = 5 * DEPTH;
const SEED = Number(process.env["TD_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const LONG = 60_000 * DEPTH;
/** Rows that the child writes per transaction, in two imports. */
const ROWS = 40;

interface Killed {
  /** Transactions acknowledged before the kill. */
  readonly acknowledged: number;
}

function writeUntilKilled(file: string, afterMs: number): Promise<Killed> {
  const program = fileURLToPath(new URL("crash.child.ts", import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, JSON.stringify({ file, rows: ROWS })], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (data: Buffer) => {
      if (output === "") void sleep(afterMs).then(() => child.kill("SIGKILL"));
      output += data.toString();
    });
    child.on("error", reject);
    child.on("close", () => resolve({ acknowledged: Number(/(\d+)\n(?:\d*)$/.exec(output)?.[1] ?? 0) }));
  });
}

describe("a writer killed at any moment", () => {
  it(
    `has kept whole transactions, all that it acknowledged, and a sound file (${KILLS} kills, TD_SEED=${SEED})`,
    { timeout: LONG },
    async () => {
      const file = join(tempFolder(), "killed.db");
      const moments = fc.sample(fc.integer({ min: 0, max: 150 }), { numRuns: KILLS, seed: SEED });
      for (let kill = 0, before = 0; kill < KILLS; kill++) {
        const { acknowledged } = await writeUntilKilled(file, moments[kill] ?? 0);
        expect(existsSync(file)).toBe(true);
        const storage = await openStorage(`sqlite:${file}`);
        const me = storage.forUser("ann");
        const rows = await me.fills.count();
        expect(rows % ROWS).toBe(0);
        expect(rows / ROWS).toBeGreaterThanOrEqual(before + acknowledged);
        const last = await me.fills.page({ orderBy: "by_symbol_ingest", direction: "desc", limit: 1 });
        expect(last.rows[0]?.ingestSeq ?? 0).toBe(rows);
        await storage.close();
        const raw = new Database(file, { readonly: true });
        expect(raw.pragma("integrity_check", { simple: true })).toBe("ok");
        raw.close();
        before = rows / ROWS;
      }
    },
  );
});
