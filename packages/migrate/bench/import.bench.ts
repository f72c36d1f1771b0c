// What runImport costs beside JSON.parse and a raw better-sqlite3 insert in one transaction, as ratios of medians over interleaved rounds.
// Each measurement is a process of its own, so that its peak memory is its own.
// Run: pnpm --filter @td/migrate exec node bench/import.bench.ts [rows=200000] [rounds=5]
import { fork } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importTables, jsonFile, jsonLines, runImport, type ImportOptions, type Source } from "@td/migrate";
import { fills, openStorage } from "@td/storage";
import { counted, noteRatio } from "@td/testkit/bench";
import Database from "better-sqlite3";
import { tradeRecordImport } from "../test/spot-bot-job.ts";

interface Measure {
  readonly ms: number;
  readonly cpuMs: number;
  readonly peakMB: number;
  readonly rows: number;
}

/** Seeded, so that two runs do the same work. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

function writeTrades(path: string, count: number): void {
  const random = seeded(7),
    file = openSync(path, "w");
  const digits = (n: number): string => String(Math.floor(random() * 10 ** n)).padStart(n, "0");
  const hex = (n: number): string =>
    Math.floor(random() * 16 ** n)
      .toString(16)
      .padStart(n, "0");
  const pick = (...values: readonly string[]): string => values[Math.floor(random() * values.length)] ?? "";
  const id = (at: number): string => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(4)}${at.toString(16).padStart(8, "0")}`;
  let text = "";
  for (let at = 0; at < count; at++) {
    const buy = random() < 0.55,
      size = `${Math.floor(random() * 900)}.${digits(8)}`;
    const record = {
      order_id: id(at),
      symbol: `${pick("BTC", "ETH", "SOL", "XRP", "ADA", "DOT", "UNI", "LTC")}-USD`,
      side: buy ? "buy" : "sell",
      size,
      price: `${Math.floor(random() * 60_000)}.${digits(2)}`,
      order_time: new Date(1_730_000_000_000 + at * 30).toISOString().replace("Z", `${digits(3)}+00:00`),
      total_fees_usd: `0.${digits(12)}`,
      status: "filled",
      order_type: pick("limit", "market", "bracket"),
      source: pick("websocket", "webhook", "manual"),
      parent_id: buy ? null : id(0),
      pnl_usd: buy ? null : `-${digits(2)}.${digits(8)}`,
      remaining_size: buy ? size : null,
    };
    text += JSON.stringify(record) + "\n";
    if (text.length > 1 << 20 || at === count - 1) {
      writeSync(file, text);
      text = "";
    }
  }
  closeSync(file);
}

const columns = Object.entries(fills.columns).map(([property]) => property.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** The same columns, keys and indexes as td's table; all text, no checks. */
const PLAIN_DDL = [
  `create table fills (${columns.map((name) => `"${name}" ${/seq/.test(name) ? "integer" : "text"}`).join(", ")}, primary key (user_id, id)) strict, without rowid`,
  ...fills.ddl("sqlite").slice(1),
];

function* lines(path: string): Generator<string> {
  const file = openSync(path, "r"),
    chunk = Buffer.alloc(1 << 20);
  let rest = "";
  for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
    const parts = (rest + chunk.toString("latin1", 0, read)).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  closeSync(file);
}

/** Imports a file and closes the database; the number of rows. */
type Work = (path: string) => number | Promise<number>;

/** The same records as one JSON array. */
const arrayOf = (path: string): string => `${path}.json`;

function writeArray(path: string): void {
  const [from, to] = [openSync(path, "r"), openSync(arrayOf(path), "w")];
  const size = statSync(path).size;
  const chunk = Buffer.alloc(1 << 20);
  writeSync(to, "[");
  for (let at = 0, read = 0; at < size; at += read) {
    read = readSync(from, chunk);
    // The last line has its ending too, which becomes the end of the array.
    const text = chunk.toString("latin1", 0, read).replaceAll("\n", ",\n");
    writeSync(to, at + read === size ? `${text.slice(0, -2)}]` : text);
  }
  closeSync(from);
  closeSync(to);
}

/** Records as JSON.parse gives them: one line at a time, or all at once. */
type Parsed = Iterable<Readonly<Record<string, string>>>;

function* parsedLines(path: string): Parsed {
  for (const line of lines(path)) yield JSON.parse(line) as Readonly<Record<string, string>>;
}

const parsedArray = (path: string): Parsed => JSON.parse(readFileSync(arrayOf(path), "utf8")) as Parsed;

function openRaw(target: string, parse: (path: string) => Parsed): Work {
  const database = new Database(target);
  for (const pragma of ["journal_mode = wal", "synchronous = full", "cache_size = -65536", "wal_autocheckpoint = 4000"])
    database.pragma(pragma);
  for (const statement of PLAIN_DDL) database.exec(statement);
  const insert = database.prepare(`insert into fills values (${columns.map(() => "?").join(", ")})`);
  return (path) => {
    let seq = 0;
    database.transaction(() => {
      for (const { order_id, symbol, side, size, price, order_time, total_fees_usd, ...rest } of parse(path)) {
        const row = ["u", order_id, "", null, symbol, side, size, price, null, total_fees_usd, null, null, order_time, null, "import"];
        insert.run(...row, JSON.stringify(rest), ++seq);
      }
    })();
    database.close();
    return seq;
  };
}

