// Records out of one JSON document: every shape, every kind of damage, and a resumed run in the middle of it.
import { appendFileSync, closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import {
  defineImport,
  importRuns,
  importTables,
  jsonFile,
  jsonLines,
  MigrateError,
  runImport,
  type JsonOptions,
  type MigrateErrorCode,
} from "@td/migrate";
import { c, defineTable, type Scope } from "@td/storage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { readJsonPath } from "../src/core/record-path.ts";
import { JsonScanner } from "../src/core/json-scan.ts";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { depth, file, fillsDigest, folder, jsonl, rejectsOf, trade, user, userOn } from "./workbench.ts";

const items = defineTable("items", { userId: c.text(), place: c.text(), content: c.json() }, { primaryKey: ["userId", "place"] });
const itemUser = (): Promise<Scope> => userOn("sqlite", [...importTables, items]);

/** The records of a document by their places. */
async function readAll(content: string | Uint8Array, at: string | readonly string[], options: JsonOptions = {}): Promise<unknown> {
  const me = await itemUser();
  const job = defineImport({
    name: "items",
    source: jsonFile(file(content), at, options),
    schema: z.looseObject({}),
    map: (record, { place }) => ({ place: place.path ?? "", content: record }),
    into: items,
  });
  const report = await runImport(me, job);
  const { rows } = await me.table(items).page({ limit: 100 });
  const rejects = (await rejectsOf(me, report)).map(({ place, reason, text }) => [place.path, reason, text]);
  return { ...Object.fromEntries(rows.map(({ place, content: found }) => [place, found])), ...(rejects.length > 0 && { rejects }) };
}

async function refused(content: string | Uint8Array, at: string | readonly string[], code: MigrateErrorCode, words: RegExp): Promise<void> {
  const me = await user();
  const error: unknown = await runImport(me, tradeRecordImport(jsonFile(file(content), at))).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(MigrateError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(words) });
  expect([await me.fills.count(), await me.table(importRuns).count()]).toEqual([0, 0]);
}

