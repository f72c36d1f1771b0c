// Failures that importers are known for. Each test shows that the plain way fails, and that td's does not; the others are named in docs/why/import-failure-modes.md.
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import {
  csvFile,
  decimalText,
  defineImport,
  importLocks,
  importRuns,
  importTables,
  jsonFile,
  jsonLines,
  requiredText,
  runImport,
  sqliteTable,
  verifyImport,
  type Source,
} from "@td/migrate";
import { c, defineTable, fills, type Scope } from "@td/storage";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { z } from "zod";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { file, folder, jsonl, trade, user, userOn } from "./workbench.ts";

const items = defineTable("items", { userId: c.text(), id: c.text(), amount: c.decimal(40, 18) }, { primaryKey: ["userId", "id"] });
const amounts = (source: Source) =>
  defineImport({
    name: "amounts",
    source,
    schema: z.object({ id: requiredText(), amount: decimalText() }),
    map: (record) => record,
    into: items,
  });
const amountOf = async (me: Scope, id: string): Promise<string | undefined> => (await me.table(items).get({ id }))?.amount.toFixed();

/** What an importer as they are often written knows when it runs again. */
interface Plain {
  readonly rows: string[];
  cursor: number;
}

/** Such an importer: it adds a row for each line from its cursor on, and keeps the cursor when it ends in good order. `dies` before that line. */
function plainImport(state: Plain, text: string, dies = Infinity): void {
  for (let at = state.cursor; at < text.length;) {
    const end = text.indexOf("\n", at) + 1 || text.length;
    if (state.rows.length === dies) return;
    state.rows.push(text.slice(at, end).trim());
    at = end;
  }
  state.cursor = text.length;
}

const FIVE = jsonl(...["a", "b", "c", "d", "e"].map((id) => trade(id)));
/** Ends an import after its first batch. */
const dying = {
  batchSize: 2,
  onProgress: (): never => {
    throw new Error("killed");
  },
};

test("mode 13: a cursor that is kept at a graceful end repeats rows after a kill; td's commits with its rows", async () => {
  const plain: Plain = { rows: [], cursor: 0 };
  plainImport(plain, FIVE, 3);
  plainImport(plain, FIVE);
  expect(plain.rows).toHaveLength(8);
  const me = await user(),
    job = tradeRecordImport(jsonLines(file(FIVE)));
  await expect(runImport(me, job, dying)).rejects.toThrow("killed");
  expect(await me.fills.count()).toBe(2);
  expect(await runImport(me, job)).toMatchObject({ resumedFrom: { line: 3 }, read: 5, written: 5, identical: 0 });
});

test("mode 14: a run that a kill left running can never be started again; td asks whether its process lives", async () => {
  const plain = { status: "running" };
  const start = (): boolean => plain.status !== "running" && (plain.status = "running") === "running";
  expect(start()).toBe(false);
  const me = await user(),
    job = tradeRecordImport(jsonLines(file(FIVE)));
  await expect(runImport(me, job, dying)).rejects.toThrow("killed");
  const [run] = (await me.table(importRuns).page()).rows;
  // As the kill leaves it: nobody has written down that it failed, and nobody has let go of the lock.
  const runId = run?.runId ?? "";
  await me.table(importRuns).update({ runId }, { status: "running", updatedAt: new Date() });
  const gone = { token: "gone", host: hostname(), process: spawnSync(process.execPath, ["--version"]).pid, since: new Date(), runId };
  await me.table(importLocks).update({ name: job.name }, gone);
  expect(await runImport(me, job)).toMatchObject({ status: "completed", resumedFrom: { line: 3 }, written: 5 });
});

test("mode 15: a flag that says migrated is believed though the data is gone; td looks at the rows each time", async () => {
  const me = await user(),
    job = tradeRecordImport(jsonLines(file(jsonl(trade("a"), trade("b")))));
  await runImport(me, job);
  await me.fills.delete({ id: "b" });
  // The run's record still says completed: that is all a flag knows.
  expect(await verifyImport(me, job)).toMatchObject({
    verified: false,
    problems: 1,
    firstProblems: [{ kind: "missing", place: { line: 2 } }],
  });
  expect(await runImport(me, job)).toMatchObject({ written: 1, identical: 1 });
});

test("mode 16: bad rows are dropped without a word; td keeps them whole and counts them", async () => {
  const lines = jsonl(trade("a"), trade("b", { size: "NaN" }), trade("c"));
  const plain = lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly size: string })
    .filter(({ size }) => !Number.isNaN(Number(size)));
  expect(plain).toHaveLength(2);
  const report = await runImport(await user(), tradeRecordImport(jsonLines(file(lines))));
  expect(report).toMatchObject({ read: 3, written: 2, rejected: 1 });
  expect(report.rejects).toMatchObject([{ reason: "not-a-number", text: lines.split("\n")[1] }]);
});

