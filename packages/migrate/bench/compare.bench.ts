// What compareStores costs on equal rows beside streaming both sides into Node and comparing them there, as ratios of medians over interleaved rounds;
// and what copyDataset costs. The stream is the cheapest that keeps the promise: the drivers' own rows in key order, compared column by column.
// Run: pnpm --filter @td/migrate exec node bench/compare.bench.ts [rows=100000] [rounds=3]
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareStores, copyDataset, repositoryStore } from "@td/migrate";
import { fills, openStorage, type InputOf, type Storage } from "@td/storage";
import { provisionPostgres } from "@td/storage/postgres";
import { counted, noteRatio } from "@td/testkit/bench";
import { startPostgres } from "@td/testkit/postgres";
import Database from "better-sqlite3";
import postgres from "postgres";

const [rows, rounds] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 3)];
const place = mkdtempSync(join(tmpdir(), "td-compare-"));
const server = await startPostgres();
const ROW = "select * from fills where user_id = 'ada' order by user_id, id";

function row(at: number): InputOf<typeof fills> {
  const hex = createHash("md5").update(String(at)).digest("hex");
  return {
    id: `${hex.slice(0, 8)}-${hex.slice(8, 24)}`,
    symbol: at % 3 === 0 ? "BTC-USD" : "ETH-USD",
    side: at % 2 === 0 ? "buy" : "sell",
    quantity: `${(at % 900) + 1}.${String((at * 7919) % 100_000_000).padStart(8, "0")}`,
    price: `${at % 60_000}.25`,
    fee: `0.${String(at).padStart(12, "0")}`,
    executedAt: new Date(1_700_000_000_000 + at * 977),
    source: "bench",
  };
}

async function filled(storage: Storage): Promise<Storage> {
  const me = storage.forUser("ada");
  for (let at = 0; at < rows; at += 20_000) {
    const some = Array.from({ length: Math.min(20_000, rows - at) }, (_, n) => row(at + n));
    await me.fills.importMany(some);
  }
  return storage;
}

