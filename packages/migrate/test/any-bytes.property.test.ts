// Laws that hold for every source, whatever bytes it has.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  csvFile,
  decimalText,
  defineImport,
  instantText,
  jsonFile,
  jsonLines,
  MigrateError,
  postgresQuery,
  records,
  requiredText,
  rollbackImport,
  runImport,
  sqliteJsonColumn,
  sqliteTable,
  webStorageDump,
  type ImportJob,
  type ImportReject,
  type ImportReport,
  type Source,
} from "@td/migrate";
import { writeDecimal } from "@td/fifo/values";
import { fills, type FillRow, type Scope } from "@td/storage";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { depth, fillsDigest, folder, KINDS, newName, ownerUrl, rejectsOf, storage, storageOn, trade } from "./workbench.ts";

const runs = (usual: number, soak: number): { numRuns: number } => ({ numRuns: depth(usual, soak) });

const HEADER = "order_id,symbol,side,size,price,order_time,total_fees_usd,status";

/** Values that are good, bad or odd, so that records meet every outcome, duplicates and conflicts included. */
const anyTrade = fc
  .record({
    id: fc.constantFrom("a", "b", "c", "\u{1f4b0}", "\ud800", "\0", ""),
    size: fc.constantFrom("1", "1.0", "10e-1", "-1", "0", "x", "1e300", "0.1234567890123456789", 1, 0.1, null),
    price: fc.constantFrom("5", "6"),
    time: fc.constantFrom("2025-03-01T10:00:00Z", "2025-03-01T11:00:00+01:00", "2025-03-01T10:00:00", "2999-01-01T00:00:00Z"),
    status: fc.oneof(fc.constantFrom('"', "\n", ",", null), fc.string()),
  })
  .map(({ id, size, price, time, status }) => trade(id, { size, price, order_time: time, status }));

const cell = (value: unknown): string => {
  if (typeof value !== "string") return typeof value === "number" ? String(value) : "";
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
};
const csvLine = (record: Readonly<Record<string, unknown>>): string =>
  HEADER.split(",")
    .map((name) => cell(record[name]))
    .join(",");

/** Pieces that mean something to a reader of lines. */
const noise = fc.oneof(
  fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom("\n", "\r\n", "\r", '"', ",", "{", "}", "[", "\u{feff}", "\0", "{}", '{"order_id":1', "\u00e9")
    .map((text) => Buffer.from(text)),
  fc.constantFrom(Buffer.from([0xc3]), Buffer.from([0xff, 0xfe]), Buffer.from([0x1f, 0x8b])),
);
const pieces = (write: (record: Readonly<Record<string, unknown>>) => string): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.oneof(
        { weight: 3, arbitrary: fc.tuple(anyTrade, fc.constantFrom("\n", "\r\n", "")).map(([one, end]) => Buffer.from(write(one) + end)) },
        { weight: 1, arbitrary: noise },
      ),
      { maxLength: 12 },
    )
    .map((parts) => Buffer.concat(parts));

