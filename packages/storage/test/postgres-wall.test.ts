// The database's own wall: SQL that has got past every check of its text, on the application's connection, inside a user's transaction, cannot
// become another user. Nothing here goes through the check of me.sql.
import { createHash } from "node:crypto";
import postgres from "postgres";
import { beforeAll, describe, expect, it } from "vitest";
import { openStorage, storageSchema } from "../src/index.ts";
import type { Scope, Storage } from "../src/index.ts";
import { provisionPostgres } from "../src/postgres/index.ts";
import { askUnchecked } from "../src/postgres/raw-sql.ts";
import type { PostgresSession } from "../src/postgres/session.ts";
import { sessionOf } from "../src/scope.ts";
import { atEnd } from "./at-end.ts";
import { execute, newName, ownerUrl, postgresDatabase, proofOf, urlOf } from "./postgres-support.ts";
import { failure, fill, samples } from "./support.ts";

const tables = [samples];
const UNPROVED = "app.user_id was set without the proof that td sets with it";
const BECOME_BOB = "set_config('app.user_id', 'bob', true)";

async function twoUsers(): Promise<{ readonly url: string; readonly storage: Storage }> {
  const url = await postgresDatabase(tables);
  const storage = await openStorage(url, { tables, maxConnections: 1 });
  await storage.forUser("ann").fills.importMany([fill("1"), fill("2")]);
  await storage.forUser("bob").fills.importMany([fill("1"), fill("2"), fill("secret")]);
  await storage.forUser("bob").table(samples).insert({ id: "secret" });
  return { url, storage };
}

let url = "";
let storage: Storage | undefined;
let proofs = { ann: "", bob: "" };
beforeAll(async () => {
  ({ url, storage } = await twoUsers());
  proofs = { ann: await proofOf(url, "ann"), bob: await proofOf(url, "bob") };
  return () => storage?.close();
});

function of(user: string): Scope {
  if (storage === undefined) throw new Error("the storage is not open yet");
  return storage.forUser(user);
}

/** A statement in a scope as me.sql runs it, but for the check of its text. */
async function slipped(me: Scope, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await askUnchecked(sessionOf(me) as PostgresSession, sql, [])).rows;
}

type Ask = (statement: string) => Promise<readonly (readonly unknown[])[]>;