describe("the records of a document", () => {
  test.each<[string, string | readonly string[], unknown]>([
    ['[{"a":1},{"a":2}]', "[*]", { "[0]": { a: "1" }, "[1]": { a: "2" } }],
    ['{"x":{"n":1.50},"y":{"n":2}}', "*", { x: { n: "1.50" }, y: { n: "2" } }],
    ['{"trades":[{"a":1}],"failed":[{"a":2}],"last":"now"}', "trades[*]", { "trades[0]": { a: "1" } }],
    ['{"trades":[{"a":1}],"failed":[{"a":2}]}', ["trades[*]", "failed[*]", "[*]"], { "trades[0]": { a: "1" }, "failed[0]": { a: "2" } }],
    ['[{"a":1}]', ["trades[*]", "[*]"], { "[0]": { a: "1" } }],
    [
      '{"bots":[{"orders":[{"a":1},{"a":2}]},{"orders":[]},{},{"orders":null},{"orders":[{"a":3}]}]}',
      "bots[*].orders[*]",
      {
        "bots[0].orders[0]": { a: "1" },
        "bots[0].orders[1]": { a: "2" },
        "bots[4].orders[0]": { a: "3" },
      },
    ],
    ['{"a.b":{"c":[[{"n":0},{"n":1}]]}}', '["a.b"].c[0][1]', { '["a.b"].c[0][1]': { n: "1" } }],
    ['{"balance":12.340}', "$", { $: { balance: "12.340" } }],
    ['{"\\u0061":{"\\"]}":[{}]}}', "$.a.*[*]", { 'a["\\"]}"][0]': {} }],
    [' \r\n[ {"a":[{"b":"}]\\"\\\\"}]} ,\n{"a":{}} ]\n', "[*]", { "[0]": { a: [{ b: '}]"\\' }] }, "[1]": { a: {} } }],
    ["[]", "[*]", {}],
    ['{"bots":[]}', "bots[*].orders[*]", {}],
  ])("of %s at %j", async (content, at, found) => {
    expect(await readAll(content, at)).toEqual(found);
  });

  test("are the same with a byte order mark and with CR LF", async () => {
    expect(await readAll('\u{feff}[\r\n{"a":"\u00e9"},\r\n{"a":2}\r\n]\r\n', "[*]")).toEqual({ "[0]": { a: "\u00e9" }, "[1]": { a: "2" } });
  });

  test("are kept whole when they are none: broken, no object, not UTF-8", async () => {
    const content = Buffer.concat([
      Buffer.from('[{"a":1},{a:2},3,"\u00e9",null,tru,{"a":"'),
      Buffer.from([0xff]),
      Buffer.from('"},{"b":4}]'),
    ]);
    expect(await readAll(content, "[*]")).toEqual({
      "[0]": { a: "1" },
      "[7]": { b: "4" },
      rejects: [
        ["[1]", "malformed-json", "{a:2}"],
        ["[2]", "not-an-object", "3"],
        ["[3]", "not-an-object", '"\u00e9"'],
        ["[4]", "not-an-object", "null"],
        ["[5]", "malformed-json", "tru"],
        ["[6]", "invalid-utf8", null],
      ],
    });
  });

  test("that are no objects become a field when it has a name", async () => {
    expect(await readAll('{"a":1.10,"b":{"c":1},"d":[2,"x"]}', "*", { value: "until" })).toEqual({
      a: { until: "1.10" },
      b: { c: "1" },
      d: { until: ["2", "x"] },
    });
  });

  test("take over values and keys from what stands around them, before and behind them", async () => {
    const bots = [{ id: "a", orders: [{ n: 1 }] }, { orders: [{ n: 2 }, { n: 3 }], id: "b", paused: { since: 5 } }, { orders: [{ n: 4 }] }];
    const carry = { bot: "bots[*].id", at: "bots[*]~", top: "version", paused: "bots[*].paused" };
    expect(await readAll(JSON.stringify({ bots, version: 7.5 }), "bots[*].orders[*]", { carry })).toEqual({
      "bots[0].orders[0]": { n: "1", bot: "a", at: "0", top: "7.5" },
      "bots[1].orders[0]": { n: "2", bot: "b", at: "1", top: "7.5", paused: { since: "5" } },
      "bots[1].orders[1]": { n: "3", bot: "b", at: "1", top: "7.5", paused: { since: "5" } },
      "bots[2].orders[0]": { n: "4", at: "2", top: "7.5" },
    });
    expect(await readAll('{"AAA":{"qty":1}}', "*", { carry: { symbol: "*~" } })).toEqual({ AAA: { qty: "1", symbol: "AAA" } });
    expect(await readAll('{"AAA":{"symbol":1}}', "*", { carry: { symbol: "*~" } })).toEqual({
      rejects: [["AAA", "carried-twice", '{"symbol":1}']],
    });
  });

  test("take over what comes megabytes behind them", async () => {
    const filler = "x".repeat(3 << 20);
    const content = `{"bots":[{"orders":[{"n":1}],"logs":"${filler}","id":"late"}]}`;
    expect(await readAll(content, "bots[*].orders[*]", { carry: { bot: "bots[*].id" } })).toEqual({
      "bots[0].orders[0]": { n: "1", bot: "late" },
    });
  });

  test("are kept beside when a text or number stands where their list should", async () => {
    const content = '{"bots":[{"orders":"none"},{"orders":[{"n":1}]},{"orders":false}]}';
    expect(await readAll(content, "bots[*].orders[*]", { value: "any" })).toEqual({
      "bots[1].orders[0]": { n: "1" },
      rejects: [
        ["bots[0].orders", "not-a-list-or-object", '"none"'],
        ["bots[2].orders", "not-a-list-or-object", "false"],
      ],
    });
  });

  test("are as many as a reader of the whole document finds, wherever blocks end", () => {
    const plan = { records: [readJsonPath("a[*].b.*")].filter((path) => typeof path !== "string"), carried: {}, maxRecordBytes: 1e6 };
    const fail = (failure: string, at: number): Error => new Error(`${failure} at ${at}`);
    const leaf = fc.oneof(
      fc.json({ maxDepth: 2 }),
      fc.string().map((text) => JSON.stringify(text)),
    );
    const document = fc.array(fc.option(fc.dictionary(fc.string(), leaf)), { maxLength: 5 });
    const space = fc.constantFrom("", " ", "\r\n", "\t");
    fc.assert(
      fc.property(document, space, fc.integer({ min: 1, max: 20 }), (bots, gap, block) => {
        const members = bots.map(
          (one) =>
            `{${gap}"b"${gap}:${
              one === null
                ? "null"
                : `{${Object.entries(one)
                    .map(([key, text]) => `${JSON.stringify(key)}:${gap}${text}`)
                    .join(`${gap},`)}}`
            }}`,
        );
        const bytes = Buffer.from(`{"x":[1,{}],"a":[${members.join(`${gap},${gap}`)}]${gap}}`);
        const scanner = new JsonScanner(plan, 0, fail);
        for (let at = 0; at < bytes.length; at += block)
          scanner.scan(bytes.subarray(Math.min(scanner.keep, at), at + block), Math.min(scanner.keep, at));
        const wanted = bots.flatMap((one) => Object.values(one ?? {}));
        expect(scanner.found.map(({ start, end }) => bytes.toString("utf8", start, end))).toEqual(wanted.map((text) => text.trim()));
      }),
      { numRuns: depth(200, 20_000) },
    );
  });
});