/** A list that is whole, broken, cut off or wrapped. */
const documents = fc
  .tuple(
    fc.constantFrom("[", " [", '{"trades":[', "\u{feff}[", "[[", ""),
    fc.array(
      fc.oneof(
        { weight: 4, arbitrary: anyTrade.map((one) => Buffer.from(JSON.stringify(one))) },
        { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
        { weight: 1, arbitrary: noise },
      ),
      { maxLength: 8 },
    ),
    fc.constantFrom("]", "]}", "] ", "", "]]"),
  )
  .map(([before, parts, after]) =>
    Buffer.concat([
      Buffer.from(before),
      ...parts.flatMap((part, at) => (at === 0 ? [part] : [Buffer.from(","), part])),
      Buffer.from(after),
    ]),
  );

type Job = (source: Source) => ImportJob<typeof fills>;
const tradeJob: Job = (source) => tradeRecordImport(source);

/** What was or was not imported, each time for a user of its own. */
async function outcome(me: Scope, job: ImportJob<typeof fills>, batchSize: number): Promise<ImportReport | MigrateError> {
  try {
    return await runImport(me, job, { batchSize, now: () => new Date(0) });
  } catch (error) {
    if (error instanceof MigrateError) return error;
    throw error;
  }
}

const SOURCE_ERROR =
  /^(source-empty|source-unreadable|not-json-lines|not-json|json-damaged|path-not-found|not-csv|unknown-column|missing-column|duplicate-column)$/;

/** What stood before: a row that a record may be equal to or in conflict with, and one that none has to do with. */
const BEFORE = [trade("b", { size: "1", price: "5", order_time: "2025-03-01T10:00:00Z", status: null }), trade("before")];

/** The laws that an import of a source breaks. `content` = its bytes, when it has any. */
async function broken(me: Scope, source: Source, batchSize: number, content?: Buffer, make = tradeJob): Promise<readonly string[]> {
  await runImport(me, make(records("before", BEFORE)));
  const [before, stood] = [await fillsDigest(me), await me.fills.count()];
  const job = make(source);
  const first = await outcome(me, job, batchSize);
  const stored = (await me.fills.count()) - stood;
  if (first instanceof MigrateError)
    return failed({ [`a typed source error, not ${first.code}`]: SOURCE_ERROR.test(first.code), "which writes nothing": stored === 0 });
  const rejects = await rejectsOf(me, first),
    digest = await fillsDigest(me);
  const again = await outcome(me, job, 1000);
  if (again instanceof MigrateError) return [again.message];
  const whole = ({ place, raw, text }: ImportReject): boolean =>
    text?.startsWith('{"redacted":true') === true ||
    (content?.subarray(place.byteOffset, place.byteOffset + raw.length).equals(raw) ?? true);
  return failed({
    balanced: first.read === first.written + first.identical + first.conflict + first.rejected,
    "written rows stand": stored === first.written,
    "nothing is lost": rejects.length === first.conflict + first.rejected && rejects.every(whole),
    "all identical again": again.written === 0 && again.identical === first.written + first.identical && again.conflict === first.conflict,
    "the same rejects again": again.rejected === first.rejected && JSON.stringify(again.byReason) === JSON.stringify(first.byReason),
    "the table is the same": (await fillsDigest(me)) === digest,
    "a rollback leaves what was there before":
      (await rollbackImport(me, first.runId)).removed === stored && (await fillsDigest(me)) === before,
  });
}

function failed(laws: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.keys(laws).filter((law) => laws[law] !== true);
}

/** A dump of a browser: any texts under any keys, in every form, or not quite. */
const dumps = fc
  .tuple(
    fc.array(fc.tuple(fc.oneof(fc.constantFrom("a", "b", "access_token", ""), fc.string()), fc.oneof(fc.string(), fc.json())), {
      maxLength: 6,
    }),
    fc.constantFrom<(entries: readonly (readonly [string, string])[]) => unknown>(
      (entries) => Object.fromEntries(entries),
      (entries) => entries,
      (entries) => entries.map(([name, value]) => ({ name, value })),
      (entries) => entries.map(([name, value]) => [name, value, name]),
      (entries) => ({ origins: entries }),
    ),
    fc.oneof({ weight: 3, arbitrary: fc.constant(Buffer.alloc(0)) }, { weight: 1, arbitrary: noise }),
  )
  .map(([entries, form, after]) => Buffer.concat([Buffer.from(JSON.stringify(form(entries))), after]));

const dumpJob: Job = (source) =>
  defineImport({
    name: "dump",
    source,
    schema: z.looseObject({ key: z.string().nullish(), text: z.string().nullish(), order_id: z.string().nullish() }),
    map: ({ key, text, order_id: id }) => ({
      id: key ?? id ?? "",
      symbol: "-",
      side: "buy" as const,
      quantity: "1",
      price: "1",
      executedAt: "2025-01-01T00:00:00Z",
      source: "dump",
      attributes: { text: text ?? null },
    }),
    into: fills,
  });

const anyNoise = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes));
const noisy = fc.oneof(
  noise,
  anyNoise,
  fc.json().map((text) => Buffer.from(text)),
);

