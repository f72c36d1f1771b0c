// PostgreSQL in a backup: one snapshot of all tables, restored exactly, into empty tables of the same shape only.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { createBackup, postgresDatabase, restorePostgres, verifyBackup } from "../src/index.ts";
import { majorOf } from "../src/postgres.ts";
import { allOf, database, filled, SCHEMA } from "./postgres-bench.ts";
import { codeOf, folder, plant } from "./workbench.ts";

const server = inject("postgresUrl");

test("tables, values to the last digit, generated columns and sequences come back as they were", async () => {
  const source = await filled(server);
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": "{}" });
  const backup = createBackup({ root: join(place, "user_data"), databases: [postgresDatabase({ url: source.url, method: "copy" })] });
  const { file, databases } = await backup.create({ to: place, encrypt: "none" });
  expect(databases).toMatchObject([
    {
      engine: "postgres",
      name: "main",
      method: "copy",
      tables: [
        { name: "trading.users", rows: 2 },
        { name: "public.aaa_first", rows: 2 },
        { name: "trading.Fills", rows: 500 },
      ],
    },
  ]);
  expect(await verifyBackup(file, { level: "drill" })).toMatchObject({ ok: true });
  const target = await database(server, SCHEMA);
  expect(await restorePostgres(file, { url: target.url })).toEqual({ method: "copy", tables: 3, rows: 504 });
  expect(await allOf(target.sql)).toBe(await allOf(source.sql));
  const [next] = await target.sql<{ value: string }[]>`select nextval('trading.numbers') as value`;
  expect(next?.value).toBe("9");
  await target.sql`insert into trading."Fills" (user_id, price) values ('bob', 1)`;
  expect((await target.sql`select max(id) as id from trading."Fills"`)[0]?.["id"]).toBe("501");
  // The tree's own restore says that it does not restore PostgreSQL.
  expect(await codeOf(backup.restore(file))).toBe("invalid-option");
  expect(await backup.restore(file, { postgres: "separately" })).toMatchObject({ files: 1 });
});

test("a target that has rows, or another schema, is refused and left as it is", async () => {
  const source = await filled(server);
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": "{}" });
  const { file } = await createBackup({
    root: join(place, "user_data"),
    databases: [postgresDatabase({ url: source.url, method: "copy" })],
  }).create({ to: place, encrypt: "none" });
  expect(await codeOf(restorePostgres(file, { url: source.url }))).toBe("already-exists");
  const other = await database(server, SCHEMA.replace("numeric(38,18)", "numeric(38,8)"));
  expect(await codeOf(restorePostgres(file, { url: other.url }))).toBe("version-mismatch");
  expect(await codeOf(restorePostgres(file, { url: other.url, name: "reports" }))).toBe("not-found");
  const guarded = await database(server, SCHEMA);
  await guarded.sql.unsafe(`alter table aaa_first add constraint none check (id < 2) not valid`);
  expect(await codeOf(restorePostgres(file, { url: guarded.url }))).toBe("database-failed");
  expect((await guarded.sql`select count(*) as n from trading.users`)[0]?.["n"]).toBe("0");
});

test("all tables are of one moment, while another connection commits", async () => {
  const { url, sql } = await database(server, "create table a (id int); create table b (id int)");
  const stop = new AbortController();
  const writing = (async () => {
    for (let id = 0; !stop.signal.aborted; id++)
      await sql.begin(async (tx) => [await tx`insert into a values (${id})`, await tx`insert into b values (${id})`]);
  })();
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": "{}" });
  const { databases } = await createBackup({
    root: join(place, "user_data"),
    databases: [postgresDatabase({ url, method: "copy" })],
  }).create({ to: place, encrypt: "none" });
  stop.abort();
  await writing;
  const rows = databases.flatMap((record) => record.tables.map((table) => table.rows));
  expect(rows[0]).toBe(rows[1]);
});

test("a table whose rows all come while its file is still being made is followed by the next one", async () => {
  const rows = (bytes: number): string => `select repeat('x', ${bytes}) from generate_series(1, 100)`;
  const { url } = await database(server, `create table a as ${rows(1000)}; create table b as ${rows(5000)}; create table c as ${rows(10)}`);
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": "{}" });
  const backup = createBackup({ root: join(place, "user_data"), databases: [postgresDatabase({ url, method: "copy" })] });
  const { databases } = await backup.create({ to: place, encrypt: "none" });
  expect(databases.flatMap((record) => record.tables.map((table) => table.rows))).toEqual([100, 100, 100]);
});

test("rows that row level security hides from the role are an error, not a smaller backup", async () => {
  const { url, sql } = await filled(server);
  const role = `reader_${randomBytes(4).toString("hex")}`;
  await sql.unsafe(
    `alter table trading.users enable row level security; create role ${role} login password 'pw'; grant usage on schema trading to ${role}; grant select on all tables in schema trading, public to ${role}; grant select on all sequences in schema trading to ${role}`,
  );
  onTestFinished(async () => {
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`);
  });
  const weak = new URL(url);
  weak.username = role;
  weak.password = "pw";
  const place = folder();
  plant(join(place, "user_data"), { "state/a.json": "{}" });
  const backup = createBackup({ root: join(place, "user_data"), databases: [postgresDatabase({ url: weak.href, method: "copy" })] });
  await expect(backup.create({ to: place, encrypt: "none" })).rejects.toMatchObject({
    code: "database-failed",
    facts: { sqlState: "42501" },
  });
});

test("what pg_dump says about its version is understood", () => {
  expect(["15.18 (Debian 15.18-0+deb12u1)", "18beta1", "9.6.3", ""].map(majorOf)).toEqual([15, 18, 9, 0]);
  expect(() => postgresDatabase({ url: "mysql://x" })).toThrow(/postgres:\/\//);
});
