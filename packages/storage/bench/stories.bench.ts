// What the stories ask of a table of a million rows: milliseconds per query, for the user who owns a tenth of all rows and for one of many.
// The bound of the stories is 100 ms. The least and the median of seven calls, with the processor time of this process. Run:
// node packages/storage/bench/stories.bench.ts 1000000 [sqlite|postgres [KEPT]]; without a number a tenth of it, because filling a million takes
// minutes. KEPT is a SQLite file, or the URL of a PostgreSQL server as its owner: filled at the first run and asked again by later ones.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@td/testkit/postgres";
import { openStorage } from "../src/index.ts";
import type { FillInput, Scope, SnapshotInput, Storage, TradeInput } from "../src/index.ts";
import { provisionPostgres } from "../src/postgres/index.ts";

const ROWS = Number(process.argv[2] ?? 100_000);
const ENGINES = process.argv[3] === undefined ? ["sqlite", "postgres"] : [process.argv[3]];
const KEPT = process.argv[4];
const BOUND = 100;
/** The heavy user has a tenth of the rows; ninety others share the rest. */
const OTHERS = 90;
const BOTS = 8;
const DAY = 86_400_000;
const START = Date.UTC(2022, 0, 1);

function* tradesOf(count: number): Generator<TradeInput> {
  for (let at = 0; at < count; at++) {
    const close = at % 2 === 1;
    yield {
      id: `t${at}`,
      botId: `bot${at % BOTS}`,
      symbol: `S${at % 20}-USD`,
      tradeType: "LONG",
      action: close ? "CLOSE" : "OPEN",
      entryPrice: `${100 + (at % 900)}.25`,
      exitPrice: close ? `${100 + ((at * 7) % 900)}.5` : null,
      size: "250",
      pnl: close ? `${((at * 7919) % 2001) - 1000}.${String(at % 1_000_000).padStart(6, "0")}` : "-0.05",
      fee: "0.05",
      executedAt: new Date(START + Math.floor((at / count) * 1000 * DAY)),
    };
  }
}

function* fillsOf(count: number): Generator<FillInput> {
  for (let at = 0; at < count; at++)
    yield {
      id: `f${at}`,
      symbol: `S${at % 20}-USD`,
      side: at % 2 === 0 ? "buy" : "sell",
      quantity: `1.${at % 97}`,
      price: `${100 + (at % 900)}.25`,
      fee: "0.01",
      executedAt: new Date(START + Math.floor((at / count) * 1000 * DAY)),
      source: "import:bench",
    };
}

function* snapshotsOf(count: number): Generator<SnapshotInput> {
  for (let at = 0; at < count; at++)
    yield {
      botId: `bot${at % BOTS}`,
      at: new Date(START + Math.floor(at / BOTS) * 3_600_000 + (at % BOTS)),
      totalValue: `${10_000 + ((at * 7919) % 3001)}.125`,
    };
}

async function fillUser(me: Scope, rows: number, snapshots: number): Promise<void> {
  for (let bot = 0; bot < BOTS; bot++) await me.bots.insert({ id: `bot${bot}`, name: `Bot ${bot}` });
  for (const batch of batches(tradesOf(rows))) await me.trades.importMany(batch);
  for (const batch of batches(fillsOf(rows))) await me.fills.importMany(batch);
  for (const batch of batches(snapshotsOf(snapshots))) await me.snapshots.importMany(batch);
}

function* batches<R>(rows: Iterable<R>): Generator<readonly R[]> {
  let batch: R[] = [];
  for (const row of rows) if (batch.push(row) === 5000) yield batch.splice(0);
  if (batch.length > 0) yield batch;
}

/** What the stories' screens and jobs ask. */
const QUERIES: readonly (readonly [string, (me: Scope, rows: number) => Promise<unknown>])[] = [
  ["a fill by its id", (me, rows) => me.fills.get({ id: `f${Math.floor(rows / 3)}` })],
  ["the newest 50 fills", (me) => me.fills.page({ orderBy: "by_time", direction: "desc", limit: 50 })],
  [
    "50 fills of a market, newest first",
    (me) => me.fills.page({ orderBy: "by_symbol_time", direction: "desc", where: { symbol: "S3-USD" } }),
  ],
  ["the newest 50 trades of a bot", (me) => me.trades.page({ orderBy: "by_time", direction: "desc", where: { botId: "bot3" } })],
  [
    "trades of a month",
    (me) => me.trades.page({ orderBy: "by_time", where: { executedAt: { gte: new Date(START + 500 * DAY) } }, limit: 1000 }),
  ],
  ["best 10 and worst 10 closes", async (me) => [await me.stats.best(10), await me.stats.worst(10)]],
  ["win rate, all time", (me) => me.stats.winRate()],
  ["win rate, 30 days", (me) => me.stats.winRate({ since: new Date(START + 970 * DAY) })],
  ["profit by day, all time", (me) => me.stats.pnlByDay({ zone: "Europe/Berlin" })],
  ["profit by day, 30 days", (me) => me.stats.pnlByDay({ zone: "Europe/Berlin", since: new Date(START + 970 * DAY) })],
  ["equity of one bot", (me) => me.stats.equityCurve({ botId: "bot3" })],
  ["equity of all bots", (me) => me.stats.equityCurve()],
  ["equity of all bots, 30 days", (me) => me.stats.equityCurve({ since: new Date(START + 30 * DAY), until: new Date(START + 60 * DAY) })],
  ["drawdown of all bots", (me) => me.stats.drawdown()],
];