async function openTd(
  target: string,
  options: ImportOptions = {},
  source: (path: string) => Source = (path) => jsonLines(path),
): Promise<Work> {
  const storage = await openStorage(`sqlite:${target}`, { tables: importTables });
  return async (path) => {
    const report = await runImport(storage.forUser("u"), tradeRecordImport(source(path)), options);
    await storage.close();
    return report.written + report.identical;
  };
}

interface Case {
  /** Whether the database of the case before is kept. */
  readonly again?: boolean;
  /** Loads the code and opens the database: not measured, because it costs the same for one row as for a million. */
  readonly open: (target: string) => Work | Promise<Work>;
}

const CASES: Readonly<Record<string, Case>> = {
  "JSON.parse + raw insert, one transaction": { open: (target) => openRaw(target, parsedLines) },
  "runImport, 1000 records per batch": { open: (target) => openTd(target, { batchSize: 1000 }) },
  "runImport, as it comes (5000)": { open: (target) => openTd(target) },
  "JSON.parse of one array + raw insert": { open: (target) => openRaw(target, parsedArray) },
  "runImport of one array": { open: (target) => openTd(target, {}, (path) => jsonFile(arrayOf(path), "[*]")) },
  "runImport again, all identical": { again: true, open: (target) => openTd(target) },
};

/** Peak memory of this process. The system's own figure (maxRSS) starts at that of the process that forked it; Linux knows better. */
function peakMB(): number {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  return Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS) / 1024;
}

async function measure(name: string, path: string, target: string): Promise<void> {
  const work = await CASES[name]?.open(target);
  const cpu = process.cpuUsage();
  const start = performance.now();
  const rows = (await work?.(path)) ?? 0;
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({ ms, cpuMs: (user + system) / 1000, peakMB: peakMB(), rows } satisfies Measure);
}

function child(name: string, path: string, target: string): Promise<Measure> {
  return new Promise((resolve, reject) => {
    const process = fork(import.meta.filename, ["--case", name, path, target]);
    process.on("message", (message) => resolve(message as Measure));
    process.on("exit", (code) => (code === 0 ? undefined : reject(new Error(`${name}: exit ${code}`))));
  });
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function main(rows: number, rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "td-bench-")),
    path = join(folder, "trade_records.jsonl"),
    target = join(folder, "target.db");
  try {
    writeTrades(path, rows);
    writeArray(path);
    const found = new Map(Object.keys(CASES).map((name) => [name, [] as Measure[]]));
    for (let round = 0; round < rounds; round++) {
      for (const [name, { again }] of Object.entries(CASES)) {
        if (again !== true) for (const suffix of ["", "-wal", "-shm"]) rmSync(target + suffix, { force: true });
        const one = await child(name, path, target);
        if (one.rows !== rows) throw new Error(`${name}: ${one.rows} rows instead of ${rows}`);
        found.get(name)?.push(one);
      }
    }
    print(found, rows, rounds, statSync(path).size);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function print(found: ReadonlyMap<string, readonly Measure[]>, rows: number, rounds: number, bytes: number): void {
  const base = [...found.values()][0] ?? [];
  console.log(
    `${rows} trade records, ${(bytes / 1e6).toFixed(0)} MB, ${Math.round(bytes / rows)} bytes each; medians of ${rounds} interleaved rounds, each in its own process`,
  );
  for (const [name, measures] of found) {
    const of = (value: (one: Measure) => number): number => median(measures.map(value));
    // Each round against its own neighbour: a slow minute of the machine then hurts both.
    const ratio = (value: (one: Measure) => number): number => median(measures.map((one, at) => value(one) / value(base[at] ?? one)));
    const ms = of((one) => one.ms);
    const numbers = [
      `${ms.toFixed(0).padStart(7)} ms ${ratio((one) => one.ms).toFixed(2)} x`,
      `${of((one) => one.cpuMs)
        .toFixed(0)
        .padStart(7)} ms CPU ${ratio((one) => one.cpuMs).toFixed(2)} x`,
      `${String(Math.round((rows / ms) * 1000)).padStart(7)} rows/s`,
      `${of((one) => one.peakMB)
        .toFixed(0)
        .padStart(4)} MB peak`,
    ];
    if (measures !== base)
      noteRatio({
        what: `import, ${name}, clock`,
        size: `${counted(rows)} records, ${(bytes / 1e6).toFixed(0)} MB`,
        against: [...found.keys()][0] ?? "",
        ratio: ratio((one) => one.ms),
        peakMB: of((one) => one.peakMB),
      });
    console.log(`${name.padEnd(42)} ${numbers.join("  ")}`);
  }
}

const [first, second, path, target] = process.argv.slice(2);
if (first === "--case") await measure(second ?? "", path ?? "", target ?? "");
else await main(Number(first ?? 200_000), Number(second ?? 5));
