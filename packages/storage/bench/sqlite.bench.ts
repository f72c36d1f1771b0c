// What get and page cost beside raw better-sqlite3 on one file: ratios of CPU time, the medians over interleaved rounds in one process. Raw gives the
// values as they are stored; beside it raw that also makes of them what td gives: decimals, times and parsed JSON. Run: pnpm bench sqlite
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted, noteRatio } from "@td/testkit/bench";
import Database from "better-sqlite3";
import { Decimal } from "decimal.js";
import { fills, openStorage } from "../src/index.ts";
import type { FillInput } from "../src/index.ts";
import { layoutOf } from "../src/internal.ts";
import type { StoredRow } from "../src/internal.ts";

const ROWS = Number(process.argv[2] ?? 20_000);
const ROUNDS = Number(process.argv[3] ?? 9);
const CALLS = 300;
const START = 1_700_000_000_000;

const fill = (at: number): FillInput => ({
  id: idOf(at),
  symbol: `S${at % 20}-USD`,
  side: at % 2 === 0 ? "buy" : "sell",
  quantity: `${at % 900}.${at + 1}`,
  price: `${at % 60_000}.25`,
  fee: "0.001234",
  executedAt: new Date(START + at * 1000).toISOString(),
  source: "import:bench",
  attributes: { status: "filled", type: "limit" },
});

function idOf(at: number): string {
  return `f${String(at).padStart(8, "0")}`;
}

/** Some place in the table, another for each call. */
const placeOf = (call: number): number => (call * 7919) % (ROWS - 100);

const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
const file = join(folder, "td.db");
const storage = await openStorage(`sqlite:${file}`, { durability: "normal" });
const me = storage.forUser("ann");
for (let from = 0; from < ROWS; from += 5000)
  await me.fills.importMany(Array.from({ length: Math.min(5000, ROWS - from) }, (_, at) => fill(from + at)));
await storage.maintain();

const { columns } = layoutOf(fills);
const list = columns.map(({ name }) => `"${name}"`).join(", ");
const database = new Database(file, { readonly: true });
database.pragma("cache_size = -16384");
const one = database.prepare<unknown[], StoredRow>(`select ${list} from fills where user_id = ? and id = ?`).raw();
const fifty = database
  .prepare<unknown[], StoredRow>(
    `select ${list} from fills where user_id = ? and (executed_at, id) > (?, ?) order by executed_at, id limit 51`,
  )
  .raw();

function made(row: StoredRow | undefined): object {
  const found: Record<string, unknown> = {};
  for (const { property, definition, at } of columns) {
    const value = row?.[at] ?? null;
    if (value === null) found[property] = null;
    else if (definition.kind === "decimal") found[property] = decimalOf(String(value), definition.precision - definition.scale);
    else if (definition.kind === "instant") found[property] = timeOf(Number(value));
    else found[property] = definition.kind === "json" ? (JSON.parse(String(value)) as unknown) : value;
  }
  return found;
}

// The amounts of this benchmark are all above zero.
const decimalOf = (stored: string, whole: number): Decimal => new Decimal(`${stored.slice(1, whole + 1)}.${stored.slice(whole + 1)}`);
const timeOf = (micros: number): string =>
  `${new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1)}${String(micros % 1000).padStart(3, "0")}Z`;

const pageFrom = (call: number): readonly StoredRow[] => fifty.all("ann", (START + placeOf(call) * 1000) * 1000, idOf(placeOf(call)));
const cursors: string[] = [];
for (let call = 0; call < CALLS; call++)
  cursors.push((await me.fills.page({ orderBy: "by_time", limit: 1, where: { id: { gte: idOf(placeOf(call)) } } })).next ?? "");

const works: Readonly<Record<string, (call: number) => unknown>> = {
  "get raw": (call) => one.get("ann", idOf(placeOf(call))),
  "get made": (call) => made(one.get("ann", idOf(placeOf(call)))),
  "get td": (call) => me.fills.get({ id: idOf(placeOf(call)) }),
  "page raw": pageFrom,
  "page made": (call) => pageFrom(call).map(made),
  "page td": (call) => me.fills.page({ orderBy: "by_time", after: cursors[call] ?? "" }),
};

async function cpuMicros(work: (call: number) => unknown): Promise<number> {
  const start = process.cpuUsage();
  for (let call = 0; call < CALLS; call++) await work(call);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / CALLS;
}

const times = new Map(Object.keys(works).map((name) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round++) for (const [name, work] of Object.entries(works)) times.get(name)?.push(await cpuMicros(work));

const median = (name: string): number => (times.get(name) ?? []).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
for (const what of ["get", "page"]) {
  const td = median(`${what} td`);
  const [raw, own] = [median(`${what} raw`), median(`${what} made`)];
  console.log(
    `${what}: td ${td.toFixed(1)} us of CPU = ${(td / raw).toFixed(2)} x raw, ${(td / own).toFixed(2)} x raw with the values made of it`,
  );
  const size = `${counted(ROWS)} fills`;
  noteRatio({ what: `SQLite ${what}, CPU`, size, against: "raw better-sqlite3, values as stored", ratio: td / raw });
  noteRatio({ what: `SQLite ${what}, CPU`, size, against: "raw better-sqlite3, values made of them", ratio: td / own });
}
await storage.close();
database.close();
rmSync(folder, { recursive: true });