describe("a document that is not what it claims", () => {
  const list = `[${JSON.stringify(trade("a"))},${JSON.stringify(trade("b"))}]`;

  test.each<[string, string | Uint8Array, string | readonly string[], MigrateErrorCode, RegExp]>([
    [
      "is an object instead of a list",
      '{"trades":[],"failed_orders":[],"last_run":null}',
      "[*]",
      "path-not-found",
      /the document is an object, where \[\*\] wants a list/,
    ],
    ["is a list instead of an object", list, "trades[*]", "path-not-found", /the document is a list, where trades\[\*\] wants an object/],
    ["has other keys", '{"orders":[{}],"x":1}', "trades[*]", "path-not-found", /at the top there is an object with the keys orders, x\./],
    ["has no keys", "{}", "trades[*]", "path-not-found", /at the top there is an empty object/],
    ["was slimmed", '{"bots":[{"id":1}]}', "bots[*].orders[*]", "path-not-found", /at bots\[0\] there is an object with the keys id/],
    ["has null there", '{"bots":null}', "bots[*]", "path-not-found", /bots is null/],
    ["has another shape deeper", '{"bots":{"a":{}}}', "bots[*]", "path-not-found", /bots is an object, where bots\[\*\] wants a list/],
    ["is JSON Lines", jsonl(trade("a"), trade("b")), ["[*]", "*"], "json-damaged", /more behind the end of the document/],
    ["is CSV", "a,b\n1,2\n", "[*]", "not-json", /begins with neither/],
    ["is a database", "SQLite format 3\0rest", "[*]", "not-json", /sqliteTable or sqliteJsonColumn/],
    ["is UTF-16", Buffer.from("\u{feff}[]", "utf16le"), "[*]", "not-json", /iconv/],
    ["is empty", "", "[*]", "source-empty", /is empty/],
    ["is blank", "\u{feff} \n", "[*]", "source-empty", /is empty/],
    ["was cut off", list.slice(0, -1), "[*]", "json-damaged", /at byte \d+, it ends inside/],
    ["was cut off far behind its beginning", `${list.slice(0, -1)},${" ".repeat(2 << 20)}{"a":`, "[*]", "json-damaged", /it was cut off/],
    ["lacks a comma", '[{"a":1} {"a":2}]', "[*]", "json-damaged", /at byte 9, a comma or the end of the list is wanted behind \[0\]/],
    ["lacks a colon", '{"a" 1}', "a[*]", "json-damaged", /a colon is wanted/],
    ["has a comma too many", "[{},]", "[*]", "json-damaged", /a value is wanted at \[1\]/],
    ["has a key without quotes", "{a:1}", "a[*]", "json-damaged", /a key is wanted/],
    ["has a broken key", '{"\\x":[]}', "a[*]", "json-damaged", /cannot be read/],
  ])("because it %s is refused before anything is written", async (_what, content, at, code, words) => {
    await refused(content, at, code, words);
  });

  test("far behind its beginning keeps what came before and says where", async () => {
    const me = await user();
    const many = Array.from({ length: 9000 }, (_, at) => JSON.stringify(trade(`t${at}`)));
    const path = file(`[${many.join(",")} ${JSON.stringify(trade("last"))}]`);
    await expect(runImport(me, tradeRecordImport(jsonFile(path, "[*]")), { batchSize: 100 })).rejects.toMatchObject({
      code: "json-damaged",
      message: expect.stringMatching(/behind \[8999\]/),
    });
    const [run] = (await me.table(importRuns).page()).rows;
    expect(run).toMatchObject({ status: "failed", errorCode: "json-damaged" });
    expect(run?.recordsWritten).toBe(await me.fills.count());
    expect(run?.recordsWritten).toBeGreaterThan(1000);
  });

  test("has a record that is too long", async () => {
    const me = await user();
    const path = file(`[${JSON.stringify(trade("a"))},${JSON.stringify(trade("b", { status: "x".repeat(3 << 20) }))}]`);
    await expect(runImport(me, tradeRecordImport(jsonFile(path, "[*]", { maxRecordBytes: 1 << 20 })))).rejects.toMatchObject({
      code: "record-too-long",
      facts: { record: "[1]" },
    });
    expect(await runImport(me, tradeRecordImport(jsonFile(path, "[*]")), { restart: true })).toMatchObject({ written: 2 });
  });

  test.each<[string | readonly string[], JsonOptions?]>([
    [""],
    ["a..b"],
    ["a b"],
    ["a[b]"],
    ["bots[*]~"],
    [[]],
    [["bots[*]", "bots[0].orders[*]"]],
    [["a.*", "a.*"]],
    ["bots[*].orders[*]", { carry: { x: "other.id" } }],
    ["bots[*].orders[*]", { carry: { x: "bots[*].orders" } }],
    ["bots[*].orders[*]", { carry: { x: "bots[*].*" } }],
    ["bots[*]", { carry: { x: "bots[*].id" } }],
    ["bots[*]", { carry: { x: "$" } }],
    ["[*]", { maxRecordBytes: 0 }],
  ])("or a path %j that cannot be meant is refused when it is written down", (at, options) => {
    expect(() => jsonFile("any", at, options)).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });
});

