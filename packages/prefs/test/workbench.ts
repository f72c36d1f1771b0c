// What the tests share: preferences on a storage of either engine, and users whom nobody has seen.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage, type AnyTable, type ManagedSchema, type Storage } from "@td/storage";
import { provisionPostgres } from "@td/storage/postgres";
import type { Postgres } from "@td/testkit/postgres";
import postgres from "postgres";
import { inject } from "vitest";
import {
  createPreferences,
  prefsTables,
  type HistoryEntry,
  type Preferences,
  type PreferencesDefinition,
  type PreferencesServerOptions,
} from "../src/index.ts";
import { tradingPreferences } from "../src/trading.ts";
import { atEnd } from "./at-end.ts";

/** More of everything when the depth is `soak`. */
export function depth(usual: number, soak: number): number {
  return process.env["TD_DEPTH"] === "soak" ? soak : usual;
}

/** What preferences can be stored on. */
export type Kind = "sqlite" | "postgres";
/** Every engine, for `describe.each`. */
export const KINDS: readonly Kind[] = ["sqlite", "postgres"];

const APP = { appRole: `app_${randomBytes(6).toString("hex")}`, password: randomBytes(12).toString("hex") };
const NAME = `td_${randomBytes(6).toString("hex")}`;
const urls = new Map<string, Promise<string>>();

function ownerUrl(database: string, server: Postgres["url"] = inject("postgresUrl")): string {
  const url = new URL(server);
  url.pathname = database;
  return url.href;
}

async function postgresUrl(tables: readonly AnyTable[], database: string): Promise<string> {
  const sql = postgres(ownerUrl("postgres"), { max: 1, onnotice: () => undefined, fetch_types: false });
  await sql.unsafe(`create database "${database}"`);
  await sql.end();
  await provisionPostgres({ ownerUrl: ownerUrl(database), ...APP, tables });
  const url = new URL(ownerUrl(database));
  [url.username, url.password] = [APP.appRole, APP.password];
  return url.href;
}

/** The URL of a database: a new file on SQLite, one database on PostgreSQL for each list of tables. */
export function urlOn(kind: Kind, tables: readonly AnyTable[] = prefsTables): Promise<string> {
  if (kind === "sqlite") return Promise.resolve(`sqlite:${join(folder(), "prefs.db")}`);
  const key = tables.map(({ name }) => name).join();
  const url = urls.get(key) ?? postgresUrl(tables, `${NAME}_${urls.size}`);
  urls.set(key, url);
  return url;
}

/** A database with nothing in it, and a way into it once it has these schemas. */
export async function emptyOn(
  kind: Kind,
  schemas: readonly ManagedSchema[],
): Promise<{ readonly url: string; readonly open: () => Promise<Storage>; readonly end: () => Promise<void> }> {
  if (kind === "sqlite") {
    const url = `sqlite:${join(folder(), "prefs.db")}`;
    return { url, open: () => openStorage(url, { schemas, durability: "normal" }), end: async () => undefined };
  }
  const name = `td_${randomBytes(6).toString("hex")}`;
  const admin = async (statement: string): Promise<void> => {
    const sql = postgres(ownerUrl("postgres"), { max: 1, onnotice: () => undefined, fetch_types: false });
    await sql.unsafe(statement);
    await sql.end();
  };
  await admin(`create database "${name}"`);
  const url = ownerUrl(name);
  const open = async (): Promise<Storage> => {
    await provisionPostgres({ ownerUrl: url, ...APP, schemas });
    const app = new URL(url);
    [app.username, app.password] = [APP.appRole, APP.password];
    return openStorage(app.href, { schemas });
  };
  return { url, open, end: () => admin(`drop database "${name}" with (force)`) };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "td-prefs-"));
  atEnd(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A storage of this test's own. */
export async function storageOn(kind: Kind, tables: readonly AnyTable[] = prefsTables): Promise<Storage> {
  const storage = await openStorage(await urlOn(kind, tables), { tables, durability: "normal" });
  atEnd(() => storage.close());
  return storage;
}

const shared = new Map<string, Promise<Storage>>();

/** A storage that the tests of a file share: each takes users of its own. */
export function sharedOn(kind: Kind, tables: readonly AnyTable[] = prefsTables): Promise<Storage> {
  const key = [kind, ...tables.map(({ name }) => name)].join();
  const open = shared.get(key);
  if (open !== undefined) return open;
  const storage = storageOn(kind, tables);
  shared.set(key, storage);
  atEnd(() => shared.delete(key));
  return storage;
}

/** The traders' preferences on the file's storage. */
export async function tradersOn(
  kind: Kind,
  options: Omit<PreferencesServerOptions, "storage"> = {},
): Promise<{ storage: Storage; prefs: Preferences<typeof tradingPreferences> }> {
  const storage = await sharedOn(kind);
  return { storage, prefs: createPreferences(tradingPreferences, { storage, ...options }) };
}

let users = 0;

/** A user whom nobody has seen. */
export const newUser = (): string => `${APP.appRole}-${users++}`;

/** All of a user's history, oldest first. */
export async function historyOf<D extends PreferencesDefinition>(prefs: Preferences<D>, userId: string): Promise<readonly HistoryEntry[]> {
  const entries: HistoryEntry[] = [];
  for await (const entry of prefs.history(userId)) entries.push(entry);
  return entries.reverse();
}

/** What a rejected call says. */
export async function refusalOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  throw new Error("the call was expected to be refused");
}
