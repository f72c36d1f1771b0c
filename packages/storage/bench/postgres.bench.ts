// What the repositories cost beside raw postgres.js on one real server, as ratios of medians over interleaved rounds in one process.
// Scoped raw is what td must do at least: begin, bind the user, ask, commit, all sent at once. It leaves amounts as text and makes times Dates, which
// lose the microseconds; "made" is the same with td's values made of the rows by hand. Run: pnpm bench postgres
import { createHash } from "node:crypto";
import { counted, noteRatio } from "@td/testkit/bench";
import { startPostgres } from "@td/testkit/postgres";
import { Decimal } from "decimal.js";
import postgres from "postgres";
import { openStorage } from "../src/index.ts";
import type { FillInput } from "../src/index.ts";
import { layoutOf } from "../src/internal.ts";
import { provisionPostgres } from "../src/postgres/index.ts";
import { fills } from "../src/tables/fills.ts";

const ROWS = Number(process.argv[2] ?? 20_000);
const ROUNDS = Number(process.argv[3] ?? 7);
const CALLS = 300;

const server = await startPostgres();
await provisionPostgres({ ownerUrl: server.url, appRole: "app", password: "app" });
const url = new URL(server.url);
[url.username, url.password] = ["app", "app"];
const storage = await openStorage(url.href);
const me = storage.forUser("ann");
const sql = postgres(url.href, { max: 1, fetch_types: false });
const same = (text: string): string => text;
const TIMESTAMPTZ = 1184;
const exact = postgres(url.href, {
  max: 1,
  fetch_types: false,
  types: { instant: { to: TIMESTAMPTZ, from: [TIMESTAMPTZ], serialize: same, parse: same } },
  connection: { TimeZone: "UTC" },
});

const fill = (at: number): FillInput => ({
  id: `f${String(at).padStart(8, "0")}`,
  symbol: `S${at % 20}-USD`,
  side: at % 2 === 0 ? "buy" : "sell",
  quantity: `${at % 900}.${at + 1}`,
  price: `${at % 60_000}.25`,
  fee: "0.001234",
  executedAt: new Date(1_700_000_000_000 + at * 1000).toISOString(),
  source: "import:bench",
  attributes: { status: "filled", type: "limit" },
});
const rows = Array.from({ length: ROWS }, (_, at) => fill(at));
await me.fills.importMany(rows);
const owner = postgres(server.url, { max: 1 });
await owner.unsafe("vacuum analyze fills");

const columns = (await sql`select column_name from information_schema.columns where table_name = 'fills' order by ordinal_position`).map(
  (row) => String(row["column_name"]),
);
const list = columns.map((name) => `"${name}"`).join(", ");
const GET = `select ${list} from fills where user_id = $1 and id = $2`;
const PAGE = `select ${list} from fills where user_id = $1 and (executed_at, id) > ($2, $3) order by executed_at, id limit 51`;
const SCOPE = "select set_config('app.user_id', $1, true), set_config('app.user_proof', $2, true)";
const keys = await owner<{ key: string }[]>`select encode(key, 'hex') as key from td_scope_key`;
const key = Buffer.from(keys[0]?.key ?? "", "hex");
const PROOF = createHash("sha256").update(key).update("ann").update(key).digest("hex");
const prepared = { prepare: true };

type Found = Readonly<Record<string, string | number | object | null>>;

async function scopedRaw(client: typeof sql, text: string, params: readonly string[]): Promise<readonly Found[]> {
  const all = [
    client.unsafe("begin"),
    client.unsafe(SCOPE, ["ann", PROOF], prepared),
    client.unsafe<Found[]>(text, [...params], prepared),
    client.unsafe("commit"),
  ] as const;
  return (await Promise.all(all))[2];
}

const readers = layoutOf(fills).columns.map(({ property, name, definition }) => ({ property, name, kind: definition.kind }));
// `2025-03-01 10:00:00.5+00`
const timeOf = (text: string): string => `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(6, "0")}Z`;

function made(row: Found): Found {
  const found: Record<string, string | number | object | null> = {};
  for (const { property, name, kind } of readers) {
    const value = row[name] ?? null;
    if (typeof value !== "string" || kind === "text" || kind === "oneOf") found[property] = value;
    else if (kind === "decimal") found[property] = new Decimal(value);
    else found[property] = kind === "instant" ? timeOf(value) : Number(value);
  }
  return found;
}

const scopedMade = async (text: string, params: readonly string[]): Promise<readonly Found[]> =>
  (await scopedRaw(exact, text, params)).map(made);

// Raw, without row level security: the superuser's connection, one statement.
const raw = (text: string, params: readonly string[]): Promise<unknown> => owner.unsafe(text, [...params], prepared).then((found) => found);
const idOf = (at: number): string => `f${String((at * 7919) % ROWS).padStart(8, "0")}`;
const startOf = (at: number): readonly string[] => [new Date(1_700_000_000_000 + ((at * 7919) % (ROWS - 100)) * 1000).toISOString(), ""];
const cursors = await Promise.all(
  Array.from({ length: CALLS }, async (_, at) => {
    const page = await me.fills.page({ orderBy: "by_time", limit: 1, where: { id: { gte: idOf(at) } } });
    return page.next ?? "";
  }),
);

