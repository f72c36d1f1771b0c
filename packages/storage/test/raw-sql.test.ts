// What me.sql takes and what it refuses: nothing that it takes shows another user's row, tells of the others or stays behind in a session.
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { StorageError } from "../src/index.ts";
import type { Scope, Storage } from "../src/index.ts";
import { askUnchecked } from "../src/postgres/raw-sql.ts";
import type { PostgresSession } from "../src/postgres/session.ts";
import { sessionOf } from "../src/scope.ts";
import { failure, fill, openTemp, runs, samples } from "./support.ts";
import type { Kind } from "./support.ts";

/** One storage with one connection for all cases: what one leaves behind, the next one meets. */
function twoUsers(kind: Kind): { readonly ann: () => Scope; readonly bob: () => Scope } {
  let storage: Storage | undefined;
  beforeAll(async () => {
    storage = await openTemp(kind, { maxConnections: 1 });
    await ann().fills.importMany([fill("1"), fill("2", { symbol: "it's" })]);
    await bob().fills.insert(fill("secret"));
    await ann()
      .table(samples)
      .insert({ id: "a", extra: { b: [1, 2] } });
  });
  const of = (user: string): Scope => {
    if (storage === undefined) throw new Error("the storage is not open yet");
    return storage.forUser(user);
  };
  const [ann, bob] = [() => of("ann"), () => of("bob")];
  // Whatever was tried, the connection serves each user as before.
  afterAll(async () => expect([await ann().fills.count(), await bob().fills.count()]).toEqual([2, 1]));
  return { ann, bob };
}

/** One statement that reads the fills once an expression was computed. */
function readingAfter(expression: string): string {
  return `with s as materialized (select ${expression} as v) select f.user_id, f.id from s cross join lateral (select * from fills where s.v is not null) f`;
}

const BECOME_BOB = "set_config('app.'||'user_id', 'bob', true)";

