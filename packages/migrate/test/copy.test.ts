// A dataset that has outgrown its machine: everything arrives on the other engine, or the copy says that it did not.
import { fork } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compareDatasets, copyDataset, importRejects, type CopyProgress } from "@td/migrate";
import { openStorage, type Storage } from "@td/storage";
import { describe, expect, it, onTestFinished } from "vitest";
import { fillDataset, newPlace, opened, type Place } from "./copy-support.ts";
import { lines, marks, OPTIONS, pages } from "./copy-tables.ts";
import { depth, KINDS, type Kind } from "./workbench.ts";

const ROUTES: readonly (readonly [Kind, Kind])[] = [
  ["sqlite", "postgres"],
  ["postgres", "sqlite"],
  ["sqlite", "sqlite"],
  ["postgres", "postgres"],
];

async function filled(kind: Kind, users = 2, fillsEach = 60): Promise<Storage> {
  const storage = await opened(await newPlace(kind));
  await fillDataset(storage, users, fillsEach);
  return storage;
}

const digestOf = async (storage: Storage): Promise<string> => (await storage.digest()).digest;

const failure = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "it succeeded",
    (error: { readonly code?: string }) => String(error.code),
  );

describe.each(ROUTES)("a copy from %s to %s", (source, target) => {
  it(
    "holds every row of every user with all columns, and works on: ledger, credentials, numbers, rejects",
    { timeout: 120_000 },
    async () => {
      const from = await filled(source),
        to = await opened(await newPlace(target));
      const report = await copyDataset(from, to, { batchSize: 50 });

      expect(report).toMatchObject({ resumed: false, rows: report.copied });
      expect(await digestOf(to)).toBe(await digestOf(from));
      const all = { columns: "all", tables: [marks, pages, lines, importRejects] } as const;
      expect((await compareDatasets(from, to, all)).clean).toBe(true);
      const [one, other] = [from.forUser("user 1 \u{1F600}"), to.forUser("user 1 \u{1F600}")];
      expect(await other.ledger.health()).toEqual(await one.ledger.health());
      expect(await other.table(importRejects).count()).toBe(1);
      const who = { actor: "test" };
      expect((await other.credentials.open("main", who)).secret["token"]?.reveal()).toBe("t1");
      // A copy goes on counting where the source was, and computes nothing anew that has not changed.
      const [mine, copied] = [one, other].map((me) => me.table(pages).insert({ id: "new" }));
      expect((await copied)?.seq).toBe((await mine)?.seq);
      expect((await other.ledger.compute()).version).toBe((await one.ledger.compute()).version);
    },
  );
});

describe.each(KINDS)("a copy to %s", (target) => {
  it("is refused when the target holds anything that is not the beginning of it", { timeout: 120_000 }, async () => {
    const from = await filled("sqlite", 1, 20),
      to = await opened(await newPlace(target));
    const mark = { at: "2025-01-01T00:00:00Z", level: "1", n: 1, name: "x", up: true };
    await to.forUser("stranger").table(marks).insert(mark);
    expect(await failure(copyDataset(from, to))).toBe("target-not-empty");
    expect((await compareDatasets(to, to)).tables.reduce((sum, { rows }) => sum + rows, 0)).toBe(1);
    await to.forUser("stranger").table(marks).delete(mark);

    await copyDataset(from, to);
    await to.forUser("user 0 \u{1F600}").fills.update({ id: "late" }, { price: "8" });
    expect(await failure(copyDataset(from, to))).toBe("target-not-empty");
    const { differences } = await compareDatasets(from, to);
    expect(differences).toEqual([
      { table: "fills", userId: "user 0 \u{1F600}", key: { id: "late" }, kind: "different", fields: [{ field: "price", a: "7", b: "8" }] },
    ]);
  });

  it("goes on where it was stopped, and changes nothing when all is there", { timeout: 120_000 }, async () => {
    const from = await filled("sqlite", 2, 40),
      to = await opened(await newPlace(target));
    const stop = new AbortController();
    let batches = 0;
    const onProgress = ({ step }: CopyProgress): void => (step === "copy" && ++batches === 5 ? stop.abort(new Error("enough")) : undefined);
    await expect(copyDataset(from, to, { batchSize: 10, signal: stop.signal, onProgress })).rejects.toThrow("enough");
    const report = await copyDataset(from, to, { batchSize: 25 });
    expect(report.resumed).toBe(true);
    expect(report.copied).toBeLessThan(report.rows);
    expect(await digestOf(to)).toBe(await digestOf(from));
    expect(await copyDataset(from, to)).toMatchObject({ resumed: true, rows: report.rows, copied: 0 });
  });

  it("fails when its source is written to behind its back", { timeout: 120_000 }, async () => {
    const from = await filled("sqlite", 1, 40),
      to = await opened(await newPlace(target));
    let late: Promise<unknown> | undefined;
    const onProgress = ({ step }: CopyProgress): void => {
      if (step === "verify") late ??= from.forUser("user 0 \u{1F600}").fills.update({ id: "0" }, { price: "9" });
    };
    expect(await failure(copyDataset(from, to, { onProgress }))).toBe("copy-differs");
    await late;
    expect(await failure(copyDataset(from, to))).toBe("target-not-empty");
  });

  it(`is equal after ${depth(2, 100)} kills`, { timeout: 600_000 }, async () => {
    const [a, b] = [await newPlace("sqlite"), await newPlace(target)];
    const from = await opened(a);
    await fillDataset(from, depth(2, 6), depth(60, 400));
    let kills = 0;
    while (kills < depth(2, 100) && !(await live(a, b, Math.floor(Math.random() * 12), Math.random() * 8))) kills++;
    const to = await opened(b);
    const report = await copyDataset(from, to);
    expect(await digestOf(to)).toBe(await digestOf(from));
    expect(report.rows).toBe((await copyDataset(from, to)).rows);
  });
});

/** Runs one life; killed `delayMs` after it has said `said` times that it is there. Whether it got to its end. */
function live(from: Place, to: Place, said: number, delayMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "copy-child.ts"), [JSON.stringify(from), JSON.stringify(to), "7"], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [],
    });
    let heard = 0;
    child.on("message", () => {
      if (heard++ === said) void sleep(delayMs).then(() => child.kill("SIGKILL"));
    });
    child.on("exit", (code, signal) =>
      code === 0 || signal === "SIGKILL" ? resolve(code === 0) : reject(new Error(`the copy ended with ${code ?? signal}`)),
    );
  });
}

it("is refused when the target lacks a table with rows, has it in another shape, or the system may not be opened", async () => {
  const from = await filled("sqlite", 1, 5);
  const bare = await openStorage("sqlite::memory:");
  onTestFinished(() => bare.close());
  expect(await failure(copyDataset(from, bare))).toBe("table-unknown");
  expect(await failure(compareDatasets(from, bare, { tables: [marks] }))).toBe("table-unknown");
  const { systemUrl: _system, ...place } = await newPlace("postgres");
  const closed = await openStorage(place.url, OPTIONS);
  onTestFinished(() => closed.close());
  expect(await failure(copyDataset(from, closed))).toBe("not-allowed");
  for (const size of [0, Number.NaN, Infinity]) {
    expect(await failure(copyDataset(from, bare, { batchSize: size }))).toBe("invalid-option");
    expect(await failure(compareDatasets(from, bare, { bucketSize: size }))).toBe("invalid-option");
  }
  expect(await failure(compareDatasets(from, bare, { limit: Number.NaN }))).toBe("invalid-option");
});