/** The same work by three hands. */
const works: readonly (readonly [string, (at: number) => Promise<unknown>])[] = [
  ["get raw", (at) => raw(GET, ["ann", idOf(at)])],
  ["get scoped raw", (at) => scopedRaw(sql, GET, ["ann", idOf(at)])],
  ["get made", (at) => scopedMade(GET, ["ann", idOf(at)])],
  ["get td", (at) => me.fills.get({ id: idOf(at) })],
  ["page raw", (at) => raw(PAGE, ["ann", ...startOf(at)])],
  ["page scoped raw", (at) => scopedRaw(sql, PAGE, ["ann", ...startOf(at)])],
  ["page made", (at) => scopedMade(PAGE, ["ann", ...startOf(at)])],
  ["page td", (at) => me.fills.page({ orderBy: "by_time", after: cursors[at] ?? "" })],
];

/** Milliseconds of a call: on the clock, and of processor time in this process, which a busy machine stretches less. */
async function times(work: (at: number) => Promise<unknown>): Promise<readonly [clock: number, cpu: number]> {
  const [start, used] = [performance.now(), process.cpuUsage()];
  for (let at = 0; at < CALLS; at++) await work(at);
  const { user, system } = process.cpuUsage(used);
  return [(performance.now() - start) / CALLS, (user + system) / 1000 / CALLS];
}

async function importTwice(): Promise<readonly [number, number]> {
  const given = columns.filter((name) => name !== "user_id" && name !== "ingest_seq");
  const types = [
    "text",
    "text",
    "text",
    "text",
    "text",
    "numeric",
    "numeric",
    "numeric",
    "numeric",
    "text",
    "numeric",
    "timestamptz",
    "bigint",
    "text",
    "jsonb",
  ];
  const insert = `insert into fills (user_id, ${given.map((name) => `"${name}"`).join(", ")}, ingest_seq) select 'raw', u.*, row_number() over ()
    from unnest(${types.map((type, at) => `$${at + 1}::${type}[]`).join(", ")}) as u on conflict do nothing`;
  const start = performance.now();
  await owner.begin(async (tx) => {
    for (let from = 0; from < ROWS; from += 1000) {
      const part = rows.slice(from, from + 1000);
      const arrays = [
        part.map(({ id }) => id),
        part.map(() => ""),
        part.map(() => null),
        part.map(({ symbol }) => symbol),
        part.map(({ side }) => side),
        part.map(({ quantity }) => String(quantity)),
        part.map(({ price }) => String(price)),
        part.map(() => null),
        part.map(({ fee }) => String(fee)),
        part.map(() => null),
        part.map(() => null),
        part.map(({ executedAt }) => String(executedAt)),
        part.map(() => null),
        part.map(({ source }) => source),
        part.map(({ attributes }) => JSON.stringify(attributes)),
      ];
      await tx.unsafe(insert, arrays, prepared);
    }
  });
  const middle = performance.now();
  await storage.forUser("td").fills.importMany(rows);
  const end = performance.now();
  await owner.unsafe("delete from fills where user_id in ('raw', 'td')");
  await owner.unsafe("vacuum analyze fills");
  return [middle - start, end - middle];
}

const measured = new Map<string, number[]>();
const note = (name: string, ms: number): unknown => measured.set(name, [...(measured.get(name) ?? []), ms]);
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, work] of works) {
    const [clock, cpu] = await times(work);
    note(name, clock);
    note(`${name} cpu`, cpu);
  }
  const [rawImport, tdImport] = await importTwice();
  note("import raw", rawImport);
  note("import td", tdImport);
}
const again = performance.now();
await me.fills.importMany(rows);
console.log(`importing ${ROWS} standing rows again: ${(((performance.now() - again) / ROWS) * 1000).toFixed(1)} us per row`);

const median = (name: string): number => (measured.get(name) ?? []).toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
const least = (name: string): number => Math.min(...(measured.get(name) ?? []));
const ratio = (name: string, base: string): string => (median(name) / median(base)).toFixed(2);
for (const what of ["get", "page"]) {
  const size = `${counted(ROWS)} fills`;
  const against = (side: string): readonly [clock: number, cpu: number] => [
    median(`${what} td`) / median(`${what} ${side}`),
    least(`${what} td cpu`) / least(`${what} ${side} cpu`),
  ];
  const sides = { "scoped raw": "amounts as text", made: "values made of them" };
  for (const [side, values] of Object.entries(sides)) {
    const [clock, cpu] = against(side);
    noteRatio({ what: `PostgreSQL ${what}, clock`, size, against: `raw postgres.js in the same scope, ${values}`, ratio: clock });
    noteRatio({ what: `PostgreSQL ${what}, CPU here`, size, against: `raw postgres.js in the same scope, ${values}`, ratio: cpu });
    console.log(
      `${what}: ${clock.toFixed(2)} x raw in the same scope, ${values}; of processor time here ${cpu.toFixed(2)} x (the least of all rounds)`,
    );
  }
  console.log(`${what}: td ${median(`${what} td`).toFixed(3)} ms = ${ratio(`${what} td`, `${what} raw`)} x unscoped raw`);
}
noteRatio({
  what: "PostgreSQL importMany, clock",
  size: `${counted(ROWS)} fills`,
  against: "raw unnest",
  ratio: median("import td") / median("import raw"),
});
console.log(
  `import: td ${(ROWS / median("import td")).toFixed(1)} rows/ms = ${ratio("import td", "import raw")} x raw unnest in the time it takes`,
);

await storage.close();
await sql.end();
await exact.end();
await owner.end();
await server.stop();
