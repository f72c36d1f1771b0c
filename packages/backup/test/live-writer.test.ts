// Another process commits at full speed while backups run: every copy is whole, conserves money, and has every commit acknowledged before it began.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { createBackup } from "../src/index.ts";
import { balance, depth, folder, hasProgram, plantDatabase } from "./workbench.ts";
import { execFileSync } from "node:child_process";

const BACKUPS = depth(3, 100);

test(`${BACKUPS} backups of a database that is written all the time are ${BACKUPS} good copies`, async ({ skip }) => {
  const place = folder();
  const root = join(place, "user_data");
  const path = join(root, "databases/trades.db");
  plantDatabase(path, 5_000);
  const rowsBefore = balance(path).rows;
  const writer = spawn(process.execPath, ["--no-warnings", join(import.meta.dirname, "writer-child.ts"), path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void writer.kill("SIGKILL"));
  let acknowledged = 0;
  const lines = createInterface({ input: writer.stdout });
  lines.on("line", (line) => (acknowledged = Number(line)));
  await once(lines, "line");
  const backup = createBackup({ root });
  const copies: { file: string; before: number }[] = [];
  for (let count = 0; count < BACKUPS; count++) {
    const before = acknowledged;
    const { file } = await backup.create({ to: join(place, "backups"), encrypt: "none" });
    copies.push({ file, before });
  }
  writer.kill("SIGKILL");
  await once(writer, "exit");
  const spread = (copies.at(-1)?.before ?? 0) - (copies[0]?.before ?? 0);
  expect(spread).toBeGreaterThan(BACKUPS);
  for (const [index, { file, before }] of copies.entries()) {
    const home = join(place, `restored-${index}`);
    mkdirSync(home);
    await createBackup({ root: join(home, "user_data") }).restore(file);
    const { rows, cents, integrity } = balance(join(home, "user_data/databases/trades.db"));
    expect({ cents, integrity, hasAll: rows >= rowsBefore + 2 * before, whole: rows % 2 }).toEqual({
      cents: 0,
      integrity: "ok",
      hasAll: true,
      whole: 0,
    });
  }
  const stock = join(place, "restored-0/user_data/databases/trades.db");
  expect(existsSync(`${stock}-wal`)).toBe(false);
  skip(!hasProgram("sqlite3"), "all copies are good; the stock sqlite3, which is not installed, was not asked");
  const said = execFileSync("sqlite3", [stock, "PRAGMA integrity_check; SELECT sum(cents) FROM entries"], { encoding: "utf8" });
  expect([said, existsSync(`${stock}-wal`)]).toEqual(["ok\n0\n", false]);
});