interface Kept {
  readonly bytes: fc.Arbitrary<Buffer>;
  readonly source: (path: string) => Source;
  readonly job?: Job;
  readonly write?: (path: string, content: Buffer) => void;
}

const column = (path: string): Source => sqliteJsonColumn(path, { table: "state", column: "state", path: ["[*]", "trades[*]"] });
const writeColumn = (path: string, content: Buffer): void => {
  const database = new Database(path);
  database.exec("create table if not exists state (id integer primary key, state)");
  database.prepare("insert or replace into state values (1, ?)").run(content);
  database.close();
};

const SOURCES: readonly (readonly [string, Kept])[] = [
  ["as JSON Lines", { bytes: pieces((one) => JSON.stringify(one)), source: (path) => jsonLines(path) }],
  ["as CSV", { bytes: pieces(csvLine).map((body) => Buffer.concat([Buffer.from(HEADER + "\n"), body])), source: (path) => csvFile(path) }],
  ["as a JSON document", { bytes: documents, source: (path) => jsonFile(path, ["[*]", "trades[*]"]) }],
  ["as a JSON document, when they are noise", { bytes: noisy, source: (path) => jsonFile(path, ["[*]", "*"]) }],
  ["as JSON Lines, when they are noise", { bytes: anyNoise, source: (path) => jsonLines(path) }],
  ["as CSV, when they are noise", { bytes: anyNoise, source: (path) => csvFile(path) }],
  [
    "as a dump of a browser",
    { bytes: fc.oneof({ weight: 4, arbitrary: dumps }, noisy), source: (path) => webStorageDump(path), job: dumpJob },
  ],
  ["as a document in a column", { bytes: fc.oneof({ weight: 3, arbitrary: documents }, noisy), source: column, write: writeColumn }],
];

/** A value of a cell, of every type that SQLite has. */
const anyCell = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "1", "5", "buy", "2025-03-01T10:00:00Z", "BTC-USD") },
  fc.string(),
  fc.double(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constant(null),
  anyNoise,
);

describe.each(KINDS)(
  "any bytes as a source give a balanced report or a typed error, and are all identical the second time: on %s",
  (engine) => {
    const few = engine === "postgres";

    test.each(SOURCES)("%s", async (_title, { bytes, source, job, write = writeFileSync }) => {
      const opened = await storageOn(engine),
        path = join(folder(), "any");
      await fc.assert(
        fc.asyncProperty(bytes, fc.integer({ min: 1, max: 5 }), async (content, batchSize) => {
          write(path, content);
          expect(await broken(opened.forUser(newName()), source(path), batchSize, content, job)).toEqual([]);
        }),
        few ? runs(8, 500) : runs(90, 5000),
      );
    });

    test("as records in memory", async () => {
      const opened = await storageOn(engine);
      const anything = fc.array(fc.oneof(anyTrade, fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true })), {
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(anything, async (items) => {
          expect(await broken(opened.forUser(newName()), records("any", items), 3)).toEqual([]);
        }),
        few ? runs(8, 500) : runs(90, 5000),
      );
    });

    test("as rows of a SQLite table, whatever their cells hold", async () => {
      const opened = await storageOn(engine),
        path = join(folder(), "any.db");
      const names = HEADER.split(",");
      const known = anyTrade.map((one) => names.map((name) => one[name] ?? null));
      const rows = fc.array(fc.oneof(known, fc.tuple(...names.map(() => anyCell))), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(rows, async (cells) => {
          const database = new Database(path);
          database.exec(`drop table if exists t; create table t (${names.join(", ")})`);
          const insert = database.prepare(`insert into t values (${names.map(() => "?").join(", ")})`);
          for (const row of cells) insert.run(...row);
          // Bytes under the name of text, which need not be text.
          database.exec("update t set status = cast(status as text) where typeof(status) = 'blob'");
          database.close();
          expect(await broken(opened.forUser(newName()), sqliteTable(path, "t"), 2)).toEqual([]);
        }),
        few ? runs(8, 500) : runs(40, 2000),
      );
    });

    test("as rows of a query on PostgreSQL", async () => {
      const opened = await storageOn(engine);
      const sql = `select * from jsonb_to_recordset($1::text::jsonb) as t(${HEADER.split(",").join(" text, ")} text)`;
      const rows = fc.array(anyTrade, { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(rows, async (items) => {
          const source = postgresQuery(ownerUrl("postgres"), sql, { params: [JSON.stringify(items)] });
          expect(await broken(opened.forUser(newName()), source, 2)).toEqual([]);
        }),
        runs(8, 500),
      );
    });
  },
);

