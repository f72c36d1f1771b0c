// What importMany costs beside a raw better-sqlite3 loop: ratios of CPU time, the median over interleaved rounds in one process.
// Run: pnpm bench import, or node packages/storage/bench/import.bench.ts [rows] [rounds]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted, noteRatio } from "@td/testkit/bench";
import Database from "better-sqlite3";
import { fills, openStorage } from "../src/index.ts";
import type { FillInput } from "../src/index.ts";
import { layoutOf } from "../src/internal.ts";
import type { Stored } from "../src/internal.ts";

const ROWS = Number(process.argv[2] ?? 100_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const BATCH = 1000;
const folder = mkdtempSync(join(tmpdir(), "td-bench-"));

// CPU time, because other programs on the machine change the clock's answer more than ours.
function cpuMs(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

// Seeded, so that two runs do the same work.
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function makeRows(count: number): readonly FillInput[] {
  const random = seeded(7);
  const digits = (n: number): string => String(Math.floor(random() * 10 ** n)).padStart(n, "0");
  const hex = (n: number): string =>
    Math.floor(random() * 16 ** n)
      .toString(16)
      .padStart(n, "0");
  return Array.from({ length: count }, (_, at) => ({
    id: `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(6)}${at.toString(16).padStart(6, "0")}`,
    symbol: `S${Math.floor(random() * 20)}-USD`,
    side: random() < 0.55 ? ("buy" as const) : ("sell" as const),
    quantity: `${Math.floor(random() * 900) + 1}.${digits(8)}`,
    price: `${Math.floor(random() * 60_000)}.${digits(2)}`,
    fee: `0.${digits(6)}${digits(6)}`,
    executedAt: new Date(1_700_000_000_000 + at * 1000).toISOString().replace("Z", `${digits(3)}Z`),
    source: "import:bench",
    attributes: { status: "filled", type: "limit" },
  }));
}

const rows = makeRows(ROWS);
const { columns } = layoutOf(fills);
const encoded = rows.map((row) => encode({ ...row }));
const plain = rows.map((row) => [
  "u",
  row.id,
  "",
  null,
  row.symbol,
  row.side,
  row.quantity,
  row.price,
  null,
  row.fee ?? "0",
  null,
  null,
  row.executedAt,
  null,
  row.source,
  JSON.stringify(row.attributes),
  1,
]);

function encode(row: Readonly<Record<string, unknown>>): readonly Stored[] {
  return columns.map(({ property, codec }) =>
    property === "userId" ? "u" : property === "ingestSeq" ? 1 : (codec.encode(row[property]) as Stored),
  );
}

function rawInto(ddl: readonly string[], name: string, params: readonly (readonly unknown[])[]): number {
  const file = join(folder, `${name}.db`);
  const database = new Database(file);
  database.pragma("journal_mode = wal");
  database.pragma("synchronous = full");
  database.pragma("cache_size = -65536");
  database.pragma("wal_autocheckpoint = 10000");
  for (const statement of ddl) database.exec(statement);
  const insert = database.prepare(`insert into fills values (${columns.map(() => "?").join(", ")}) on conflict do nothing`);
  const start = process.cpuUsage();
  database.transaction(() => {
    for (const row of params) insert.run(row);
  })();
  const ms = cpuMs(start);
  database.close();
  rmSync(file);
  return ms;
}

const PLAIN_DDL = [
  `create table fills (${columns.map(({ name }) => `"${name}" ${name.endsWith("seq") ? "integer" : "text"}`).join(", ")}, primary key (user_id, id))`,
  ...fills.ddl("sqlite").slice(1),
];

async function throughTd(): Promise<number> {
  const file = join(folder, "td.db");
  const storage = await openStorage(`sqlite:${file}`);
  const me = storage.forUser("u");
  const start = process.cpuUsage();
  await me.transaction(async (tx) => {
    for (let at = 0; at < rows.length; at += BATCH) await tx.fills.importMany(rows.slice(at, at + BATCH));
  });
  const ms = cpuMs(start);
  await storage.close();
  rmSync(file);
  return ms;
}

const runs: Readonly<Record<string, () => number | Promise<number>>> = {
  "raw loop, same table, values encoded beforehand": () => rawInto(fills.ddl("sqlite"), "same", encoded),
  "raw loop, plain text columns, no checks": () => rawInto(PLAIN_DDL, "plain", plain),
  importMany: throughTd,
};

const times = new Map(Object.keys(runs).map((name) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) for (const [name, run] of Object.entries(runs)) times.get(name)?.push(await run());

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const td = times.get("importMany") ?? [];
for (const [name, taken] of times) {
  const ratio = median(td.map((ms, round) => ms / (taken[round] ?? Number.NaN)));
  const perRow = (median(taken) / ROWS) * 1000;
  console.log(`${name.padEnd(50)} ${perRow.toFixed(1).padStart(6)} us of CPU per row   importMany takes ${ratio.toFixed(2)} x`);
  if (name !== "importMany") noteRatio({ what: "importMany into SQLite, CPU", size: `${counted(ROWS)} fills`, against: name, ratio });
}
rmSync(folder, { recursive: true });