async function onPostgres(name: string): Promise<{ readonly storage: Storage; readonly owner: string }> {
  const admin = postgres(server.url, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create database ${name}`);
  await admin.end();
  const as = (user?: string): string => {
    const url = new URL(server.url);
    url.pathname = name;
    if (user !== undefined) [url.username, url.password] = [user, "bench"];
    return url.href;
  };
  const roles = { appRole: "bench_app", password: "bench", systemRole: "bench_sys", systemPassword: "bench" };
  await provisionPostgres({ ownerUrl: as(), ...roles });
  const storage = await openStorage(as("bench_app"), { systemUrl: as("bench_sys"), durability: "normal" });
  return { storage, owner: as() };
}

type Arrays = AsyncIterable<readonly (readonly unknown[])[]>;

async function* sqliteRows(path: string): Arrays {
  const database = new Database(path, { readonly: true });
  let some: (readonly unknown[])[] = [];
  for (const one of database.prepare(ROW).raw().iterate() as IterableIterator<readonly unknown[]>) {
    some.push(one);
    if (some.length < 1000) continue;
    yield some;
    some = [];
  }
  yield some;
  database.close();
}

async function* postgresRows(url: string): Arrays {
  const text = { to: 25, from: [16, 20, 1114, 1184, 3802], serialize: String, parse: (value: string) => value };
  const sql = postgres(url, { max: 1, fetch_types: false, types: { text } as never });
  for await (const some of sql.unsafe(ROW).values().cursor(1000)) yield some;
  await sql.end();
}

async function streamed(a: Arrays, b: Arrays): Promise<number> {
  const [left, right] = [a[Symbol.asyncIterator](), b[Symbol.asyncIterator]()];
  let same = 0;
  for (;;) {
    const [one, other] = await Promise.all([left.next(), right.next()]);
    if (one.done === true || other.done === true) return same;
    for (const [at, first] of one.value.entries()) if (first.every((value, column) => value === other.value[at]?.[column])) same++;
  }
}

/** Time on the clock, and of that the time that this process worked. */
interface Measure {
  readonly ms: number;
  readonly cpuMs: number;
}

async function measured(work: () => Promise<number>): Promise<Measure> {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const done = await work();
  if (done !== rows) throw new Error(`${done} of ${rows} rows were found equal`);
  const { user, system } = process.cpuUsage(cpu);
  return { ms: performance.now() - start, cpuMs: (user + system) / 1000 };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

async function versus(name: string, td: () => Promise<number>, stream: () => Promise<number>): Promise<void> {
  const [ours, theirs]: [Measure[], Measure[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measured(td));
    theirs.push(await measured(stream));
  }
  const figure = (of: keyof Measure): string => {
    const [one, other] = [median(ours.map((each) => each[of])), median(theirs.map((each) => each[of]))];
    return `${one.toFixed(0).padStart(7)} ms, streamed ${other.toFixed(0).padStart(7)} ms, ratio ${(one / other).toFixed(2)}`;
  };
  const ratio = median(ours.map(({ ms }) => ms)) / median(theirs.map(({ ms }) => ms));
  noteRatio({
    what: `comparison of equal stores, ${name}, clock`,
    size: `${counted(rows)} fills`,
    against: "streaming and comparing rows",
    ratio,
  });
  console.log(`${name.padEnd(26)} clock ${figure("ms")}; work in this process ${figure("cpuMs")}`);
}

const files = [join(place, "a.db"), join(place, "b.db")] as const;
const [sqliteA, sqliteB] = [
  await openStorage(`sqlite:${files[0]}`, { durability: "normal" }),
  await openStorage(`sqlite:${files[1]}`, { durability: "normal" }),
];
const [postgresA, postgresB] = [await onPostgres("bench_a"), await onPostgres("bench_b")];
await filled(sqliteA);
console.log(`${rows} fills, median of ${rounds}; copies, each with its final comparison:`);
for (const [name, from, to] of [
  ["SQLite to PostgreSQL", sqliteA, postgresA.storage],
  ["PostgreSQL to SQLite", postgresA.storage, sqliteB],
  ["SQLite to PostgreSQL", sqliteA, postgresB.storage],
] as const) {
  const start = performance.now();
  await copyDataset(from, to);
  const seconds = (performance.now() - start) / 1000;
  console.log(`${name.padEnd(28)} ${(seconds * 1000).toFixed(0).padStart(7)} ms   ${Math.round(rows / seconds)} rows a second`);
}
for (const { owner } of [postgresA, postgresB]) {
  const sql = postgres(owner, { max: 1 });
  await sql.unsafe("vacuum analyze");
  await sql.end();
}
const store = (storage: Storage) => repositoryStore(storage.forUser("ada"), fills);
const compared = (a: Storage, b: Storage) => async (): Promise<number> => (await compareStores(store(a), store(b))).equal;
await versus("SQLite and SQLite", compared(sqliteA, sqliteB), () => streamed(sqliteRows(files[0]), sqliteRows(files[1])));
await versus("PostgreSQL and PostgreSQL", compared(postgresA.storage, postgresB.storage), () =>
  streamed(postgresRows(postgresA.owner), postgresRows(postgresB.owner)),
);
// Across engines the raw rows are not spelled alike, so the stream that compares is that of the stores themselves.
const rowsOf = async (a: Storage, b: Storage): Promise<number> => {
  const plain = (storage: Storage) => ({ ...store(storage), digest: undefined });
  return (await compareStores(plain(a) as never, plain(b) as never, { canonical: { ingestSeq: () => undefined } })).equal;
};
await versus("SQLite and PostgreSQL", compared(sqliteA, postgresA.storage), () => rowsOf(sqliteA, postgresA.storage));
console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
for (const storage of [sqliteA, sqliteB, postgresA.storage, postgresB.storage]) await storage.close();
await server.stop();
rmSync(place, { recursive: true });
process.exit(0);