function textOf(row: FillRow | null): unknown {
  return (row?.attributes as { readonly text?: unknown } | undefined)?.text;
}

describe("how a source is cut", () => {
  test("does not depend on where a block of bytes ends", async () => {
    const opened = await storage(),
      path = join(folder(), "long");
    const schema = z.object({ id: requiredText(), text: z.string().nullish() });
    const map = ({ id, text }: z.infer<typeof schema>) => ({
      id,
      symbol: "A-B",
      side: "buy" as const,
      quantity: "1",
      price: "1",
      executedAt: "2025-01-01T00:00:00Z",
      source: "any",
      attributes: { text },
    });
    // Long records of odd sizes, so that the ends of blocks (half a MiB) fall everywhere.
    const rows = fc.array(fc.tuple(fc.integer({ min: 1, max: 300_000 }), fc.constantFrom("x", '"', "\n", "\u00e9", "\u{1f4b0}")), {
      minLength: 3,
      maxLength: 8,
    });
    let user = 0;
    await fc.assert(
      fc.asyncProperty(rows, async (sizes) => {
        const items = sizes.map(([size, unit], at) => ({ id: `i${at}`, text: unit.repeat(Math.ceil(size / unit.length)) }));
        writeFileSync(path, items.map((item) => JSON.stringify(item) + "\n").join(""));
        const json = opened.forUser(`j${user}`),
          csv = opened.forUser(`c${user++}`);
        await runImport(json, defineImport({ name: "long", source: jsonLines(path), schema, map, into: fills }));
        writeFileSync(path, "id,text\n" + items.map(({ id, text }) => `${id},${cell(text)}\r\n`).join(""));
        await runImport(csv, defineImport({ name: "long", source: csvFile(path), schema, map, into: fills }));
        for (const me of [json, csv]) for (const { id, text } of items) expect(textOf(await me.fills.get({ id })) === text).toBe(true);
      }),
      runs(8, 200),
    );
  });
});

describe("a number of a source", () => {
  test("reaches the table with all its digits, however it is written", async () => {
    const opened = await storage();
    const schema = z.object({ id: requiredText(), size: decimalText({ positive: true }), at: instantText() });
    const digits = fc.tuple(fc.bigInt({ min: 1n, max: 10n ** 38n - 1n }), fc.integer({ min: -18, max: 0 }));
    let user = 0;
    await fc.assert(
      fc.asyncProperty(digits, async ([units, exponent]) => {
        fc.pre(units < 10n ** BigInt(20 - exponent));
        const me = opened.forUser(`n${user++}`),
          path = join(folder(), "numbers"),
          spelled = `${units}e${exponent}`;
        writeFileSync(
          path,
          `{"id":"number","size":${spelled},"at":"2025-01-01T00:00:00Z"}\n{"id":"text","size":"${spelled}","at":"2025-01-01T00:00:00Z"}\n`,
        );
        const map = ({ id, size, at }: z.infer<typeof schema>) => ({
          id,
          symbol: "A-B",
          side: "buy" as const,
          quantity: size,
          price: "1",
          executedAt: at,
          source: "any",
        });
        expect(await runImport(me, defineImport({ name: "numbers", source: jsonLines(path), schema, map, into: fills }))).toMatchObject({
          written: 2,
        });
        for (const id of ["number", "text"]) expect((await me.fills.get({ id }))?.quantity.toFixed()).toBe(writeDecimal(units, -exponent));
      }),
      runs(60, 2000),
    );
  });
});
