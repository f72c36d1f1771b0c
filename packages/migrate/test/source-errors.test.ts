// Sources that cannot be used: one clear error each, and nothing half done.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import {
  createMigrator,
  csvFile,
  defineImport,
  importRuns,
  jsonFile,
  jsonLines,
  listRejects,
  MigrateError,
  planSlim,
  records,
  requiredText,
  resolveReject,
  runImport,
  slimBlob,
  sqliteJsonColumn,
  verifyImport,
  webStorageDump,
  type CsvOptions,
  type ImportReport,
  type MigrateErrorCode,
  type Source,
} from "@td/migrate";
import { fills } from "@td/storage";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { file, fillsDigest, folder, jsonl, rejectsOf, storage, trade, user } from "./workbench.ts";

const good = jsonl(trade("a"), trade("b"));
const header = "order_id,symbol,side,size,price,order_time,total_fees_usd";
const row = (id: string): string => `${id},BTC-USD,buy,0.5,1,2025-03-01 10:00:00+00,1.5`;

async function refused(source: Source, code: MigrateErrorCode, words: RegExp): Promise<void> {
  const me = await user();
  const error: unknown = await runImport(me, tradeRecordImport(source)).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(MigrateError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
  expect([await me.fills.count(), await me.table(importRuns).count()]).toEqual([0, 0]);
}

describe("a source that cannot be opened", () => {
  test("is missing", async () => {
    await refused(jsonLines(join(folder(), "none.jsonl")), "source-missing", /none\.jsonl does not exist: check the path/);
    await refused(jsonLines(join(file(good), "below-a-file")), "source-missing", /does not exist/);
  });

  test("is empty, or holds nothing but a mark and blanks", async () => {
    for (const content of ["", "\n\n", "\u{feff} \r\n\t"]) {
      await refused(jsonLines(file(content)), "source-empty", /is empty: check that the export/);
      await refused(csvFile(file(content)), "source-empty", /is empty/);
    }
  });

  test("is a directory or a pipe", async () => {
    await refused(jsonLines(folder()), "source-not-a-file", /regular file/);
    const pipe = join(folder(), "pipe");
    execFileSync("mkfifo", [pipe]);
    await refused(csvFile(pipe), "source-not-a-file", /regular file/);
  });

  test("cannot be read", async () => {
    const loop = join(folder(), "loop");
    symlinkSync(loop, loop);
    await refused(jsonLines(loop), "source-unreadable", /cannot be read \(ELOOP\): give this user read permission/);
  });

  test("may not be read by this user", async () => {
    const path = file(good);
    chmodSync(path, 0o000);
    // Permission bits do not bind root, so root becomes nobody for this test.
    const { seteuid } = process;
    if (process.getuid?.() === 0 && seteuid !== undefined) {
      seteuid(65_534);
      onTestFinished(() => seteuid(0));
    }
    const opening = jsonLines(path).open({ names: [], required: [], open: true });
    await expect(opening).rejects.toMatchObject({ code: "source-unreadable", facts: { errno: "EACCES" } });
  });
});

const gzip = gzipSync(good);
const sqlite = Buffer.from("SQLite format 3\0".padEnd(4096, "\0"));

describe("a source that is not what it claims", () => {
  test.each<[string, string | Uint8Array, RegExp]>([
    [
      "a JSON array",
      `[${JSON.stringify(trade("a"))},\n${JSON.stringify(trade("b"))}]`,
      /one JSON array; read it with jsonFile\(path, "\[\*\]"\)/,
    ],
    ["a JSON object over several lines", JSON.stringify(trade("a"), null, 2), /JSON over several lines; read it with jsonFile/],
    ["CSV", `${header}\n${row("a")}\n`, /no line begins with \{/],
    ["a SQLite database", sqlite, /SQLite database; read it with sqliteTable/],
    ["a gzip file", gzip, /gunzip/],
    ["a zip archive", Buffer.from([0x50, 0x4b, 3, 4, 0]), /zip archive/],
    ["a zstd file", Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), /zstd -d/],
    ["UTF-16", Buffer.from("\u{feff}" + good, "utf16le"), /iconv/],
    ["UTF-16 without a mark", Buffer.from(good, "utf16le"), /binary/],
    ["binary data", Buffer.from([1, 0, 2, 10, 0x7b]), /binary/],
    ["prose", "hello\nworld\n", /no line begins with \{/],
  ])("is %s instead of JSON Lines", async (_name, content, words) => {
    await refused(jsonLines(file(content)), "not-json-lines", words);
  });

  test.each<[string, string | Uint8Array, RegExp]>([
    ["JSON Lines", good, /it is JSON; read it with jsonLines/],
    ["a JSON array", "[]", /it is JSON/],
    ["a SQLite database", sqlite, /SQLite database/],
    ["a gzip file", gzip, /gunzip/],
    ["a header with an open quote", `"order_id,symbol\n${row("a")}\n`, /header is malformed/],
    ["a header without an end", `"${"x".repeat(1 << 21)}`, /no complete header/],
  ])("is %s instead of CSV", async (_name, content, words) => {
    await refused(csvFile(file(content)), "not-csv", words);
  });

  test("is JSON Lines with a bad beginning: that is for the report", async () => {
    expect(await runImport(await user(), tradeRecordImport(jsonLines(file("garbage\n" + good))))).toMatchObject({
      read: 3,
      written: 2,
      byReason: { "malformed-json": 1 },
    });
    expect(await runImport(await user(), tradeRecordImport(jsonLines(file(" ".repeat(70_000) + "\n" + good))))).toMatchObject({
      read: 2,
      written: 2,
    });
  });
});

describe("a CSV header", () => {
  const csv = (first: string): Source => csvFile(file(`${first}\n${row("a")}\n`));

  test("with a column that the schema does not know is refused, with its name and what to do", async () => {
    await refused(csv(`${header},colour`), "unknown-column", /the column "colour" is not known: name it in the schema/);
  });

  test("without a column that the schema needs is refused", async () => {
    await refused(csv(header.replace("price", "status")), "missing-column", /the column "price" is missing: export it too/);
  });

  test("with a column twice is refused", async () => {
    await refused(csv(`${header},side`), "duplicate-column", /"side" appears twice/);
  });

  test("with another delimiter is refused as missing everything, and read once the delimiter is given", async () => {
    await refused(csv(header.replaceAll(",", ";")), "missing-column", /"order_id", "symbol"/);
    const text = `${header}\n${row("a")}\n`.replaceAll(",", ";");
    expect(await runImport(await user(), tradeRecordImport(csvFile(file(text), { delimiter: ";" })))).toMatchObject({ written: 1 });
  });

  test("cannot name a column __proto__", async () => {
    await refused(csv(`${header},__proto__`), "unknown-column", /"__proto__"/);
  });

  test("is compared with the columns that the caller names, when it does", async () => {
    await refused(csvFile(file(`${header}\n`), { columns: ["order_id"] }), "unknown-column", /"symbol"/);
  });

  test.each([
    { delimiter: "" },
    { delimiter: '"' },
    { delimiter: "\n" },
    { delimiter: "ab" },
    { delimiter: "\u00a7" },
    { skipLines: Number.NaN },
    { skipLines: -1 },
    { skipLines: Infinity },
    { maxRecordBytes: Number.NaN },
  ] satisfies CsvOptions[])("is not read with %j", (options) => {
    expect(() => csvFile("any", options)).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });
});

describe("a CSV file", () => {
  test("rejects a record with another number of cells, keeps it, and reads on", async () => {
    const me = await user(),
      report = await runImport(
        me,
        tradeRecordImport(csvFile(file(`${header}\r\n${row("a")}\r\nb,BTC-USD\r\n${row("c")},x\r\n${row("d")}`))),
      );
    expect(report).toMatchObject({ read: 4, written: 2, byReason: { "wrong-field-count": 2 } });
    expect(report.rejects).toMatchObject([
      { place: { line: 3 }, text: "b,BTC-USD", issues: [{ note: "2 cells under 7 columns" }] },
      { place: { line: 4 } },
    ]);
  });

  test("takes quoted cells with delimiters, quotes and line endings, in lines after them too", async () => {
    const quoted = `\u{feff}${header},status\r\n"a",BTC-USD,buy,"0.5",1,2025-03-01 10:00:00+00,,"one ""two""\r\nthree, four"\r\nbad\r\n`;
    const me = await user(),
      report = await runImport(me, tradeRecordImport(csvFile(file(quoted))));
    expect((await me.fills.get({ id: "a" }))?.attributes).toMatchObject({ status: 'one "two"\r\nthree, four' });
    expect(report.rejects).toMatchObject([{ place: { line: 4 }, text: "bad" }]);
  });

  test("tells nothing from the empty text", async () => {
    const text = `${header},status,source\n${row("a")},,""\n`;
    for (const [options, status] of [
      [{}, null],
      [{ emptyCell: "text" }, ""],
    ] as const) {
      const me = await user();
      await runImport(me, tradeRecordImport(csvFile(file(text), options)));
      expect((await me.fills.get({ id: "a" }))?.attributes).toMatchObject({ status, source: "" });
    }
  });

  test("loses one line to a quote that is never closed", async () => {
    const report = await runImport(await user(), tradeRecordImport(csvFile(file(`${header}\n${row("a")}\n"${row("b")}\n${row("c")}\n`))));
    expect(report).toMatchObject({ read: 3, written: 2, byReason: { "malformed-csv": 1 } });
  });

  test("loses one line to a quote that is not closed within the longest record", async () => {
    const rows = Array.from({ length: 40 }, (_, at) => row(`r${at}`)).join("\n");
    const report = await runImport(
      await user(),
      tradeRecordImport(csvFile(file(`${header}\n"${row("b")}\n${rows}\n"closed"\n`), { maxRecordBytes: 1000 })),
    );
    expect(report).toMatchObject({ read: 42, written: 40, byReason: { "malformed-csv": 1, "wrong-field-count": 1 } });
  });

  test("of a header only has no records", async () => {
    expect(await runImport(await user(), tradeRecordImport(csvFile(file(header))))).toMatchObject({ status: "completed", read: 0 });
  });

  test("is not read further than a record that never ends", async () => {
    const me = await user(),
      long = file(`${header}\n${row("a")}\n${"x".repeat(3000)}`);
    await expect(runImport(me, tradeRecordImport(csvFile(long, { maxRecordBytes: 2000 })), { batchSize: 1 })).rejects.toMatchObject({
      code: "record-too-long",
      facts: { line: 3 },
    });
    expect(await runImport(me, tradeRecordImport(csvFile(long)))).toMatchObject({ written: 1, rejected: 1 });
  });
});

describe("a source that changed", () => {
  const big = (): string =>
    jsonl(...Array.from({ length: 9000 }, (_, at) => trade(`t${String(at).padStart(5, "0")}`, { status: "x".repeat(250) })));

  async function interrupted(path: string): Promise<{ again: () => Promise<unknown>; restart: () => Promise<unknown> }> {
    const me = await user(),
      stop = new AbortController(),
      job = tradeRecordImport(jsonLines(path));
    await runImport(me, job, { batchSize: 5000, signal: stop.signal, onProgress: () => stop.abort() });
    return { again: () => runImport(me, job), restart: () => runImport(me, job, { restart: true }) };
  }

  test.each<[string, (path: string) => void]>([
    ["grew", (path) => appendFileSync(path, jsonl(trade("new")))],
    ["was cut", (path) => truncateSync(path, readFileSync(path).length - 10)],
    [
      "reads differently where it was already read",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace('"t04000"', '"T04000"')),
    ],
  ])("since the unfinished run began (it %s) is refused, and read again with restart", async (_how, change) => {
    const path = file(big());
    const { again, restart } = await interrupted(path);
    change(path);
    await expect(again()).rejects.toMatchObject({ code: "source-changed", message: expect.stringMatching(/restart: true/) });
    expect(await restart()).toMatchObject({ status: "completed", resumedFrom: null });
  });

  test("while it was read is told at the end", async () => {
    const me = await user(),
      path = file(good);
    const growing = runImport(me, tradeRecordImport(jsonLines(path)), { onProgress: () => appendFileSync(path, good) });
    await expect(growing).rejects.toMatchObject({ code: "source-changed", facts: { path } });
    expect((await me.table(importRuns).page()).rows).toMatchObject([{ status: "failed", errorCode: "source-changed" }]);
  });

  test("where it was read already, in its middle and in its size, is told at the end, in a file and in a document", async () => {
    for (const source of [jsonLines, (path: string) => jsonFile(path, "[*]")]) {
      const text = source === jsonLines ? big() : `[${big().trimEnd().replaceAll("\n", ",")}]`;
      const path = file(text);
      let changed = false;
      const spoil = ({ read }: { readonly read: number }): void => {
        if (changed || read < 6000) return;
        changed = true;
        const out = openSync(path, "r+");
        writeSync(out, '"T04000"', text.indexOf('"t04000"'));
        closeSync(out);
      };
      const late = runImport(await user(), tradeRecordImport(source(path)), { batchSize: 3000, onProgress: spoil });
      await expect(late).rejects.toMatchObject({ code: "source-changed", message: expect.stringMatching(/while it was read/) });
    }
  });

  test("ahead of the stop is read as it is then, and the run is of that content from its first byte to its last", async () => {
    const me = await user(),
      stop = new AbortController(),
      text = big(),
      path = file(text),
      job = tradeRecordImport(jsonLines(path));
    await runImport(me, job, { batchSize: 3000, signal: stop.signal, onProgress: () => stop.abort() });
    const now = text.replace('"t05000"', '"T05000"');
    writeFileSync(path, now);
    expect(await runImport(me, job)).toMatchObject({
      status: "completed",
      read: 9000,
      written: 9000,
      source: { sha256: createHash("sha256").update(now).digest("hex") },
    });
    expect(await verifyImport(me, job)).toMatchObject({ verified: true });
    const other = await user();
    await runImport(other, job);
    expect(await fillsDigest(me)).toBe(await fillsDigest(other));
  });

  test("ahead of the stop is refused when what was read has taken fields over from there", async () => {
    const lists = (name: string): string =>
      `{"trades":[${big().trimEnd().replaceAll("\n", ",")}],"symbol":"${name}","end":"${"x".repeat(1 << 20)}"}`;
    const path = file(lists("AAA"));
    const stopped = async (): Promise<() => Promise<ImportReport>> => {
      const me = await user(),
        stop = new AbortController();
      const job = defineImport({
        name: "lists",
        source: jsonFile(path, "trades[*]", { carry: { listed: "symbol" } }),
        schema: z.looseObject({ order_id: requiredText(), listed: requiredText() }),
        map: ({ order_id: id, listed: symbol }) => ({
          id,
          symbol,
          side: "buy" as const,
          quantity: "1",
          price: "1",
          executedAt: "2025-03-01T10:00:00Z",
          source: "t",
        }),
        into: fills,
      });
      await runImport(me, job, { batchSize: 3000, signal: stop.signal, onProgress: () => stop.abort() });
      return () => runImport(me, job);
    };
    const again = await stopped();
    const later = await stopped();
    expect(await again()).toMatchObject({ status: "completed", read: 9000, written: 9000 });
    const { atime, mtime } = statSync(path);
    writeFileSync(path, lists("BBB"));
    utimesSync(path, atime, new Date(mtime.getTime() + 1000));
    await expect(later()).rejects.toMatchObject({ code: "source-changed", message: expect.stringMatching(/behind them.*restart: true/) });
  });

  test("while it was read, and became shorter, is told at once", async () => {
    const path = file(big());
    const shrinking = runImport(await user(), tradeRecordImport(jsonLines(path)), {
      batchSize: 100,
      onProgress: () => truncateSync(path, 1000),
    });
    await expect(shrinking).rejects.toMatchObject({ code: "source-changed", message: expect.stringMatching(/now ends at/) });
  });

  test("is not one that was moved, touched or copied", async () => {
    const me = await user(),
      path = file(good),
      stop = new AbortController();
    await runImport(me, tradeRecordImport(jsonLines(path)), { batchSize: 1, signal: stop.signal, onProgress: () => stop.abort() });
    rmSync(path);
    expect(await runImport(me, tradeRecordImport(jsonLines(file(good, "elsewhere"))))).toMatchObject({
      status: "completed",
      resumedFrom: { line: 2 },
    });
  });

  test("is not mistaken for the source of another unfinished import of the same name", async () => {
    const me = await user(),
      stop = new AbortController();
    await runImport(me, tradeRecordImport(jsonLines(file(good))), { batchSize: 1, signal: stop.signal, onProgress: () => stop.abort() });
    const other = runImport(me, tradeRecordImport(csvFile(file(`${header}\n`, "other.csv"))));
    await expect(other).rejects.toMatchObject({
      code: "source-changed",
      message: expect.stringMatching(/finish it with that source, give this import another name/),
    });
  });
});

describe("a record", () => {
  test("that is longer than the limit ends the import with its place; a higher limit takes it", async () => {
    const me = await user(),
      path = file(good + jsonl(trade("long", { status: "x".repeat(2_000_000) })) + jsonl(trade("c")));
    await expect(runImport(me, tradeRecordImport(jsonLines(path, { maxRecordBytes: 1_000_000 })))).rejects.toMatchObject({
      code: "record-too-long",
      facts: { line: 3 },
    });
    expect(await runImport(me, tradeRecordImport(jsonLines(path)))).toMatchObject({ read: 4, written: 4 });
  });
});

describe("rejects", () => {
  test("of a run that this user does not have are an error", async () => {
    const opened = await storage(),
      me = opened.forUser("u");
    const report = await runImport(me, tradeRecordImport(jsonLines(file(good + "{\n"))));
    expect(await rejectsOf(me, report)).toHaveLength(1);
    await expect(listRejects(opened.forUser("other"), report.runId).next()).rejects.toMatchObject({ code: "run-not-found" });
  });
});

describe("what a host without types may give", () => {
  const whole = tradeRecordImport(jsonLines("any"));
  test.each<[string, () => unknown]>([
    ["nothing to defineImport", () => defineImport(undefined as never)],
    ["a job without a name", () => defineImport({ ...whole, name: undefined } as never)],
    ["a job without a source", () => defineImport({ ...whole, source: undefined } as never)],
    ["a job without a schema", () => defineImport({ ...whole, schema: {} } as never)],
    ["a job without a map", () => defineImport({ ...whole, map: undefined } as never)],
    ["a job without a table", () => defineImport({ ...whole, into: "fills" } as never)],
    ["no limit of rejects that is one", async () => runImport(await user(), whole, { maxRejects: "5" } as never)],
    ["null for the limit of rejects", async () => runImport(await user(), whole, { maxRejects: null } as never)],
    ["no reason to dismiss", async () => resolveReject(await user(), "run", 1, {} as never)],
    ["no path of records", () => jsonFile("any", undefined as never)],
    ["a number for a path to carry", () => jsonFile("any", "[*]", { carry: { id: 5 } } as never)],
    ["a text for never", () => webStorageDump("any", { never: "token" } as never)],
    ["a number for keys", () => webStorageDump("any", { keys: 5 } as never)],
    ["a number for a delimiter", () => csvFile("any", { delimiter: 5 } as never)],
    ["another word for an empty cell", () => csvFile("any", { emptyCell: "zero" } as never)],
    ["no records", () => records("none", undefined as never)],
    ["no name of records", () => records(undefined as never, [])],
    ["no column", () => sqliteJsonColumn("any", undefined as never)],
    ["no schemas", () => createMigrator("sqlite:any", undefined as never)],
    ["no place of a blob", () => planSlim({ remove: ["a"] } as never)],
    ["nothing to planSlim", () => planSlim(undefined as never)],
    ["a text for what to remove", () => planSlim({ blob: {}, remove: "a" } as never)],
    ["nothing to slimBlob", () => slimBlob(undefined as never)],
  ])("%s, is an invalid option", async (_what, call) => {
    await expect((async () => call())()).rejects.toMatchObject({ name: "MigrateError", code: "invalid-option" });
  });
});