/** A query's milliseconds: the least and the median on the clock, and the median of processor time in this process, which a busy machine stretches less. */
interface Cost {
  readonly least: number;
  readonly wall: number;
  readonly cpu: number;
}

async function median(run: () => Promise<unknown>): Promise<Cost> {
  const [walls, cpus]: [number[], number[]] = [[], []];
  for (let round = 0; round < 8; round++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    await run();
    const [wall, { user, system }] = [performance.now() - start, process.cpuUsage(used)];
    if (round === 0) continue;
    walls.push(wall);
    cpus.push((user + system) / 1000);
  }
  const middle = (of: readonly number[]): number => of.toSorted((a, b) => a - b)[3] ?? Number.NaN;
  return { least: Math.min(...walls), wall: middle(walls), cpu: middle(cpus) };
}

async function fill(storage: Storage, heavy: number, light: number): Promise<void> {
  const start = performance.now();
  await fillUser(storage.forUser("heavy"), heavy, heavy / 5);
  for (let user = 0; user < OTHERS; user++) await fillUser(storage.forUser(`user${user}`), light, light / 5);
  // PostgreSQL reads an index alone only where it knows that all see the rows: autovacuum would tell it within minutes.
  await storage.maintain({ vacuum: storage.engine === "postgres" });
  console.log(`filled in ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

async function measure(storage: Storage): Promise<void> {
  const [heavy, light] = [Math.floor(ROWS / 10), Math.floor((ROWS * 0.9) / OTHERS)];
  const found = await storage.forUser("heavy").trades.count();
  if (found === 0) await fill(storage, heavy, light);
  else if (found !== heavy) throw new Error(`${String(KEPT)} was filled for another number of rows`);
  console.log(
    `\n${storage.engine}: ${ROWS} trades, ${ROWS} fills, ${ROWS / 5} snapshots; ${heavy} trades of the heavy user, ${light} of each other`,
  );
  for (const [name, ask] of QUERIES) {
    const [most, usual] = [
      await median(() => ask(storage.forUser("heavy"), heavy)),
      await median(() => ask(storage.forUser("user7"), light)),
    ];
    const over = most.wall > BOUND ? "  over 100 ms" : "";
    console.log(`  ${name.padEnd(38)} heavy ${shown(most)}   usual ${shown(usual)}${over}`);
  }
  const board = await storage.system.open({ actor: "bench", action: "leaderboard", reason: "measured" });
  console.log(`  ${"leaderboard over all users".padEnd(38)}       ${shown(await median(() => board.leaderboard({ limit: 10 })))}`);
}

const shown = ({ least, wall, cpu }: Cost): string =>
  `${least.toFixed(1).padStart(7)} to ${wall.toFixed(1).padStart(7)} ms (${cpu.toFixed(1)} of it here)`;

async function onSqlite(file: string): Promise<void> {
  const storage = await openStorage(`sqlite:${file}`, { durability: "normal" });
  await measure(storage);
  await storage.close();
}

async function onPostgres(ownerUrl: string): Promise<void> {
  const role = (name: string): string => Object.assign(new URL(ownerUrl), { username: name, password: name }).href;
  await provisionPostgres({ ownerUrl, appRole: "app", password: "app", systemRole: "sys", systemPassword: "sys" });
  const storage = await openStorage(role("app"), { systemUrl: role("sys") });
  await measure(storage);
  await storage.close();
}

async function inFolder(work: (file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
  await work(join(folder, "td.db")).finally(() => rmSync(folder, { recursive: true }));
}

async function onServer(work: (ownerUrl: string) => Promise<void>): Promise<void> {
  const server = await startPostgres({ settings: { shared_buffers: "512MB" } });
  try {
    await work(server.url);
  } finally {
    await server.stop();
  }
}

if (ENGINES.includes("sqlite")) await (KEPT === undefined ? inFolder(onSqlite) : onSqlite(KEPT));
if (ENGINES.includes("postgres")) await (KEPT === undefined ? onServer(onPostgres) : onPostgres(KEPT));
