// Stopped, killed, and told again: in the end all is as if nothing had happened.
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Report } from "../report.ts";
import { back, folder, forward, SOAK, start } from "./workbench.ts";

/** Each with two kills on the way forward and one on the way back. */
const ROUNDS = SOAK ? 20 : 1;

/** What must be the same however often a run was interrupted: all but the times in the audit trail, and verifications that were done twice. */
function lasting({ imports, users, vault, pending, archives, knownAnswer }: Report) {
  const accounts = imports.map(({ user, name, read, written, identical, conflict, rejected, verified }) => ({
    user,
    name,
    read,
    written,
    identical,
    conflict,
    rejected,
    verified,
  }));
  const { phase, dirtyKeys, inFile, inTable } = pending ?? {};
  return {
    accounts,
    users,
    fields: vault?.fields,
    equal: vault?.equal,
    phase,
    dirtyKeys,
    inFile,
    inTable,
    files: archives.map(({ files }) => files),
    knownAnswer,
  };
}

/** Starts a run and kills it somewhere behind the moment when there is a database, unless it ends before. */
async function killOnce(args: readonly string[], out: string): Promise<void> {
  const { child, ended } = start(...args);
  while (!existsSync(join(out, "td.db")) && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, randomInt(2500)));
  child.kill("SIGKILL");
  await ended;
}

test(
  `${3 * ROUNDS} kills at random moments, forward and back, change nothing in the end`,
  { timeout: SOAK ? 3_600_000 : 240_000 },
  async () => {
    const whole = folder();
    const [report, wayBack] = [await forward("--out", whole), await back("--out", whole)];
    for (let round = 0; round < ROUNDS; round++) {
      const out = folder();
      await killOnce(["--out", out], out);
      await killOnce(["--out", out], out);
      expect(lasting(await forward("--out", out))).toEqual(lasting(report));
      await killOnce(["--out", out, "--back"], out);
      expect((await back("--out", out)).tree).toEqual(wayBack.tree);
    }
  },
);

test("Ctrl-C stops at a safe place, says so, and the same command goes on", { timeout: 120_000 }, async () => {
  const out = folder();
  const { child, ended } = start("--out", out, "--json");
  while (!existsSync(join(out, "td.db"))) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended;
  expect([code, JSON.parse(stdout)]).toMatchObject([130, { error: { code: "stopped" } }]);
  expect(stderr).toContain("the same command goes on from there");
  expect((await forward("--out", out)).knownAnswer).toMatchObject({ right: true });
});
