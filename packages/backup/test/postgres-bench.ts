// A PostgreSQL database to back up, on any server, gone when the test ends.
import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { onTestFinished } from "vitest";

/** Tables in two schemas, with a reference against the order of their names, an identity, a generated column and a sequence. */
export const SCHEMA = `
  create schema trading;
  create table trading.users (id text primary key, joined timestamptz not null);
  create table trading."Fills" (user_id text not null references trading.users, id bigint generated always as identity primary key,
    price numeric(38,18) not null, note text, raw jsonb, doubled numeric generated always as (price * 2) stored);
  create table aaa_first (id int primary key, user_id text references trading.users);
  create sequence trading.numbers start 7;`;

/** A new database of a server (superuser URL), with this schema. */
export async function database(serverUrl: string, schema: string): Promise<{ url: string; sql: postgres.Sql }> {
  const name = `backup_${randomBytes(6).toString("hex")}`;
  const admin = postgres(serverUrl, { max: 1, onnotice: () => undefined });
  await admin.unsafe(`create database ${name}`);
  const url = serverUrl.replace(/\/[^/]*$/, `/${name}`);
  const sql = postgres(url, { max: 2, onnotice: () => undefined });
  await sql.unsafe(schema);
  onTestFinished(async () => {
    await sql.end();
    await admin.unsafe(`drop database ${name} with (force)`);
    await admin.end();
  });
  return { url, sql };
}

/** A new database with rows that are hard to carry. */
export async function filled(serverUrl: string): Promise<{ url: string; sql: postgres.Sql }> {
  const it = await database(serverUrl, SCHEMA);
  await it.sql`insert into trading.users values ('ada', '2025-03-01T10:00:00.123456Z'), ('bob', 'infinity')`;
  await it.sql.unsafe(
    `insert into trading."Fills" (user_id, price, note, raw) select 'ada', 0.000000000000000001 * g, E'line\\n\\t\\\\N ' || g, jsonb_build_object('g', g) from generate_series(1, 500) g`,
  );
  await it.sql`insert into aaa_first values (1, 'ada'), (2, null)`;
  await it.sql`select nextval('trading.numbers'), nextval('trading.numbers')`;
  return it;
}

/** All that is in it, as text. */
export const allOf = async (sql: postgres.Sql): Promise<string> =>
  JSON.stringify([
    await sql`select id, joined::text from trading.users order by 1`,
    await sql`select *, price::text as p, doubled::text as d from trading."Fills" order by id`,
    await sql`select * from aaa_first order by 1`,
  ]);
