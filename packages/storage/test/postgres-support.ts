// Databases on the run's throwaway PostgreSQL: provisioned once per set of tables, then copied for each storage that a test opens.
import { createHash, randomBytes } from "node:crypto";
import type { Postgres } from "@td/testkit/postgres";
import postgres from "postgres";
import { inject } from "vitest";
import type { AnyTable } from "../src/index.ts";
import { provisionPostgres } from "../src/postgres/index.ts";

/** The role that the application connects as; roles belong to the whole server, so each file has its own. */
const APP = { role: `app_${randomBytes(6).toString("hex")}`, password: randomBytes(12).toString("hex") };

/** The URL of a database of the run's server, as its superuser or as someone else. */
export function urlOf(
  database: string,
  role?: { readonly role: string; readonly password: string },
  server: Postgres["url"] = inject("postgresUrl"),
): string {
  const url = new URL(server);
  url.pathname = database;
  if (role !== undefined) [url.username, url.password] = [role.role, role.password];
  return url.href;
}

/** The URL of the same database for its owner. */
export function ownerUrl(appUrl: string): string {
  return urlOf(new URL(appUrl).pathname.slice(1));
}

/** What proves to a database that td has bound a user, made by hand from the key that its owner reads. */
export async function proofOf(appUrl: string, user: string): Promise<string> {
  const [[key] = []] = await execute(ownerUrl(appUrl), "select encode(key, 'hex') from td_scope_key");
  const bytes = Buffer.from(String(key), "hex");
  return createHash("sha256").update(bytes).update(user).update(bytes).digest("hex");
}

/** The channel on which a database tells a user's changes, found out as its owner. */
export async function channelOf(appUrl: string, user: string): Promise<string> {
  return `td_${(await proofOf(appUrl, `td:changes\0${user}`)).slice(0, 40)}`;
}

/** Runs statements on a database, as the role of the URL. */
export async function execute(url: string, ...statements: readonly string[]): Promise<readonly (readonly unknown[])[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined, fetch_types: false });
  try {
    let rows: readonly (readonly unknown[])[] = [];
    for (const statement of statements) rows = await sql.unsafe(statement).values();
    return rows;
  } finally {
    await sql.end();
  }
}

/** The role that the system connects as. */
const SYSTEM = { role: `sys_${randomBytes(6).toString("hex")}`, password: randomBytes(12).toString("hex") };

/** The URL of the same database for the system's role. */
export function systemUrl(appUrl: string): string {
  return urlOf(new URL(appUrl).pathname.slice(1), SYSTEM);
}

const templates = new Map<string, Promise<string>>();
// One after the other: they give rights to the same role.
let last: Promise<string> = Promise.resolve("");

/** A new provisioned database; its URL for the application's role. */
export async function postgresDatabase(tables: readonly AnyTable[]): Promise<string> {
  const key = tables.map((table) => table.ddl("postgres").join()).join();
  const template = templates.get(key) ?? (last = last.then(() => makeTemplate(tables)));
  templates.set(key, template);
  const name = newName();
  await execute(urlOf("postgres"), `create database "${name}" template "${await template}"`);
  return urlOf(name, APP);
}

async function makeTemplate(tables: readonly AnyTable[]): Promise<string> {
  const name = newName();
  await execute(urlOf("postgres"), `create database "${name}"`);
  await provisionPostgres({
    ownerUrl: urlOf(name),
    appRole: APP.role,
    password: APP.password,
    systemRole: SYSTEM.role,
    systemPassword: SYSTEM.password,
    tables,
  });
  return name;
}

/** A name for a database or a role that nobody has. */
export function newName(): string {
  return `td_${randomBytes(6).toString("hex")}`;
}
