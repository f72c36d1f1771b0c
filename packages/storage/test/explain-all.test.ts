// Every query shape finds its rows by the user through an index, on seeded tables with one heavy user; a dropped index is noticed.
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openStorage } from "../src/index.ts";
import type { Scope, Storage } from "../src/index.ts";
import { run, all as textsOf } from "../src/internal.ts";
import { execute, ownerUrl, postgresDatabase, systemUrl } from "./postgres-support.ts";
import { atEnd } from "./at-end.ts";
import { DEPTH, describeStorage, failure, fill, openTemp, samples } from "./support.ts";

const ROWS = DEPTH === 1 ? 3000 : 100_000;

async function seed(storage: Storage): Promise<Scope> {
  const rows = Array.from({ length: ROWS }, (_, at) =>
    fill(`${(at * 7919) % ROWS}`, { symbol: `S${at % 5}-USD`, executedAt: new Date(1_700_000_000_000 + at * 1000).toISOString() }),
  );
  const heavy = storage.forUser("heavy");
  for (let from = 0; from < ROWS; from += 5000) await heavy.fills.importMany(rows.slice(from, from + 5000));
  await heavy.table(samples).importMany(Array.from({ length: ROWS / 2 }, (_, at) => ({ id: `${at}`, price: `${at}.5`, label: `${at}` })));
  for (let user = 0; user < 20; user++) await storage.forUser(`light ${user}`).fills.importMany(rows.slice(0, 10));
  return heavy;
}

/** Runs what a host runs: filters of every kind, the ledger, credentials, raw statements of td's packages. */
async function everything(me: Scope): Promise<void> {
  const page = await me.fills.page({ where: { symbol: "S1-USD", quantity: { gt: "1" } }, orderBy: "by_symbol_time", limit: 2 });
  await me.fills.page({ orderBy: "by_symbol_time", where: { symbol: "S1-USD", quantity: { gt: "1" } }, after: page.next ?? "", limit: 2 });
  await me.fills.count({ side: { in: ["buy"] }, feeCurrency: null, account: { ne: "x" } });
  await me.table(samples).update({ id: "1" }, { price: "2" });
  await me.table(samples).deleteMany([{ id: "2" }, { id: "3" }]);
  for await (const _ of me.fills.stream({ where: { symbol: "S2-USD" } })) break;
  const small = await me.transaction(async (tx) => tx.fills.importMany([fill("new")]));
  expect(small.written).toBe(1);
  await me.credentials.put({ id: "c", broker: "x", mode: "paper", secret: { key: "s" } }, { actor: "test" });
  await me.credentials.open("c", { actor: "test" });
  await me.ledger.compute({ symbols: ["S1-USD"] });
  await Promise.all([me.ledger.current(), me.ledger.pnlBySymbol(), me.ledger.health(), me.ledger.reviewQueue()]);
}

const KEYRING = { active: { id: "k", key: Buffer.from(Array.from({ length: 32 }, (_, at) => (at * 37) % 251)) } };

describeStorage("explainAll", (kind) => {
  it(`finds nothing wrong with any shape, before and after maintenance (${ROWS} rows)`, { timeout: 60_000 * DEPTH }, async () => {
    const storage = await openTemp(kind, { keyring: KEYRING });
    const heavy = await seed(storage);
    await everything(heavy);
    const before = await storage.explainAll();
    expect(before.problems).toEqual([]);
    expect(before.shapes).toBeGreaterThan(100);
    expect(await storage.maintain()).toMatchObject({ vacuumed: false, analyzed: expect.any(Number) });
    await heavy.fills.page({ orderBy: "by_time" });
    expect((await storage.explainAll()).problems).toEqual([]);
    expect(await storage.maintain({ vacuum: true })).toMatchObject({ vacuumed: true });
    expect(await heavy.fills.count()).toBe(ROWS + 1);
  });

  it("does not look at what is about all users by intent", async () => {
    const storage = await openTemp(kind);
    const all = await storage.system.open({ actor: "test", action: "test", reason: "test" });
    await all.users();
    await all.count(samples);
    await all.page(samples);
    await storage.digest();
    expect((await storage.explainAll()).problems).toEqual([]);
  });

  // On PostgreSQL row level security adds the user to any statement.
  if (kind === "postgres") return;
  it("names a shape that reads a table from end to end", async () => {
    const storage = await openTemp(kind);
    const me = storage.forUser("ann");
    await run(me, "update fills set source = 'x' where source = 'nobody'");
    const { problems } = await storage.explainAll();
    expect(problems.map(({ problem }) => problem)).toEqual(["reads fills from end to end"]);
    expect(problems[0]?.shape).toContain("'nobody'");
  });
});

describe("a dropped index", () => {
  const expected = ["sorts its rows", "sorts its rows", "sorts its rows", "sorts its rows"];

  it("is noticed on SQLite", async () => {
    const storage = await openTemp("file");
    await seed(storage);
    const raw = new Database(storage.path);
    atEnd(() => void raw.close());
    raw.exec("drop index fills_by_time");
    expect((await storage.explainAll()).problems.map(({ problem }) => problem)).toEqual(expected);
  });

  it("is noticed on PostgreSQL", async () => {
    const url = await postgresDatabase([samples]);
    const storage = await openStorage(url, { tables: [samples], systemUrl: systemUrl(url) });
    atEnd(() => storage.close());
    await seed(storage);
    await execute(ownerUrl(url), "drop index fills_by_time");
    expect((await storage.explainAll()).problems.map(({ problem }) => problem)).toEqual(expected);
  });
});

describe("plans on PostgreSQL", () => {
  it("are made once per shape and connection, not anew for each page", async () => {
    const storage = await openTemp("postgres", { maxConnections: 1 });
    const me = storage.forUser("ann");
    await me.fills.importMany(Array.from({ length: 500 }, (_, at) => fill(`${at}`)));
    for (let call = 0; call < 10; call++) await me.fills.page({ orderBy: "by_time", limit: call + 1 });
    const plans =
      "select sum(custom_plans) as anew, sum(generic_plans) > 9 as kept from pg_prepared_statements where statement like '%order by%'";
    expect(await textsOf(me, plans)).toEqual([["0", "t"]]);
  });
});

describe("maintenance on PostgreSQL", () => {
  it("needs the system's role", async () => {
    const url = await postgresDatabase([samples]);
    const storage = await openStorage(url, { tables: [samples] });
    atEnd(() => storage.close());
    await failure(storage.maintain(), "not-allowed");
  });
});
