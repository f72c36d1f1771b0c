// What runImport costs on PostgreSQL beside raw postgres.js: unnest arrays, and COPY straight into the table. All read the same JSON Lines with JSON.parse and write
// the same columns, keys and indexes; the raw ones as the table's owner, without row level security, checks of values or a resumable cursor.
// Ratios of medians over interleaved rounds in one process; the server is the run's own. Run: pnpm --filter @td/migrate exec node bench/import-postgres.bench.ts [rows=100000] [rounds=3]
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importTables, jsonFile, jsonLines, runImport } from "@td/migrate";
import { fills, openStorage } from "@td/storage";
import { provisionPostgres } from "@td/storage/postgres";
import { counted, noteRatio } from "@td/testkit/bench";
import { startPostgres } from "@td/testkit/postgres";
import postgres from "postgres";
import { tradeRecordImport } from "../test/spot-bot-job.ts";

const ROWS = Number(process.argv[2] ?? 100_000);
const ROUNDS = Number(process.argv[3] ?? 3);
const CHUNK = 5000;

/** About 150 bytes each. */
const trade = (at: number): Readonly<Record<string, string>> => ({
  order_id: `${((at * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, "0")}-${at.toString(16).padStart(8, "0")}`,
  symbol: `${["BTC", "ETH", "SOL", "XRP"][at % 4]}-USD`,
  side: at % 2 === 0 ? "buy" : "sell",
  size: `${at % 900}.${String(at % 100_000_000).padStart(8, "1")}`,
  price: `${at % 60_000}.25`,
  order_time: new Date(1_730_000_000_000 + at * 30).toISOString(),
});

const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
const [lines, array] = [join(folder, "trades.jsonl"), join(folder, "trades.json")];
const texts = Array.from({ length: ROWS }, (_, at) => JSON.stringify(trade(at)));
writeFileSync(lines, texts.join("\n"));
writeFileSync(array, `[${texts.join(",")}]`);

const server = await startPostgres();
await provisionPostgres({ ownerUrl: server.url, appRole: "app", password: "app", tables: importTables });
const url = new URL(server.url);
[url.username, url.password] = ["app", "app"];
const storage = await openStorage(url.href, { tables: importTables });
const owner = postgres(server.url, { max: 1, fetch_types: false, onnotice: () => undefined });

const columns = ["user_id", "id", "account", "symbol", "side", "quantity", "price", "fee", "executed_at", "source", "ingest_seq"];
const list = columns.map((name) => `"${name}"`).join(", ");
const rowOf = (line: string, at: number): readonly string[] => {
  const { order_id, symbol, side, size, price, order_time } = JSON.parse(line) as Readonly<Record<string, string>>;
  return ["u", order_id ?? "", "", symbol ?? "", side ?? "", size ?? "", price ?? "", "0", order_time ?? "", "import", String(at + 1)];
};

async function unnest(): Promise<void> {
  const types = ["text", "text", "text", "text", "text", "numeric", "numeric", "numeric", "timestamptz", "text", "bigint"];
  const insert = `insert into fills (${list}) select * from unnest(${types.map((type, at) => `$${at + 1}::${type}[]`).join(", ")}) on conflict do nothing`;
  const rows = readFileSync(lines, "utf8").split("\n").map(rowOf);
  await owner.begin(async (sql) => {
    for (let at = 0; at < rows.length; at += CHUNK) {
      const some = rows.slice(at, at + CHUNK);
      const literals = columns.map((_, column) => `{${some.map((row) => `"${row[column]}"`).join(",")}}`);
      await sql.unsafe(insert, literals, { prepare: true });
    }
  });
}

async function copy(): Promise<void> {
  const text = readFileSync(lines, "utf8").split("\n");
  const sink = await owner`copy fills (${owner.unsafe(list)}) from stdin`.writable();
  const done = new Promise((resolve, reject) => sink.once("finish", resolve).once("error", reject));
  for (let at = 0; at < text.length; at += CHUNK) {
    const block = text
      .slice(at, at + CHUNK)
      .map((line, i) => `${rowOf(line, at + i).join("\t")}\n`)
      .join("");
    if (!sink.write(block)) await new Promise((resolve) => sink.once("drain", resolve));
  }
  sink.end();
  await done;
}

const CASES: Readonly<Record<string, () => Promise<unknown>>> = {
  "JSON.parse + raw unnest, 5000 rows per statement": unnest,
  "JSON.parse + raw COPY": copy,
  "runImport of JSON Lines": () => runImport(storage.forUser("u"), tradeRecordImport(jsonLines(lines))),
  "runImport of a JSON array": () => runImport(storage.forUser("u"), tradeRecordImport(jsonFile(array, "[*]"))),
};

async function empty(): Promise<void> {
  await owner.unsafe("truncate fills, td_import_runs, td_import_rejects, td_import_rows, td_import_locks");
  await owner.unsafe("delete from td_counters");
  await owner.unsafe("checkpoint");
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const found = new Map(Object.keys(CASES).map((name) => [name, [] as { readonly ms: number; readonly cpu: number }[]]));
try {
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, work] of Object.entries(CASES)) {
      await empty();
      const [began, cpu] = [performance.now(), process.cpuUsage()];
      await work();
      const { user, system } = process.cpuUsage(cpu);
      const [count] = await owner`select count(*)::int as rows from fills`;
      if (count?.["rows"] !== ROWS) throw new Error(`${name}: ${String(count?.["rows"])} rows instead of ${ROWS}`);
      // The first round warms up.
      if (round > 0) found.get(name)?.push({ ms: performance.now() - began, cpu: (user + system) / 1000 });
    }
  }
  const base = [...found.values()];
  console.log(
    `${ROWS} trades of ${Math.round(texts.join("").length / ROWS)} bytes into ${fills.name}; medians of ${ROUNDS} interleaved rounds`,
  );
  for (const [name, measures] of found) {
    const beside = (other: number): string => median(measures.map(({ ms }, at) => ms / (base[other]?.[at]?.ms ?? ms))).toFixed(2);
    const ms = median(measures.map((one) => one.ms));
    const cpu = median(measures.map((one) => one.cpu)).toFixed(0);
    if (measures !== base[0] && measures !== base[1])
      for (const [other, against] of ["raw unnest", "raw COPY"].entries())
        noteRatio({ what: `PostgreSQL: ${name}, clock`, size: `${counted(ROWS)} trades`, against, ratio: Number(beside(other)) });
    console.log(
      `${name.padEnd(50)} ${ms.toFixed(0).padStart(6)} ms ${cpu.padStart(6)} ms of our CPU  ${beside(0)} x unnest  ${beside(1)} x COPY  ${Math.round((ROWS / ms) * 1000)} rows/s`,
    );
  }
} finally {
  await storage.close();
  await owner.end();
  await server.stop();
  rmSync(folder, { recursive: true });
}
