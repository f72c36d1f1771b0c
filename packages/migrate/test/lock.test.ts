// One process runs an import at a time; the other waits, or is told who does.
import { fork, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { importLocks, importRuns, jsonLines, runImport, type ImportReport } from "@td/migrate";
import { describe, expect, test } from "vitest";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { file, folder, jsonl, KINDS, newName, storageOn, trade, urlOn } from "./workbench.ts";

const source = (): string => file(jsonl(...Array.from({ length: 600 }, (_, at) => trade(`t${at}`))));

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly facts: { readonly process: number };
}

/**
 * Starts two processes, lets both begin at the same moment, and gives what came of each, with its process. Unless they are to wait for each other, the one
 * that imports holds still until the other has said something.
 */
async function race(
  database: string,
  name: string,
  path: string,
  wait: number,
): Promise<readonly { pid: number | undefined; outcome: Partial<ImportReport & Refusal> }[]> {
  const gate = join(folder(), "gate");
  const open = (): void => writeFileSync(gate, "");
  if (wait > 0) open();
  const children = [1, 2].map(() =>
    fork(join(import.meta.dirname, "race-child.ts"), [database, name, path, String(wait), gate], { execArgv: [] }),
  );
  const said = (child: (typeof children)[number]): Promise<unknown> => new Promise((resolve) => child.once("message", resolve));
  await Promise.all(children.map(said));
  const outcomes = children.map(said);
  for (const child of children) child.send("go");
  await Promise.race(outcomes);
  open();
  return Promise.all(children.map(async ({ pid }, at) => ({ pid, outcome: (await outcomes[at]) as Partial<ImportReport & Refusal> })));
}

describe.each(KINDS)("on %s of two processes that start the same import at once", (engine) => {
  test("one runs it, and the other is told who does", async () => {
    const place = folder(),
      database = await urlOn(engine, join(place, "race.db")),
      name = newName();
    const all = await race(database, name, source(), 0);
    const winner = all.find(({ outcome }) => outcome.status === "completed");
    const loser = all.find((one) => one !== winner);
    expect(winner?.outcome).toMatchObject({ read: 600, written: 600 });
    expect(loser?.outcome).toMatchObject({ code: "import-running" });
    // Neither knows the other's number when both begin in the same millisecond on PostgreSQL.
    expect(loser?.outcome.message).toMatch(new RegExp(`by process ${winner?.pid} on |at the same moment`));
    const me = (await storageOn(engine, join(place, "race.db"))).forUser(name);
    expect([await me.table(importRuns).count(), await me.fills.count()]).toEqual([1, 600]);
  });

  test("one waits for the other when it is told to, and finds everything there", async () => {
    const place = folder(),
      database = await urlOn(engine, join(place, "race.db"));
    const all = await race(database, newName(), source(), 60_000);
    expect(all.map(({ outcome }) => outcome.status)).toEqual(["completed", "completed"]);
    expect(new Set(all.map(({ outcome }) => `${outcome.written} ${outcome.identical}`))).toEqual(new Set(["0 600", "600 0"]));
  });
});

describe("a lock", () => {
  async function locked(change: object) {
    const me = (await storageOn("sqlite")).forUser("u");
    const lock = { name: "trade-records", token: "x", host: hostname(), process: process.pid, since: "2025-01-01T00:00:00Z", ...change };
    await me.table(importLocks).insert(lock);
    const path = file(jsonl(trade("a")));
    return { me, run: (options: object = {}) => runImport(me, tradeRecordImport(jsonLines(path)), options) };
  }
  const at = (time: string): { now: () => Date } => ({ now: () => new Date(time) });

  test("of a process that has died on this machine holds nobody up", async () => {
    const { run } = await locked({ process: spawnSync(process.execPath, ["--version"]).pid });
    expect(await run(at("2025-01-01T00:00:01Z"))).toMatchObject({ written: 1 });
  });

  test("that this process was left with holds nobody up", async () => {
    expect(await (await locked({})).run()).toMatchObject({ written: 1 });
  });

  test("of a living process on this machine holds others up, however long it is silent, until it is taken over", async () => {
    const { me, run } = await locked({ process: process.ppid });
    await expect(run()).rejects.toMatchObject({
      code: "import-running",
      retryable: true,
      facts: { process: process.ppid, host: hostname(), since: "2025-01-01T00:00:00.000000Z" },
      message: expect.stringMatching(/by process \d+ on .* since 2025-01-01T00:00:00\.000000Z \(last sign of life 2025/),
    });
    expect(await run({ takeOver: true })).toMatchObject({ written: 1 });
    expect(await me.table(importLocks).get({ name: "trade-records" })).toMatchObject({ token: null, process: process.pid });
  });

  test("of another machine holds others up for a minute after its last sign of life", async () => {
    const { run } = await locked({ host: "elsewhere" });
    await expect(run(at("2025-01-01T00:00:59Z"))).rejects.toMatchObject({ code: "import-running", facts: { host: "elsewhere" } });
    expect(await run(at("2025-01-01T00:01:00Z"))).toMatchObject({ written: 1 });
  });

  test("is let go of when the import fails, and does not hold other names or a rehearsal up", async () => {
    const { me, run } = await locked({ name: "other", process: process.ppid });
    await expect(
      run({
        onProgress: () => {
          throw new Error("stop");
        },
      }),
    ).rejects.toThrow("stop");
    expect(await me.table(importLocks).get({ name: "trade-records" })).toMatchObject({ token: null });
    expect(await run({ dryRun: true })).toMatchObject({ identical: 1 });
    expect(await run()).toMatchObject({ status: "completed", read: 1 });
  });
});
