// What the tests share: a folder that vanishes, a storage in it, and the account of a table.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { importRejects, importTables, listRejects, type ImportReject, type ImportReport } from "@td/migrate";
import { collectDigest, digestTable, fills, openStorage, type AnyTable, type Scope, type Storage } from "@td/storage";
import { provisionPostgres } from "@td/storage/postgres";
import postgres from "postgres";
import type { Postgres } from "@td/testkit/postgres";
import { expect, inject, onTestFinished } from "vitest";

/** More of everything when the depth is `soak`. */
export function depth(usual: number, soak: number): number {
  return process.env["TD_DEPTH"] === "soak" ? soak : usual;
}

/** A folder of this test's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "td-migrate-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file of this test's own. */
export function file(content: string | Uint8Array, name = "source"): string {
  const path = join(folder(), name);
  writeFileSync(path, content);
  return path;
}

/** What an import can run into. */
export type Kind = "sqlite" | "postgres";
/** Every engine, for `describe.each`. */
export const KINDS: readonly Kind[] = ["sqlite", "postgres"];

const APP = { appRole: `app_${randomBytes(6).toString("hex")}`, password: randomBytes(12).toString("hex") };
const NAME = `td_${randomBytes(6).toString("hex")}`;
const provisioned = new Map<string, Promise<string>>();
let last: Promise<unknown> | undefined;

/** The URL of this file's database on the run's PostgreSQL, for its owner. */
export function ownerUrl(database = NAME, server: Postgres["url"] = inject("postgresUrl")): string {
  const url = new URL(server);
  url.pathname = database;
  return url.href;
}

/** Runs statements on PostgreSQL, as the role of the URL. */
export async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined, fetch_types: false });
  for (const statement of statements) await sql.unsafe(statement);
  await sql.end();
}

/** The URL of the same database with the given tables, for the role of an application. Its rows are shared in the file: take a new user. */
function postgresUrl(tables: readonly AnyTable[]): Promise<string> {
  const key = tables.map(({ name }) => name).join();
  last ??= execute(ownerUrl("postgres"), `create database "${NAME}"`);
  const url = provisioned.get(key) ?? last.then(() => provisionedUrl(tables));
  provisioned.set(key, url);
  last = url;
  return url;
}

async function provisionedUrl(tables: readonly AnyTable[]): Promise<string> {
  await provisionPostgres({ ownerUrl: ownerUrl(), ...APP, tables });
  const url = new URL(ownerUrl());
  [url.username, url.password] = [APP.appRole, APP.password];
  return url.href;
}

/** The URL of a database: a file or the memory on SQLite, the run's server on PostgreSQL. */
export async function urlOn(kind: Kind, path = ":memory:", tables: readonly AnyTable[] = importTables): Promise<string> {
  return kind === "postgres" ? postgresUrl(tables) : `sqlite:${path}`;
}

/** A storage of this test's own, on SQLite in memory, or in a file when `path` is given. */
export async function storageOn(kind: Kind, path?: string, tables: readonly AnyTable[] = importTables): Promise<Storage> {
  const opened = await openStorage(await urlOn(kind, path, tables), { tables, durability: "normal" });
  onTestFinished(() => opened.close());
  return opened;
}

let users = 0;

/** A name that no user of this file has. */
export const newName = (): string => `${APP.appRole} ${users++}`;

/** A user whom nobody has seen. */
export async function userOn(kind: Kind, tables?: readonly AnyTable[]): Promise<Scope> {
  return (await storageOn(kind, undefined, tables)).forUser(newName());
}

/** A storage on SQLite. */
export const storage = (path?: string): Promise<Storage> => storageOn("sqlite", path);

/** A user of a storage in memory. */
export const user = (): Promise<Scope> => userOn("sqlite");

/** All that a run could not take. */
export async function rejectsOf(scope: Scope, { runId }: Pick<ImportReport, "runId">): Promise<readonly ImportReject[]> {
  const all: ImportReject[] = [];
  for await (const reject of listRejects(scope, runId)) all.push(reject);
  return all;
}

/** The digest of a user's fills, whoever the user is. */
export async function fillsDigest(scope: Scope): Promise<string> {
  const collector = collectDigest(fills.name);
  for await (const rows of scope.fills.stream()) for (const row of rows) collector.add(fills.canonical({ ...row, userId: "u" }));
  const { rows, digest } = collector.result();
  expect(await digestTable(scope, fills)).toMatchObject({ rows });
  return `${rows} ${digest}`;
}

/** Every reject of a user as one text, without what differs from run to run. */
export async function rejectsText(scope: Scope): Promise<string> {
  const lines: string[] = [];
  for await (const rows of scope.table(importRejects).stream()) {
    for (const { line, byteOffset, kind, reason, encoding, raw } of rows)
      lines.push([line, byteOffset, kind, reason, encoding, raw].join(" "));
  }
  return lines.join("\n");
}

/** One good trade record; `change` alters or, by `undefined`, removes fields. */
export function trade(id: string, change: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    order_id: id,
    symbol: "BTC-USD",
    side: "buy",
    size: "0.5",
    price: "100000.25",
    order_time: "2025-03-01T10:00:00.123456+00:00",
    total_fees_usd: "1.5",
    ...change,
  };
}

/** Trade records as JSON Lines. */
export function jsonl(...trades: readonly Readonly<Record<string, unknown>>[]): string {
  return trades.map((one) => JSON.stringify(one) + "\n").join("");
}
