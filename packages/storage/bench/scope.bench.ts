// What isolation inside SQLite costs: scoped views beside the table with the user named, write triggers beside none. Ratios of CPU time,
// the median over interleaved rounds in one process. Run: pnpm bench scope
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteRatio } from "@td/testkit/bench";
import Database from "better-sqlite3";
import { fills } from "../src/index.ts";
import { layoutOf } from "../src/internal.ts";
import { Connection } from "../src/sqlite/connection.ts";
import { bindUser, guardWrites, scopedViews } from "../src/sqlite/scoped-views.ts";

const ROWS = Number(process.argv[2] ?? 100_000);
const ROUNDS = Number(process.argv[3] ?? 7);
const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
const file = join(folder, "td.db");
const { columns } = layoutOf(fills);

const given: Readonly<Record<string, unknown>> = {
  account: "",
  symbol: "BTC-USD",
  side: "buy",
  quantity: "1.5",
  price: "64000.25",
  fee: "0.1",
  source: "bench",
  executedAt: "2025-03-01T10:00:00.123456Z",
  ingestSeq: 1,
};
const encoded = Array.from({ length: ROWS }, (_, at) =>
  columns.map(({ property, codec }) => {
    if (property === "userId") return `u${at % 10}`;
    const value = property === "id" ? `${(at * 7919) % ROWS}`.padStart(9, "0") : given[property];
    return value === undefined ? null : codec.encode(value);
  }),
);

function cpuMs(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

function open(): Connection {
  const database = new Database(file);
  database.pragma("journal_mode = wal");
  database.pragma("cache_size = -65536");
  return new Connection(database, file, undefined);
}

const userOf = ([user]: readonly unknown[]): string => (typeof user === "string" ? user : "");

function insertAll(guarded: boolean): number {
  const connection = open();
  connection.exec("drop table if exists fills");
  for (const statement of fills.ddl("sqlite")) connection.exec(statement);
  if (guarded) guardWrites(connection, [fills]);
  const insert = connection.prepare(`insert into fills values (${columns.map(() => "?").join(", ")}) on conflict do nothing`);
  const ms = cpuMs(() => {
    connection.exec("begin");
    for (const row of encoded) connection.workFor(userOf(row), () => insert.run(row));
    connection.exec("commit");
  });
  connection.close();
  return ms;
}

const PAGE = "select * from fills where (executed_at, id) > (?, ?) order by executed_at, id limit 50";
const OWN_PAGE = PAGE.replace("where", "where user_id = 'u3' and");
function pages(scoped: boolean): number {
  const connection = open();
  bindUser(connection);
  if (scoped) for (const statement of scopedViews(connection)) connection.exec(statement);
  const at = Date.parse("2025-03-01T10:00:00Z") * 1000;
  const ms = connection.workFor("u3", () =>
    cpuMs(() => {
      for (let call = 0; call < 2000; call++)
        connection.all(scoped ? PAGE : OWN_PAGE, [at + 123_456, `${(call * 37) % 90_000}`.padStart(9, "0")]);
    }),
  );
  connection.close();
  return ms;
}

const times = { insert: [] as number[], page: [] as number[] };
for (let round = 0; round < ROUNDS; round++) {
  const plain = insertAll(false);
  times.insert.push(insertAll(true) / plain);
  const own = pages(false);
  times.page.push(pages(true) / own);
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
console.log(`insert with write triggers: ${median(times.insert).toFixed(2)} x without`);
console.log(`page of 50 through the scoped view: ${median(times.page).toFixed(2)} x the table with the user named`);
noteRatio({
  what: "SQLite insert with write triggers, CPU",
  size: "100,000 fills",
  against: "the same without",
  ratio: median(times.insert),
});
noteRatio({
  what: "SQLite page of 50 through a scoped view, CPU",
  size: "100,000 fills",
  against: "the table, user named",
  ratio: median(times.page),
});
rmSync(folder, { recursive: true });