describe("an import of a document", () => {
  const many = (count: number): string =>
    `{"trades":[${Array.from({ length: count }, (_, at) => JSON.stringify(trade(`t${at}`))).join(",")}]}`;

  test("writes what the same records as JSON Lines write", async () => {
    const [a, b] = [await user(), await user()];
    const trades = Array.from({ length: 50 }, (_, at) => trade(`t${at % 45}`, at % 7 === 0 ? { size: "x" } : { price: String(at) }));
    const one = await runImport(a, tradeRecordImport(jsonFile(file(JSON.stringify(trades)), "[*]")));
    const two = await runImport(b, tradeRecordImport(jsonLines(file(jsonl(...trades)))));
    expect(await fillsDigest(a)).toBe(await fillsDigest(b));
    expect({ ...one, runId: "", source: "", rejects: [] }).toEqual({ ...two, runId: "", source: "", rejects: [] });
    expect(await runImport(a, tradeRecordImport(jsonFile(file(JSON.stringify(trades)), "[*]")))).toMatchObject({ written: 0 });
  });

  test("goes on where it was stopped", async () => {
    const me = await user(),
      stop = new AbortController(),
      job = tradeRecordImport(jsonFile(file(many(6000)), "trades[*]"));
    await runImport(me, job, { batchSize: 2500, signal: stop.signal, onProgress: () => stop.abort() });
    const report = await runImport(me, job, { batchSize: 2500 });
    expect(report).toMatchObject({ status: "completed", read: 6000, written: 6000, identical: 0, resumedFrom: { line: 2501 } });
    expect(report.source.sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("that was stopped is refused when the document, or the path into it, is another now", async () => {
    const me = await user(),
      stop = new AbortController(),
      path = file(many(10));
    await runImport(me, tradeRecordImport(jsonFile(path, "trades[*]")), {
      batchSize: 5,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(runImport(me, tradeRecordImport(jsonFile(path, "*[*]")))).rejects.toMatchObject({
      code: "source-changed",
      message: expect.stringMatching(/began with .* trades\[\*\]/),
    });
    appendFileSync(path, " ");
    await expect(runImport(me, tradeRecordImport(jsonFile(path, "trades[*]")))).rejects.toMatchObject({ code: "source-changed" });
  });

  test("that was stopped is refused when what was imported reads differently, though both ends are the same", async () => {
    const me = await user(),
      stop = new AbortController(),
      text = many(30_000),
      path = file(text);
    await runImport(me, tradeRecordImport(jsonFile(path, "trades[*]")), {
      signal: stop.signal,
      onProgress: ({ read }) => read >= 15_000 && stop.abort(),
    });
    const at = text.indexOf('"t9000"');
    writeFileSync(path, `${text.slice(0, at)}"x9000"${text.slice(at + 7)}`);
    await expect(runImport(me, tradeRecordImport(jsonFile(path, "trades[*]")))).rejects.toMatchObject({
      code: "source-changed",
      message: expect.stringMatching(/reads differently now/),
    });
  });

  test("takes constant memory, imported and verified", { timeout: 1_800_000 }, () => {
    const path = join(folder(), "big.json"),
      count = depth(10_000, 340_000),
      out = openSync(path, "w");
    // 6 KiB each: 60 MiB, soak 2 GiB, against a heap of 64 MiB.
    const note = "x".repeat(6 << 10);
    writeSync(out, '{"notes":[');
    for (let at = 0; at < count; at += 100)
      writeSync(out, (at > 0 ? "," : "") + Array.from({ length: 100 }, (_, i) => `{"id":"n${at + i}","note":"${note}"}`).join(","));
    writeSync(out, "]}");
    closeSync(out);
    const printed = execFileSync(
      process.execPath,
      ["--max-old-space-size=64", join(import.meta.dirname, "memory-child.ts"), path, "notes[*]"],
      {
        encoding: "utf8",
      },
    );
    const { peakMB, ...found } = JSON.parse(printed) as { readonly peakMB: number };
    expect(found).toMatchObject({ read: count, written: count, rejected: 0, verified: true });
    // 64 MB of it are SQLite's cache, and 130 MB the process itself.
    expect(peakMB).toBeLessThan(300);
  });
});