/** The application's role in one transaction that is bound to ann as td would bind it. */
async function inAnns<R>(work: (ask: Ask) => Promise<R>): Promise<R> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
  const ask: Ask = (statement) => sql.unsafe(statement).values();
  try {
    await ask("begin");
    await ask(bound("ann"));
    return await work(ask);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** What binds a transaction to a user. */
function bound(user: keyof typeof proofs): string {
  return `select set_config('app.user_id', '${user}', true), set_config('app.user_proof', '${proofs[user]}', true)`;
}

/** Statements in such a transaction, one after the other; the rows of the last. */
function asAnn(...statements: readonly string[]): Promise<readonly (readonly unknown[])[]> {
  return inAnns(async (ask) => {
    let rows: readonly (readonly unknown[])[] = [];
    for (const statement of statements) rows = await ask(statement);
    return rows;
  });
}

const refused = { code: "42501", message: UNPROVED };

describe("a statement in a user's scope that became another user", () => {
  it.each([
    [
      "reads",
      `with s as materialized (select ${BECOME_BOB} as v) select f.id from s cross join lateral (select * from fills where s.v is not null) f`,
    ],
    ["counts", `with s as materialized (select ${BECOME_BOB} as v) select (select count(*) from fills where s.v is not null) from s`],
    [
      "asks whom the policies see",
      `select (select user_id from td_scope_user where s.v is not null) from (select ${BECOME_BOB} as v offset 0) s`,
    ],
    [
      "takes its own proof along",
      `with s as materialized (select ${BECOME_BOB} || set_config('app.user_proof', current_setting('app.user_proof'), false) as v) select f.id from s cross join lateral (select * from fills where s.v is not null) f`,
    ],
  ])("is refused when it %s", async (_, statement) => {
    for (const run of [
      (): Promise<unknown> => slipped(of("ann"), statement),
      () => of("ann").transaction((tx) => slipped(tx, statement)),
    ]) {
      const error = await failure(run(), "not-allowed");
      expect((error.cause as Error).message).toBe(UNPROVED);
    }
    expect([await of("ann").fills.count(), await of("bob").fills.count()]).toEqual([2, 3]);
  });

  it("sees what it sees by right", async () => {
    expect(await slipped(of("ann"), "select user_id, count(*) from fills group by 1")).toEqual([["ann", "2"]]);
    expect(await slipped(of("ann"), "select user_id from td_scope_user")).toEqual([["ann"]]);
  });
});

describe("the application's role in a transaction of ann", () => {
  it("reads, counts, writes, moves and deletes nothing of bob in any table once it says that it is bob", async () => {
    const before = await of("bob").digest();
    await inAnns(async (ask) => {
      await ask(`select ${BECOME_BOB}`);
      const found: string[] = [];
      for (const { name } of [...storageSchema.tables, samples]) {
        for (const statement of [
          `select * from "${name}"`,
          `select from "${name}" where user_id = 'bob' having count(*) > 0`,
          `delete from "${name}" returning *`,
          `update "${name}" set user_id = 'bob' returning *`,
        ]) {
          await ask("savepoint s");
          // A table without any row may be found empty before the policy is asked.
          const outcome = await ask(statement).catch(String);
          if (typeof outcome === "string") found.push(name);
          expect([statement, outcome]).toEqual([statement, typeof outcome === "string" ? `PostgresError: ${UNPROVED}` : []]);
          await ask("rollback to s");
        }
      }
      expect(found).toEqual(expect.arrayContaining(["fills", "fills", "fills", "fills", "samples", "td_counters"]));
    });
    const copy = ["create temp table t as select * from fills", "update t set user_id = 'bob', id = 'new'", `select ${BECOME_BOB}`];
    await expect(asAnn(...copy, "insert into fills select * from t")).rejects.toMatchObject(refused);
    await expect(asAnn(`select ${BECOME_BOB}`, "select * from fills a join samples b using (user_id)")).rejects.toMatchObject(refused);
    await expect(asAnn(`select ${BECOME_BOB}`, "select count(*) from v_unmatched_sells")).rejects.toMatchObject(refused);
    expect(await of("bob").digest()).toEqual(before);
  });

  it.each([
    ["no proof", "''"],
    ["a proof that is no hash", "'bob'"],
    ["the proof of ann in capitals", "upper(current_setting('app.user_proof'))"],
    ["the hash of the proof of ann", "encode(sha256(current_setting('app.user_proof')::bytea), 'hex')"],
    ["null", "null"],
  ])("is not bob by %s", async (_, proof) => {
    const statement = `select ${BECOME_BOB}, set_config('app.user_proof', ${proof}, true)`;
    await expect(asAnn(statement, "select * from fills")).rejects.toMatchObject(refused);
  });

  it("has no way to the key, and none to what guards it", async () => {
    for (const statement of [
      "select * from td_scope_key",
      "select one from td_scope_key",
      "delete from td_scope_key",
      "insert into td_scope_key values (false, '')",
      "copy td_scope_key to stdout",
      "lock td_scope_key",
      "create or replace view td_scope_user as select 'bob' as user_id",
      "create or replace function td_scope_unproved(user_id text) returns text language sql as $$ select user_id $$",
      "create function td_scope_key_for(opener varchar) returns text language sql as $$ select opener $$",
      "alter view td_scope_user set (security_invoker = true)",
      "select td_scope_unproved('bob')",
    ]) {
      await expect(asAnn(statement)).rejects.toMatchObject({ code: "42501" });
    }
    const stale = await asAnn("select attname, most_common_vals from pg_stats where tablename = 'td_scope_key'");
    expect(stale).toEqual([]);
  });

  it("is not given the key, not even on a connection that may ask for it", async () => {
    const guess = "select td_scope_key_for('guess')";
    const promise = createHash("sha256").update("guess").digest("hex");
    expect(await asAnn(guess)).toEqual([[null]]);
    expect(await asAnn(`select set_config('td.opener', '${promise}', false)`, guess)).toEqual([[null]]);
    expect(await asAnn(`set td.opener = '${promise}'`, "commit", "begin", guess)).toEqual([[null]]);
    const both = `select (select td_scope_key_for('guess') where s.v is not null) from (select set_config('td.opener', '${promise}', false) as v offset 0) s`;
    expect(await slipped(of("ann"), both)).toEqual([[null]]);
    expect(await slipped(of("ann"), "select td_scope_key_for(current_setting('td.opener'))")).toEqual([[null]]);
    // What no statement can do: to begin a connection. Whoever can is the application.
    const own = postgres(url, { max: 1, fetch_types: false, connection: { "td.opener": promise } });
    const [key] = await own.unsafe(guess).values();
    await own.end();
    expect(key).toEqual([(await execute(ownerUrl(url), "select encode(key, 'hex') from td_scope_key"))[0]?.[0]]);
  });

  it("is ann again when a savepoint takes the other id back", async () => {
    const [row] = await asAnn("savepoint s", `select ${BECOME_BOB}`, "rollback to s", "select user_id, count(*) from fills group by 1");
    expect(row).toEqual(["ann", "2"]);
  });

  it("is held by plans that were made for another user, and by workers beside it", async () => {
    const prepare = ["set local plan_cache_mode = force_generic_plan", "prepare p as select user_id, count(*) from fills group by 1"];
    expect(await asAnn(...prepare, "execute p")).toEqual([["ann", "2"]]);
    expect(await asAnn(...prepare, "execute p", bound("bob"), "execute p")).toEqual([["bob", "3"]]);
    const turned = [...prepare, bound("bob"), "execute p", bound("ann"), `select ${BECOME_BOB}`, "execute p"];
    await expect(asAnn(...turned)).rejects.toMatchObject(refused);
    const parallel = [
      "set local min_parallel_table_scan_size = 0",
      "set local parallel_setup_cost = 0",
      "set local parallel_tuple_cost = 0",
    ];
    const count = "select count(*) from fills where price > 0";
    expect((await asAnn(...parallel, "set local enable_indexscan = off; set local enable_bitmapscan = off", count))[0]).toEqual(["2"]);
    const plan = await asAnn(...parallel, "set local enable_indexscan = off; set local enable_bitmapscan = off", `explain ${count}`);
    expect(plan.flat().join("\n")).toContain("Workers Planned");
    await expect(asAnn(...parallel, `select ${BECOME_BOB}`, count)).rejects.toMatchObject(refused);
  });
});

describe("one connection that serves two users in turn", () => {
  it("shows each their own rows and keeps nothing of the other's proof", async () => {
    const told: unknown[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const [user, rows] = turn % 2 === 0 ? (["ann", 2] as const) : (["bob", 3] as const);
      expect((await of(user).fills.page()).rows.map((row) => row.userId)).toEqual(Array.from({ length: rows }, () => user));
      told.push((await slipped(of(user), "select current_setting('app.user_proof')"))[0]?.[0]);
    }
    expect(told).toEqual([0, 1, 2, 3, 4, 5].map((turn) => told[turn % 2]));
    expect(told).toContain(proofs.ann);
    expect(told).toContain(proofs.bob);
  });

  it("binds each in one transaction of both, and what slips through in it is the scope's own", async () => {
    await of("ann").transaction(async (tx) => {
      expect(await of("bob").fills.count()).toBe(3);
      expect(await slipped(tx, "select distinct user_id from fills")).toEqual([["ann"]]);
      expect(await slipped(of("bob"), "select distinct user_id from fills")).toEqual([["bob"]]);
      await failure(slipped(tx, `select ${BECOME_BOB}, (select max(id) from fills)`), "not-allowed");
      expect(await tx.fills.count()).toBe(2);
    });
  });
});

describe("a database whose wall is another", () => {
  const reopened = async (at: string): Promise<void> => (await openStorage(at, { tables })).close();
  const broken = async (...statements: readonly string[]): Promise<string> => {
    const at = await postgresDatabase(tables);
    await execute(ownerUrl(at), ...statements.map((statement) => statement.replaceAll("APP", new URL(at).username)));
    return at;
  };

  it.each([
    ["the key can be read", "grant select on td_scope_key to APP", "td_scope_key", "can be read or changed by the role"],
    ["a part of the key can be read", "grant select (key) on td_scope_key to public", "td_scope_key", "can be read or changed by the role"],
    ["the key belongs to the role", "alter table td_scope_key owner to APP", "td_scope_key", "is owned by the role"],
    [
      "the view believes what was set",
      `create or replace view td_scope_user as select current_setting('app.user_id', true) collate "C" as user_id`,
      "td_scope_user",
      "shows a user without proof",
    ],
    [
      "the view knows another key",
      `create or replace view td_scope_user as select null::text collate "C" as user_id`,
      "td_scope_user",
      "does not know td's key",
    ],
  ])("is not opened: %s", async (_, statement, name, problem) => {
    const error = await failure(reopened(await broken(statement)), "unprotected-table");
    expect(error.facts["problems"]).toMatchObject({ [name]: expect.arrayContaining([problem]) });
  });

  it.each([
    [
      "the settings of the connection were dropped on the way",
      "create or replace function td_scope_key_for(opener text) returns text language sql as 'select null::text'",
    ],
    ["the key is gone", "delete from td_scope_key"],
  ])("is not opened when %s", async (_, statement) => {
    expect((await failure(reopened(await broken(statement)), "cannot-open")).message).toMatch(/pooler.*provisionPostgres/);
  });

  it("is brought to this one by provisioning when an older td made it, with its rows", async () => {
    const rule = "user_id = (select nullif(current_setting('app.user_id', true), ''))";
    const old = [...storageSchema.tables, samples].map(
      ({ name }) => `create policy td_user on "${name}" using (${rule}) with check (${rule})`,
    );
    const at = await broken("drop view td_scope_user cascade", "drop table td_scope_key cascade", ...old);
    await execute(ownerUrl(at), "insert into td_counters (user_id, name, value) values ('ann', 'kept', 7)");
    const error = await failure(reopened(at), "unprotected-table");
    expect(error.message).toContain("Run provisionPostgres again as the owner");
    expect(error.facts["problems"]).toMatchObject({ fills: ["lacks the policy td_user"], td_scope_key: ["is missing"] });
    await provisionPostgres({ ownerUrl: ownerUrl(at), appRole: new URL(at).username, tables });
    const open = await openStorage(at, { tables });
    expect(await open.forUser("ann").sql("select value from td_counters")).toEqual([{ value: 7 }]);
    await open.close();
  });

  it("keeps its key when it is provisioned again; with another key the processes that have the old one are refused, not shown nothing", async () => {
    const at = await postgresDatabase(tables);
    const open = await openStorage(at, { tables });
    atEnd(() => open.close());
    await open.forUser("ann").fills.insert(fill("1"));
    const provision = (): Promise<void> => provisionPostgres({ ownerUrl: ownerUrl(at), appRole: new URL(at).username, tables });
    await provision();
    expect(await open.forUser("ann").fills.count()).toBe(1);
    await execute(ownerUrl(at), "delete from td_scope_key");
    await provision();
    await failure(open.forUser("ann").fills.count(), "not-allowed");
    const again = await openStorage(at, { tables });
    atEnd(() => again.close());
    expect(await again.forUser("ann").fills.count()).toBe(1);
  });

  it("has a key of its own: a proof of one database is none in another", async () => {
    const [one, other] = [await provisioned(), await provisioned()];
    expect(await proofOf(one, "ann")).not.toBe(await proofOf(other, "ann"));
  });
});

async function provisioned(): Promise<string> {
  const name = newName();
  await execute(urlOf("postgres"), `create database "${name}"`);
  const { username: role, password } = new URL(url);
  await provisionPostgres({ ownerUrl: urlOf(name), appRole: role });
  return urlOf(name, { role, password });
}

it("lets an owner who is no superuser take away what follows from a user's rows, and nobody's else", async () => {
  const [database, owner] = [newName(), newName()];
  const { username: app, password } = new URL(url);
  await execute(urlOf("postgres"), `create role ${owner} login password '${password}'`, `create database ${database} owner ${owner}`);
  const ownersUrl = urlOf(database, { role: owner, password });
  await provisionPostgres({ ownerUrl: ownersUrl, appRole: app, tables });
  const open = await openStorage(urlOf(database, { role: app, password }), { tables });
  atEnd(() => open.close());
  const close = { symbol: "X", action: "CLOSE", tradeType: "LONG", entryPrice: "1", exitPrice: "1", size: "1", pnl: "1" } as const;
  for (const user of ["ann", "bob"]) await open.forUser(user).trades.insert({ ...close, id: user, executedAt: "2025-01-05T09:30:00Z" });
  const total = (user: string): string => `insert into trades_totals values ('${user}', '2025-01-01Z', '2025-02-01Z', 1, 1, 0, 1)`;
  await execute(urlOf(database), total("ann"), total("bob"));
  await execute(ownersUrl, "alter table trades no force row level security", "delete from trades where user_id = 'ann'");
  expect(await execute(urlOf(database), "select user_id from trades_totals")).toEqual([["bob"]]);
  await execute(ownersUrl, "alter table trades force row level security");
  await open.forUser("bob").trades.delete({ id: "bob" });
  expect(await execute(urlOf(database), "select user_id from trades_totals")).toEqual([]);
});
