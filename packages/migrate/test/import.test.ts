import { appendFileSync } from "node:fs";
import { join } from "node:path";
import {
  defineImport,
  importRejects,
  importRuns,
  importTables,
  jsonLines,
  MigrateError,
  records,
  requiredText,
  runImport,
  type ImportProgress,
  type Source,
} from "@td/migrate";
import { c, defineTable, fills, type InputOf, type Scope } from "@td/storage";
import { run } from "@td/storage/internal";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { tradeRecordImport } from "./spot-bot-job.ts";
import {
  execute,
  file,
  KINDS,
  newName,
  ownerUrl,
  fillsDigest,
  folder,
  jsonl,
  rejectsOf,
  rejectsText,
  storageOn,
  trade,
  userOn,
} from "./workbench.ts";

const trades = (count: number, change: Readonly<Record<string, unknown>> = {}): string =>
  jsonl(...Array.from({ length: count }, (_, at) => trade(`t${at}`, change)));

describe.each(KINDS)("on %s", (engine) => {
  const user = () => userOn(engine);
  const storage = (path?: string) => storageOn(engine, path);

  /** Makes a trigger that does something behind td's back. */
  async function plant(me: Scope, trigger: string, body: string): Promise<void> {
    if (engine === "sqlite") return void (await run(me, `${trigger} begin ${body} end`));
    const made = `create function thief() returns trigger language plpgsql as $$ begin ${body} return null; end $$`;
    return execute(ownerUrl(), made, `${trigger} execute function thief()`);
  }

  describe("an import", () => {
    test("writes each record once and says so", async () => {
      const me = await user(),
        path = file(trades(3));
      const report = await runImport(me, tradeRecordImport(jsonLines(path)), { now: () => new Date("2025-06-01T00:00:00Z") });
      expect(report).toMatchObject({
        name: "trade-records",
        status: "completed",
        dryRun: false,
        read: 3,
        written: 3,
        identical: 0,
        conflict: 0,
        rejected: 0,
        balanced: true,
        resumedFrom: null,
        byReason: {},
        rejects: [],
      });
      expect(await me.table(importRuns).get({ runId: report.runId })).toMatchObject({
        status: "completed",
        target: "fills",
        attempt: 1,
        startedAt: "2025-06-01T00:00:00.000000Z",
        finishedAt: "2025-06-01T00:00:00.000000Z",
      });
      expect(await me.fills.get({ id: "t1" })).toMatchObject({ symbol: "BTC-USD", source: "import:trade-records" });
    });

    test("keeps the first record of an id, in the same batch and across batches", async () => {
      const source = jsonl(
        trade("a"),
        trade("a"),
        trade("a", { price: "1" }),
        trade("b"),
        trade("a", { size: "0.50" }),
        trade("b", { side: "sell" }),
      );
      for (const batchSize of [1, 2, 1000]) {
        const me = await user();
        const report = await runImport(me, tradeRecordImport(jsonLines(file(source))), { batchSize });
        expect(report).toMatchObject({ read: 6, written: 2, identical: 2, conflict: 2 });
        expect((await rejectsOf(me, report)).map(({ kind, place }) => [kind, place.line])).toEqual([
          ["conflict", 3],
          ["conflict", 6],
        ]);
        expect((await me.fills.get({ id: "a" }))?.price.toFixed()).toBe("100000.25");
      }
    });

    test("gives the same table and the same rejects whatever the size of a batch", async () => {
      const source = jsonl(
        ...Array.from({ length: 50 }, (_, at) =>
          trade(`t${at % 40}`, at % 7 === 0 ? { size: "x" } : at % 11 === 0 ? { price: String(at) } : {}),
        ),
      );
      const outcomes = [];
      for (const batchSize of [1, 3, 50, 1000]) {
        const me = await user(),
          { runId: _, ...report } = await runImport(me, tradeRecordImport(jsonLines(file(source, "same"))), { batchSize });
        outcomes.push([
          await fillsDigest(me),
          await rejectsText(me),
          { ...report, source: report.source.sha256, rejects: report.rejects.map(({ place }) => place) },
        ]);
      }
      for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
    });

    test("never replaces a row that stands, whoever wrote it", async () => {
      const me = await user();
      await me.fills.insert({
        id: "a",
        symbol: "BTC-USD",
        side: "buy",
        quantity: "9",
        price: "1",
        executedAt: new Date(0),
        source: "by hand",
      });
      const report = await runImport(me, tradeRecordImport(jsonLines(file(trades(1).replace("t0", "a")))));
      expect(report).toMatchObject({ written: 0, conflict: 1 });
      expect((await me.fills.get({ id: "a" }))?.source).toBe("by hand");
    });

    test("belongs to one user", async () => {
      const opened = await storage(),
        source = jsonLines(file(trades(2)));
      const [a, b] = [opened.forUser(newName()), opened.forUser(newName())];
      await runImport(a, tradeRecordImport(source));
      expect(await b.fills.count()).toBe(0);
      expect(await runImport(b, tradeRecordImport(source))).toMatchObject({ written: 2 });
    });

    test("skips a byte order mark and blank lines, and takes CR LF and a last line without ending", async () => {
      const me = await user(),
        text = `\u{feff}\r\n${JSON.stringify(trade("a"))}\r\n  \t\n\n${JSON.stringify(trade("b"))}`;
      const report = await runImport(me, tradeRecordImport(jsonLines(file(text + "\n{"))));
      expect(report).toMatchObject({ read: 3, written: 2, rejected: 1 });
      expect(report.rejects[0]).toMatchObject({ place: { line: 6, byteOffset: Buffer.byteLength(text) + 1 }, text: "{" });
    });

    test("keeps a rejected record byte for byte, text or not, with its place", async () => {
      const bad = [
        Buffer.from('{"order_id":"\u00e9", x}\r'),
        Buffer.from([0x7b, 0xff, 0x00, 0xfe]),
        Buffer.from('{"a":"\0"}'),
        Buffer.from("   [] "),
      ];
      const source = Buffer.concat(bad.flatMap((bytes) => [Buffer.from(trades(1)), bytes, Buffer.from("\n")]));
      const me = await user(),
        report = await runImport(me, tradeRecordImport(jsonLines(file(source))));
      const kept = await rejectsOf(me, report);
      expect(kept.map(({ raw }) => Buffer.from(raw).toString("latin1"))).toEqual(
        bad.map((bytes) => bytes.toString("latin1").replace("\r", "")),
      );
      expect(kept.map(({ reason }) => reason)).toEqual(["malformed-json", "invalid-utf8", "malformed-json", "not-an-object"]);
      expect(kept.map(({ text }) => text !== null)).toEqual([true, false, false, true]);
      for (const { place, raw } of kept) expect(source.subarray(place.byteOffset, place.byteOffset + raw.length).equals(raw)).toBe(true);
    });

    test("tells what a column of the table refuses by its reason where td has one", async () => {
      const me = await user();
      const source = records("memory", [
        trade("a", { size: "0.1234567890123456789" }),
        trade("\ud800"),
        trade("c", { size: "1".repeat(30) }),
      ]);
      const report = await runImport(me, tradeRecordImport(source));
      expect(report.byReason).toEqual({ "value-rejected": 3 });
      expect(report.rejects.map((reject) => reject.kind === "rejected" && reject.issues)).toEqual([
        [{ reason: "value-rejected", field: "quantity", note: "too-many-decimals" }],
        [{ reason: "value-rejected", field: "id", note: "text-not-storable" }],
        [{ reason: "value-rejected", field: "quantity", note: "too-many-digits" }],
      ]);
    });

    test("tells which condition of the table a row breaks", async () => {
      const odd = defineImport({
        name: "odd",
        source: records("memory", [{ id: "a" }]),
        schema: z.object({ id: z.string() }),
        into: fills,
        map: ({ id }) => ({ id, symbol: "X-Y", side: "buy" as const, quantity: "0", price: "1", executedAt: new Date(0), source: "test" }),
      });
      const { rejects } = await runImport(await user(), odd);
      expect(rejects).toMatchObject([{ reason: "value-rejected", issues: [{ note: "fills_quantity_positive" }] }]);
    });
  });

  const pairs = defineTable(
    "pairs",
    { userId: c.text(), id: c.text(), part: c.int(), value: c.text() },
    { primaryKey: ["userId", "id", "part"] },
  );
  const pair = z.object({ id: requiredText("missing-id"), values: z.array(z.string()) });

  function pairImport(items: readonly unknown[], map?: (record: z.infer<typeof pair>) => readonly InputOf<typeof pairs>[]) {
    const rowsOf = ({ id, values }: z.infer<typeof pair>): readonly InputOf<typeof pairs>[] =>
      values.map((value, part) => ({ id, part, value }));
    return defineImport({ name: "pairs", source: records("pairs", items), schema: pair, into: pairs, map: map ?? rowsOf });
  }

  async function pairUser(): Promise<Scope> {
    return userOn(engine, [...importTables, pairs]);
  }

  describe("a record of several rows", () => {
    test("is written all or none, and counts once", async () => {
      const me = await pairUser();
      const items = [
        { id: "a", values: ["1", "2"] },
        { id: "a", values: ["1", "2", "3"] },
        { id: "a", values: ["1", "x"] },
        { id: "b", values: ["1", "\ud800"] },
        { id: "c", values: ["1"] },
        { id: "a", values: ["1"] },
      ];
      const report = await runImport(me, pairImport(items));
      expect(report).toMatchObject({ read: 6, written: 3, identical: 1, conflict: 1, rejected: 1 });
      const { rows } = await me.table(pairs).page();
      expect(rows.map(({ id, part, value }) => `${id}${part}${value}`)).toEqual(["a01", "a12", "a23", "c01"]);
      expect(report.rejects).toMatchObject([
        { kind: "conflict", rows: [{ incoming: { part: 1, value: "x" }, existing: { value: "2" } }] },
        { kind: "rejected", issues: [{ field: "value" }] },
      ]);
    });

    test("without rows is rejected, for a record that becomes nothing is lost", async () => {
      expect(await runImport(await pairUser(), pairImport([{ id: "a", values: [] }]))).toMatchObject({
        read: 1,
        rejected: 1,
        byReason: { "no-rows": 1 },
      });
    });

    test("that map throws on is rejected with its words", async () => {
      const failing = pairImport([{ id: "a", values: [] }], () => {
        throw new Error("no such market");
      });
      expect((await runImport(await pairUser(), failing)).rejects).toMatchObject([
        { reason: "map-failed", issues: [{ note: "no such market" }] },
      ]);
    });
  });

  describe("an interrupted import", () => {
    test("stops after the batch in hand and goes on from there", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(trades(10))));
      const stop = new AbortController();
      const first = await runImport(me, job, { batchSize: 3, signal: stop.signal, onProgress: ({ read }) => read === 6 && stop.abort() });
      expect(first).toMatchObject({ status: "interrupted", read: 6, written: 6 });
      expect(first.source.sha256).toBeNull();
      const second = await runImport(me, job, { batchSize: 3 });
      expect(second).toMatchObject({
        runId: first.runId,
        status: "completed",
        read: 10,
        written: 10,
        identical: 0,
        resumedFrom: { line: 7 },
      });
      expect(await me.table(importRuns).count()).toBe(1);
    });

    test("that was stopped before its first batch goes on from the start", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file("\u{feff}" + trades(2))));
      expect(await runImport(me, job, { signal: AbortSignal.abort() })).toMatchObject({ status: "interrupted", read: 0 });
      expect(await runImport(me, job)).toMatchObject({ status: "completed", read: 2, written: 2, resumedFrom: { line: 1, byteOffset: 3 } });
    });

    test("that was stopped after its last batch completes", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(trades(4) + "\n\n")));
      const failing = runImport(me, job, {
        batchSize: 4,
        onProgress: () => {
          throw new Error("the screen is gone");
        },
      });
      await expect(failing).rejects.toThrow("the screen is gone");
      expect(await runImport(me, job)).toMatchObject({ status: "completed", read: 4, written: 4 });
    });

    test("notes why it failed", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(trades(4))));
      await expect(
        runImport(me, job, {
          onProgress: () => {
            throw new MigrateError("superseded", "as if");
          },
        }),
      ).rejects.toThrow("as if");
      expect((await me.table(importRuns).page()).rows).toMatchObject([
        { status: "failed", errorCode: "superseded", errorMessage: "as if" },
      ]);
    });

    test("lets timers and signals in between two batches", async () => {
      const stop = new AbortController();
      setImmediate(() => stop.abort());
      const report = await runImport(
        await user(),
        tradeRecordImport(records("memory", [trade("a"), trade("b"), trade("c"), trade("d"), trade("e")])),
        { batchSize: 1, signal: stop.signal },
      );
      expect(report.status).toBe("interrupted");
      expect(report.read).toBeLessThan(5);
    });

    test("of records in memory goes on only if they are the same again", async () => {
      const me = await user(),
        items = [trade("a"), trade("b"), trade("c")],
        stop = new AbortController();
      await runImport(me, tradeRecordImport(records("memory", items)), {
        batchSize: 2,
        signal: stop.signal,
        onProgress: () => stop.abort(),
      });
      await expect(runImport(me, tradeRecordImport(records("memory", [trade("x"), trade("b"), trade("c")])))).rejects.toMatchObject({
        code: "source-changed",
      });
      await expect(runImport(me, tradeRecordImport(records("memory", [trade("a")])))).rejects.toMatchObject({ code: "source-changed" });
      expect(await runImport(me, tradeRecordImport(records("memory", items)))).toMatchObject({
        read: 3,
        written: 3,
        resumedFrom: { line: 3 },
      });
    });

    test("is given up with restart, and what it wrote is identical then", async () => {
      const me = await user(),
        path = file(trades(4)),
        stop = new AbortController();
      const first = await runImport(me, tradeRecordImport(jsonLines(path)), {
        batchSize: 2,
        signal: stop.signal,
        onProgress: () => stop.abort(),
      });
      appendFileSync(path, jsonl(trade("new")));
      await expect(runImport(me, tradeRecordImport(jsonLines(path)))).rejects.toMatchObject({ code: "source-changed" });
      expect(await runImport(me, tradeRecordImport(jsonLines(path)), { restart: true })).toMatchObject({
        read: 5,
        written: 3,
        identical: 2,
        resumedFrom: null,
      });
      expect(await me.table(importRuns).get({ runId: first.runId })).toMatchObject({ status: "abandoned", recordsRead: 2 });
    });
  });

  /** A source that hands its records on one by one and does something else before one of them. */
  function pausing(source: Source, before: number, pause: () => Promise<unknown>): Source {
    return {
      open: async (fields) => {
        const opened = await source.open(fields);
        return {
          ...opened,
          async *read(from, prefix) {
            let at = 0;
            for await (const group of opened.read(from, prefix)) {
              for (const record of group) {
                if (at++ === before) await pause();
                yield [record];
              }
            }
          },
        };
      },
    };
  }

  describe("a run taken over by another process", () => {
    test.each([2, 5])("before its record %d stops without a change", async (before) => {
      const path = join(folder(), "shared.db"),
        source = jsonLines(file(trades(6)));
      const name = newName();
      const [one, two] = [(await storage(path)).forUser(name), (await storage(path)).forUser(name)];
      const first = runImport(
        one,
        tradeRecordImport(pausing(source, before, () => runImport(two, tradeRecordImport(source), { batchSize: 1, takeOver: true }))),
        { batchSize: 2 },
      );
      await expect(first).rejects.toMatchObject({ code: "superseded", retryable: false });
      expect((await one.table(importRuns).page()).rows).toMatchObject([
        { status: "completed", attempt: 2, errorCode: null, recordsRead: 6, recordsWritten: 6, recordsIdentical: 0 },
      ]);
      expect(await one.fills.count()).toBe(6);
    });
  });

  describe("the account", () => {
    /** A user whose storage reports one row less than it wrote to a table: the planted fault. */
    function forgetful(scope: Scope, forgotten: string): Scope {
      return {
        ...scope,
        transaction: (work) => scope.transaction((tx) => work(forgetful(tx, forgotten))),
        table: (table) => {
          const rows = scope.table(table);
          const importMany = (async (given: Parameters<typeof rows.importMany>[0]) => {
            const result = await rows.importMany(given);
            return table.name === forgotten ? { ...result, written: result.written - 1 } : result;
          }) as typeof rows.importMany;
          return { ...rows, importMany };
        },
      };
    }

    test("that does not balance is an error, and the batch is rolled back", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(trades(3))));
      await expect(runImport(forgetful(me, "fills"), job)).rejects.toMatchObject({ code: "not-balanced", facts: { read: 3, written: 2 } });
      expect(await me.fills.count()).toBe(0);
      expect(await runImport(me, job)).toMatchObject({ read: 3, written: 3 });
    });

    test("counts what was kept of what was not taken", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(trades(3) + "{\n")));
      await expect(runImport(forgetful(me, "td_import_rejects"), job)).rejects.toMatchObject({
        code: "not-balanced",
        message: expect.stringMatching(/0 of those not taken were kept/),
      });
      expect([await me.fills.count(), await me.table(importRejects).count()]).toEqual([0, 0]);
    });

    test("notices a reject that vanished", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(trades(3) + "{\n")));
      await plant(
        me,
        `create trigger thief after insert on td_import_rejects for each row when (new.user_id = '${me.userId}')`,
        `delete from td_import_rejects where user_id = new.user_id;`,
      );
      await expect(runImport(me, job)).rejects.toMatchObject({ code: "not-balanced" });
      expect((await me.table(importRuns).page()).rows).toMatchObject([{ status: "failed", sha256: null }]);
    });

    test("of rejected records has a limit when asked for, and goes on with a higher one", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(trades(2) + "{\n{\n{\n" + trades(6))));
      const refused = runImport(me, job, { batchSize: 4, maxRejects: 1 });
      await expect(refused).rejects.toMatchObject({ code: "too-many-rejects", facts: { rejected: 2, read: 4, maxRejects: 1 } });
      expect(await me.table(importRejects).count()).toBe(2);
      expect(await runImport(me, job, { batchSize: 4, maxRejects: 3 })).toMatchObject({
        read: 11,
        written: 6,
        identical: 2,
        rejected: 3,
        byReason: { "malformed-json": 3 },
      });
    });
  });

  describe("a rehearsal", () => {
    const source = jsonl(
      trade("a"),
      trade("b"),
      trade("a"),
      trade("a", { price: "1" }),
      trade("c", { size: "x" }),
      trade("b", { price: "2" }),
    );

    test("gives the report of the real import and writes nothing", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(source)));
      const rehearsed = await runImport(me, job, { dryRun: true, batchSize: 2 });
      expect([await me.fills.count(), await me.table(importRuns).count(), await me.table(importRejects).count()]).toEqual([0, 0, 0]);
      const real = await runImport(me, job, { batchSize: 2 });
      expect({ ...rehearsed, runId: real.runId, dryRun: false }).toEqual(real);
      expect(real).toMatchObject({ read: 6, written: 2, identical: 1, conflict: 2, rejected: 1 });
    });

    test("neither resumes nor disturbs an unfinished run", async () => {
      const me = await user(),
        job = tradeRecordImport(jsonLines(file(source))),
        stop = new AbortController();
      await runImport(me, job, { batchSize: 2, signal: stop.signal, onProgress: () => stop.abort() });
      expect(await runImport(me, job, { dryRun: true })).toMatchObject({ read: 6, written: 0, identical: 3, resumedFrom: null });
      expect(await runImport(me, job)).toMatchObject({ read: 6, written: 2, identical: 1 });
    });

    test("stops by the signal too", async () => {
      const me = await user(),
        stop = new AbortController();
      const report = await runImport(me, tradeRecordImport(jsonLines(file(source))), {
        dryRun: true,
        batchSize: 2,
        signal: stop.signal,
        onProgress: () => stop.abort(),
      });
      expect(report).toMatchObject({ status: "interrupted", dryRun: true, read: 2 });
      expect(await me.table(importRuns).count()).toBe(0);
    });
  });

  describe("progress", () => {
    test("is told after every batch, by the clock that was given", async () => {
      let time = 0;
      const seen: ImportProgress[] = [],
        path = file(trades(4));
      await runImport(await user(), tradeRecordImport(jsonLines(path)), {
        batchSize: 2,
        now: () => new Date((time += 500)),
        onProgress: (progress) => seen.push(progress),
      });
      expect(seen.map(({ read, bytes, totalBytes }) => [read, bytes, totalBytes])).toEqual([
        [2, Buffer.byteLength(trades(2)), Buffer.byteLength(trades(4))],
        [4, Buffer.byteLength(trades(4)), Buffer.byteLength(trades(4))],
      ]);
      expect(seen.at(-1)).toMatchObject({ name: "trade-records", secondsLeft: 0 });
      expect(seen[0]?.recordsPerSecond).toBeGreaterThan(0);
      expect(seen[0]?.secondsLeft).toBeGreaterThan(0);
    });
  });

  describe("options that make no sense", () => {
    test.each([{ batchSize: 0 }, { batchSize: 1.5 }, { batchSize: 100_001 }, { wait: -1 }, { maxRejects: -1 }, { maxRejects: Number.NaN }])(
      "%j are refused before anything is read",
      async (options) => {
        await expect(runImport(await user(), tradeRecordImport(jsonLines("/nowhere")), options)).rejects.toMatchObject({
          code: "invalid-option",
        });
      },
    );

    test.each([0, 1.5, Number.NaN])("such as records of %d bytes are refused", async (maxRecordBytes) => {
      const source = jsonLines(file(trades(1)), { maxRecordBytes });
      await expect(runImport(await user(), tradeRecordImport(source))).rejects.toMatchObject({ code: "invalid-option" });
    });

    test.each(["", "x".repeat(201)])("such as a name of %# characters are refused", (name) => {
      expect(() => tradeRecordImport(jsonLines("/nowhere"), name)).toThrow(MigrateError);
    });
  });
});