describe("SQL on PostgreSQL that means something else than it seems to", () => {
  const { ann } = twoUsers("postgres");

  it.each([
    ["a function that sets", readingAfter(BECOME_BOB)],
    ["a name with escapes", readingAfter(String.raw`U&"set\005fconfig"('app.'||'user_id', 'bob', true)`)],
    ["a name with escapes of its own choice", readingAfter(`U&"set!005fconfig" uescape '!' ('app.'||'user_id', 'bob', true)`)],
    ["a name in quotes", readingAfter(`"set_config"('app.'||'user_id', 'bob', true)`)],
    ["a name of a schema", readingAfter(`pg_catalog.${BECOME_BOB}`)],
    ["a dollar quote that hides a comment", readingAfter(`$$--$$, ${BECOME_BOB}`)],
    ["a dollar quote with a tag", readingAfter(`$a$/*$a$, ${BECOME_BOB}`)],
    ["a comment that ends with CR", readingAfter(`--\r${BECOME_BOB}`)],
    ["a string with escapes", `${readingAfter(`E'\\'/*', ${BECOME_BOB}`)} /* */`],
    ["a comment in a comment", readingAfter(`/* /* */ ' */ ${BECOME_BOB} --'\n`)],
    ["a comment", "select 1 /* x */"],
    ["a comment to the end of the line", "select 1 -- x\n"],
    ["a point behind an expression", "select ('app.user_id').current_setting"],
    ["an operator of a schema", "select 1 operator(pg_catalog.+) 1"],
    ["a backslash in a plain string", "select 'a\\'"],
    ["a character outside of ASCII", "select é from fills"],
    ["a space outside of ASCII", "select\u00a01"],
    ["a number that runs into a word", "select 1e'x'"],
    ["NUL", "select '\0'"],
    ["two statements", "select 1; select 2"],
  ])("is refused: %s", async (_, statement) => {
    const error = await failure(ann().sql(statement), "not-allowed");
    expect(error.message).not.toContain("bob");
    await failure(
      ann().transaction((tx) => tx.sql(statement)),
      "not-allowed",
    );
  });

  it.each([
    ["current_setting", "select current_setting('app.user_id')"],
    ["query_to_xml", "select query_to_xml('select 1', true, true, '')"],
    ["pg_sleep", "select pg_sleep(1)"],
    ["pg_notify", "select pg_notify('x', 'y')"],
    ["pg_advisory_lock", "select pg_advisory_lock(1)"],
    ["pg_advisory_xact_lock", "select pg_advisory_xact_lock(hashtextextended('bob', 7464))"],
    ["pg_terminate_backend", "select pg_terminate_backend(1)"],
    ["pg_relation_size", "select pg_relation_size('fills')"],
    ["pg_stat_activity", "select query from pg_stat_activity"],
    ["pg_stat_user_tables", "select n_live_tup from pg_stat_user_tables"],
    ["pg_class", `select reltuples from "pg_class"`],
    ["pg_catalog", "select relname from pg_catalog.pg_class"],
    ["information_schema", "select table_name from information_schema.tables"],
    ["regclass", "select 'fills'::regclass"],
    ["regrole", `select cast('app' as "regrole")`],
    ["txid_current", "select txid_current()"],
    ["nextval", "select nextval('x')"],
    ["xmin", "select xmin from fills"],
    ["ctid", `select f."ctid" from fills f`],
    ["setseed", "select setseed(0.5)"],
    ["update", "select * from fills for update"],
    ["into", "select * into temp x from fills"],
    ["delete", "with x as (delete from fills returning id) select id from x"],
    ["system", "select * from fills where system (1) is null"],
    ["tablesample", "select * from fills tablesample system (1)"],
  ])("is refused, and the error names it: %s", async (name, statement) => {
    expect((await failure(ann().sql(statement), "not-allowed")).facts).toEqual({ name });
  });

  it.each([
    ["select sum(quantity) as n from fills where symbol in ('BTC-USD', 'it''s')", { n: "3" }],
    ["select count(*) filter (where side = 'buy')::int as n from fills group by side having count(*) > 1;", { n: 2 }],
    ["with recursive t(n) as (values (1) union all select n + 1 from t where n < 4) select max(n) as n from t", { n: 4 }],
    ["select (row_number() over (partition by side order by id desc)) as n from fills where id = '2'", { n: 1 }],
    ["select extra->'b'->>0 as n from samples where extra #>> '{b,1}' = '2' and extra ? 'b'", { n: "1" }],
    ["select x.b[2] as n from samples cross join lateral jsonb_to_record(extra) as x(b int[])", { n: 2 }],
    ["select date_trunc('day', executed_at at time zone 'UTC')::date::text as n from fills limit 1", { n: "2025-03-01" }],
    ["select (timestamptz '2025-01-01T00:00:00Z' + interval '1 day') as n", { n: "2025-01-02T00:00:00.000000Z" }],
    ["select coalesce(null, cast($1 as numeric(10, 2))) as n", { n: "7" }],
    ["select case when exists (select from fills) then 'Ünï' else '' end as n", { n: "Ünï" }],
    [`select "id" as "N" from public.fills as "f" where "f".id like '1%' and not (1.5e1 < .5)`, { N: "1" }],
    ["select 'a--b /* $$ ; c' as n", { n: "a--b /* $$ ; c" }],
  ])("is taken when it is plain: %s", async (statement, row) => {
    const rows = await ann().sql(statement, statement.includes("$1") ? ["7"] : []);
    expect(JSON.parse(JSON.stringify(rows))).toEqual([row]);
  });

  it.each([
    ["for the transaction", "select set_config('search_path', 'pg_catalog', true), set_config('app.user_id', 'bob', true)"],
    ["for the session", "select set_config('search_path', 'pg_catalog', false), set_config('statement_timeout', '1', false)"],
  ])("leaves nothing set even if it should set something: %s", async (_, statement) => {
    const settings = "select current_setting('search_path'), current_setting('statement_timeout'), current_setting('app.user_id')";
    const session = sessionOf(ann()) as PostgresSession;
    const ask = (sql: string) => askUnchecked(session, sql, []).then(({ rows }) => rows);
    const before = await ask(settings);
    await ask(statement);
    expect(await ask(settings)).toEqual(before);
    await ann().transaction(async (tx) => {
      await askUnchecked(sessionOf(tx) as PostgresSession, statement, []);
      expect((await tx.fills.page()).rows.map(({ id }) => id)).toEqual(["1", "2"]);
      expect((await askUnchecked(sessionOf(tx) as PostgresSession, settings, [])).rows).toEqual(before);
    });
    await expect(askUnchecked(session, "select 1 / 0", [])).rejects.toMatchObject({ code: "database-failed" });
    expect(await ask(settings)).toEqual(before);
  });
});

describe("random attacks on PostgreSQL", () => {
  const { ann, bob } = twoUsers("postgres");
  const setter = fc.constantFrom(
    "set_config",
    `"set_config"`,
    "pg_catalog.set_config",
    "SET_CONFIG",
    "abs",
    "count",
    String.raw`U&"set\005fconfig"`,
    String.raw`u&"\0073et_config"`,
    `"set" "_config"`,
    "set_/**/config",
    "set_config\r",
    "$$$$set_config",
  );
  const visible = `-- /* */ /**/ ' '' " "" \\ \\' E' E'\\' N' B' U&' $$ $a$ $1 $a $ , 1, 'x', $$--$$, $$/*$$, E'\\'/*', E'\\'--', 1 ( ) ;`;
  const noise = fc.constantFrom(
    ...visible.split(" "),
    "/* /* */",
    "uescape '!'",
    "--\r",
    "--\n",
    "\r",
    "\n",
    "\u00a0",
    "\u2028",
    "\f",
    "\v",
  );
  // Mostly nothing, so that what is hidden is often all that is there.
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    { weight: 2, arbitrary: fc.array(noise, { maxLength: 3 }).map((parts) => parts.join("")) },
  );
  const attack = fc
    .tuple(text, setter, text, text, text)
    .map(([before, name, between, inside, after]) =>
      [readingAfter(`${before}${name}${between}('app.'||${inside}'user_id','bob',true)`), after].join(" "),
    );

  test.prop([attack, fc.boolean()], runs(60))("give nobody's rows but the user's, and leave the session as it was", async (sql, inside) => {
    const asked = inside ? ann().transaction((tx) => tx.sql(sql)) : ann().sql(sql);
    const got = await asked.catch((error: unknown) => error);
    if (!(got instanceof StorageError)) expect(JSON.stringify(got)).not.toMatch(/bob|secret/);
    expect((await ann().sql("select id from fills order by id")).map(({ id }) => id)).toEqual(["1", "2"]);
    expect(await bob().fills.count()).toBe(1);
  });
});

describe.each(["file", "memory"] as const)("SQL on SQLite that tells of the connection (%s)", (kind) => {
  const { ann } = twoUsers(kind);

  it.each([
    ["total_changes", "select total_changes()"],
    ["changes", "select changes()"],
    ["last_insert_rowid", "select last_insert_rowid()"],
    ["load_extension", "select load_extension('x')"],
    ["td_any_user", "select td_any_user()"],
    ["readfile", "select readfile('td.db')"],
    ["fts5", "select fts5(1)"],
    ["rtreecheck", "select rtreecheck('fills')"],
    ["sqlite_compileoption_get", "select sqlite_compileoption_get(1)"],
    ["sqlite_schema", "select * from [sqlite_schema]".replace("[", `"`).replace("]", `"`)],
    ["sqlite_stmt", "select * from 'sqlite_stmt'"],
    ["pragma_database_list", "select * from pragma_database_list"],
    ["dbstat", "select * from dbstat"],
    ["main", `select * from "main".fills`],
  ])("is refused, and the error names it: %s", async (name, statement) => {
    expect((await failure(ann().sql(statement), "not-allowed")).facts).toEqual({ name });
    await failure(
      ann().transaction((tx) => tx.sql(statement)),
      "not-allowed",
    );
  });

  it.each([
    ["a comment", "select 1 /* x */"],
    ["a name in brackets", "select * from [fills]"],
    ["a name in backticks", "select * from `fills`"],
    ["a text for a schema", "select * from 'main'.fills"],
    ["a text for a function", "select * from 'json_each'('[]')"],
    ["a variable with a parenthesis", "select $a(--), m.id from main.fills m where 1 = $a(--)"],
    ["a blob", "select x'00'"],
    ["CR", "select 1 --\r, * from main.fills"],
  ])("is refused: %s", async (_, statement) => {
    await failure(ann().sql(statement), "not-allowed");
  });

  it.each([
    ["select group_concat(id, '\\') as n from (select id from fills order by id)", { n: "1\\2" }],
    ["select iif(count(*) = 2, current_user_id(), '') as n from fills where user_id is not null", { n: "ann" }],
    ["select j.value as n from samples, json_each(samples.extra, '$.b') as j order by 1 desc limit 1", { n: 2 }],
    ["select strftime('%Y', executed_at / 1000000, 'unixepoch') as n from fills where id = ?", { n: "2025" }],
    ["with t(n) as (values (1), (2)) select sum(n) over (order by n desc) as n from t limit 1", { n: 2 }],
  ])("is taken when it is plain: %s", async (statement, row) => {
    expect(await ann().sql(statement, statement.includes("?") ? ["1"] : [])).toEqual([row]);
  });
});
