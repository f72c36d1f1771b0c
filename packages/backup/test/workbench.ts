// What the tests of backups share: throwaway trees with real databases, and what stands in them.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished } from "vitest";
import { BackupError } from "../src/index.ts";

/** `usual` at default depth, `deep` under `pnpm soak`. */
export const depth = <T>(usual: T, deep: T): T => (process.env["TD_DEPTH"] === "soak" ? deep : usual);

/** A directory that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "td-backup-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Writes files below a directory: text, bytes. */
export function plant(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** A database with accounts whose amounts sum to 0, in WAL mode. */
export function plantDatabase(path: string, rows = 100): void {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(
    "PRAGMA journal_mode=WAL; CREATE TABLE entries (id INTEGER PRIMARY KEY, account TEXT NOT NULL, cents INTEGER NOT NULL); CREATE INDEX by_account ON entries (account)",
  );
  const insert = database.prepare("INSERT INTO entries (account, cents) VALUES (?, ?), (?, ?)");
  database.exec("BEGIN");
  for (let row = 0; row < rows; row++) insert.run(`a${row % 7}`, row * 31, `b${row % 5}`, row * -31);
  database.exec("COMMIT");
  database.close();
}

/** Number of rows and sum of all amounts. */
export function balance(path: string): { rows: number; cents: number; integrity: string } {
  const database = new DatabaseSync(path);
  try {
    const { rows, cents } = database.prepare("SELECT count(*) AS rows, sum(cents) AS cents FROM entries").get() ?? {};
    const integrity = Object.values(database.prepare("PRAGMA integrity_check").get() ?? {})[0];
    return { rows: Number(rows), cents: Number(cents), integrity: String(integrity) };
  } finally {
    database.close();
  }
}

/** A small tree like that of a trading application. */
export function plantTree(root: string): void {
  plant(root, {
    "credentials/kalshi/prod/kalshi-auth.txt": "email:somebody@example.org\nkey:not-a-real-secret\n",
    "preferences/trading/trade_preferences.json": '{"auto_stop":true}\n',
    "state/account_mode.json": '{"mode":"demo"}\n',
    "state/.hidden": "dot files count, too\n",
    "state/empty.json": "",
    "preferences/ui/größe – very long name to need an extended header, since it has more than one hundred bytes in it.json": "{}",
    "price_history/prices.csv": "time,price\n".concat("2025-03-01T10:00:00Z,64000.01\n".repeat(20_000)),
  });
  mkdirSync(join(root, "state/cache"), { recursive: true });
  plantDatabase(join(root, "databases/trade_history/trades.db"));
}

/** Every path below a directory with a hash of its content, `null` for directories. */
export function fingerprint(root: string): Record<string, string | null> {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    paths.map((path) => {
      const full = join(root, path);
      return [path, statSync(full).isDirectory() ? null : createHash("sha256").update(readFileSync(full)).digest("hex")];
    }),
  );
}

/** The code that a call is refused with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof BackupError) return error.code;
    throw error;
  }
  return "nothing was refused";
}

/** Whether a program is on this machine. */
export function hasProgram(name: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${name}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