test("mode 17: numbers pass through floating point; td keeps their digits, from JSON and from SQLite", async () => {
  expect((JSON.parse('{"a":9007199254740993}') as { readonly a: number }).a.toFixed()).not.toBe("9007199254740993");
  const me = await userOn("sqlite", [...importTables, items]);
  await runImport(me, amounts(jsonFile(file('[{"id":"a","amount":9007199254740993},{"id":"b","amount":0.100000000000000001}]'), "[*]")));
  const path = join(folder(), "legacy.db");
  const legacy = new Database(path);
  legacy.exec("create table t (id text, amount numeric); insert into t values ('c', 9007199254740993), ('d', 0.1)");
  expect(legacy.prepare("select amount from t where id = 'c'").pluck().get()).toBe(9_007_199_254_740_992);
  legacy.close();
  await runImport(me, amounts(sqliteTable(path, "t")));
  expect([await amountOf(me, "a"), await amountOf(me, "b"), await amountOf(me, "c"), await amountOf(me, "d")]).toEqual([
    "9007199254740993",
    "0.100000000000000001",
    "9007199254740993",
    "0.1",
  ]);
});

test("mode 18: a time without a zone takes that of whoever reads it; td refuses it or is told, whatever the machine's zone", () => {
  const program = `
    import { instantText } from "@td/migrate";
    const text = "2025-03-01T10:00:00";
    console.log(new Date(text).toISOString(), instantText().safeParse(text).success, instantText({ zone: "Asia/Kolkata" }).parse(text));`;
  const under = (TZ: string): readonly string[] =>
    execFileSync(process.execPath, ["--input-type=module-typescript", "--eval", program], {
      cwd: join(import.meta.dirname, ".."),
      encoding: "utf8",
      env: { ...process.env, TZ },
    })
      .trim()
      .split(" ");
  const [here, there] = [under("America/New_York"), under("Asia/Tokyo")];
  expect(here[0]).not.toBe(there[0]);
  expect(here.slice(1)).toEqual(["false", "2025-03-01T04:30:00.000000Z"]);
  expect(there.slice(1)).toEqual(here.slice(1));
});

test("mode 19: types are guessed from the first rows; td takes every cell as text and the schema decides", async () => {
  expect(["001", "0x1F", "1e5"].map((cell) => String(Number(cell)))).toEqual(["1", "31", "100000"]);
  const me = await userOn("sqlite", [...importTables, items]);
  await runImport(me, amounts(csvFile(file("id,amount\n001,1\n0x1F,2.50\n1e5,3\n"))));
  expect((await me.table(items).page()).rows.map(({ id }) => id)).toEqual(["001", "0x1F", "1e5"]);
});

test("mode 21: after an edit a kept offset means another record; td refuses a source that changed", async () => {
  const edited = FIVE.replace('"a"', '"a longer name"');
  const plain: Plain = { rows: [], cursor: FIVE.indexOf("\n") + 1 };
  plainImport(plain, edited);
  expect(() => JSON.parse(plain.rows[0] ?? "") as unknown).toThrow(SyntaxError);
  const me = await user(),
    path = file(FIVE),
    job = tradeRecordImport(jsonLines(path));
  await expect(runImport(me, job, dying)).rejects.toThrow("killed");
  writeFileSync(path, edited);
  await expect(runImport(me, job)).rejects.toMatchObject({ code: "source-changed" });
  expect(await me.fills.count()).toBe(2);
});

test("mode 22: a check that failed is passed by the next try, which goes on behind it; td takes the right to resume away", async () => {
  const plain: Plain = { rows: [], cursor: 0 };
  plainImport(plain, FIVE.slice(0, FIVE.length / 2));
  const lost = plain.rows.shift();
  // The check finds that a row is lost; the next try knows the cursor only.
  plainImport(plain, FIVE);
  expect([plain.cursor, plain.rows.includes(lost ?? "")]).toEqual([FIVE.length, false]);
  const me = await user(),
    job = tradeRecordImport(jsonLines(file(FIVE)));
  await expect(runImport(me, job, dying)).rejects.toThrow("killed");
  await me.fills.delete({ id: "a" });
  expect(await verifyImport(me, job)).toMatchObject({ verified: false, problems: 1 });
  await expect(runImport(me, job)).rejects.toMatchObject({ code: "verification-failed" });
});

test("mode 23: a second record under a key replaces the first; td keeps the first and both sides of the conflict", async () => {
  const records = [trade("a", { price: "1" }), trade("a", { price: "2" })];
  expect(new Map(records.map((record) => [record["order_id"], record["price"]])).get("a")).toBe("2");
  const me = await user();
  const report = await runImport(me, tradeRecordImport(jsonLines(file(jsonl(...records)))));
  expect(report.rejects).toMatchObject([{ kind: "conflict", rows: [{ incoming: { price: "2" }, existing: { price: "1" } }] }]);
  expect((await me.table(fills).get({ id: "a" }))?.price.toFixed()).toBe("1");
});

test("an importer of the wrong shape loads nothing and is content; td says what is there", async () => {
  const content = JSON.stringify({ trades: [trade("a")], failed_orders: [] });
  // The way of an old importer: what is no list has no rows.
  const parsed = JSON.parse(content) as unknown;
  expect(Array.isArray(parsed) ? parsed : []).toHaveLength(0);
  await expect(runImport(await user(), tradeRecordImport(jsonFile(file(content), "[*]")))).rejects.toMatchObject({
    code: "path-not-found",
  });
});
