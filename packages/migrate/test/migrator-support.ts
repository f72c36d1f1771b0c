// Databases of a test's own for migrators: on PostgreSQL with an owner that row level security holds, as in real life.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createMigrator, type MigrateError, type Migrator, type MigratorOptions } from "@td/migrate";
import { c, defineTable, openStorage, type ManagedSchema, type Storage, type StorageOptions } from "@td/storage";
import { provisionPostgres } from "@td/storage/postgres";
import Database from "better-sqlite3";
import postgres from "postgres";
import { expect, inject, onTestFinished } from "vitest";
import { folder, type Kind } from "./workbench.ts";

/** A row as plain texts. */
export type Cells = readonly (string | null)[];

/** A database of this test's own. */
export interface Place {
  /** The engine. */
  readonly kind: Kind;
  /** The URL of its owner. */
  readonly url: string;
  /** A migrator. */
  migrator(schemas: readonly ManagedSchema[], options?: MigratorOptions): Migrator;
  /** Runs statements as someone whom nothing holds, and gives the rows of the last. */
  run(...statements: readonly string[]): Promise<readonly Cells[]>;
  /** Opens it as an application, provisioned first on PostgreSQL unless told otherwise. */
  open(options?: StorageOptions, provision?: boolean): Promise<Storage>;
}

/** A database with nothing in it. */
export async function place(kind: Kind): Promise<Place> {
  return kind === "sqlite" ? onSqlite(join(folder(), "td.db")) : onPostgres();
}

function onSqlite(path: string): Place {
  const url = `sqlite:${path}`;
  return {
    kind: "sqlite",
    url,
    migrator: (schemas, options) => createMigrator(url, schemas, options),
    run: async (...statements) => {
      const database = new Database(path);
      try {
        database.pragma("foreign_keys = off");
        let rows: readonly Cells[] = [];
        for (const statement of statements) rows = sqliteRows(database, statement);
        return rows;
      } finally {
        database.close();
      }
    },
    open: (options = {}) => atEnd(openStorage(url, { durability: "normal", ...options })),
  };
}

function sqliteRows(database: Database.Database, statement: string): readonly Cells[] {
  if (!/^\s*(select|pragma|with)/i.test(statement)) {
    database.exec(statement);
    return [];
  }
  const rows = database.prepare(statement).raw().all() as (string | number | null)[][];
  return rows.map((row) => row.map(cell));
}

// Values of a database are texts, numbers and booleans here.
const cell = (value: string | number | boolean | null): string | null => (value === null ? null : String(value));

const random = (): string => randomBytes(6).toString("hex");

async function onPostgres(): Promise<Place> {
  const [name, owner, app, password] = [`td_${random()}`, `owner_${random()}`, `app_${random()}`, random()];
  const admin = inject("postgresUrl");
  await asking(admin, `create role ${owner} login createrole password '${password}'`, `create database ${name} owner ${owner}`);
  const at = (role: string): string => {
    const url = new URL(admin);
    [url.username, url.password, url.pathname] = [role, password, name];
    return url.href;
  };
  const superuser = new URL(admin);
  superuser.pathname = name;
  return {
    kind: "postgres",
    url: at(owner),
    migrator: (schemas, options) => createMigrator(at(owner), schemas, options),
    run: (...statements) => asking(superuser.href, ...statements),
    open: async (options = {}, provision = true) => {
      const { tables = [], schemas = [] } = options;
      if (provision) await provisionPostgres({ ownerUrl: at(owner), appRole: app, password, tables, schemas });
      return atEnd(openStorage(at(app), { durability: "normal", ...options }));
    },
  };
}

/** Runs statements on PostgreSQL; the rows of the last, as texts. */
export async function asking(url: string, ...statements: readonly string[]): Promise<readonly Cells[]> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined, fetch_types: false });
  try {
    let rows: readonly Cells[] = [];
    for (const statement of statements) {
      rows = ((await sql.unsafe(statement).values()) as unknown as (string | number | boolean | null)[][]).map((row) => row.map(cell));
    }
    return rows;
  } finally {
    await sql.end();
  }
}

async function atEnd(opening: Promise<Storage>): Promise<Storage> {
  const storage = await opening;
  onTestFinished(() => storage.close());
  return storage;
}

/** The error of a call that must fail. */
export async function failing(call: Promise<unknown>, code: MigrateError["code"]): Promise<MigrateError> {
  const error: unknown = await call.then(
    (value) => new Error(`expected ${code}, but it gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "MigrateError", code });
  return error as MigrateError;
}

/** Goes down with the confirmation of the plan. */
export async function downTo(migrator: Migrator, to: string): Promise<Awaited<ReturnType<Migrator["down"]>>> {
  const { confirm } = await migrator.plan({ down: to });
  return migrator.down({ to, confirm });
}

/** Goes up with the confirmation of the plan. */
export async function upConfirmed(migrator: Migrator): Promise<Awaited<ReturnType<Migrator["up"]>>> {
  const { confirm } = await migrator.plan();
  return migrator.up({ confirm });
}

const key = { primaryKey: ["userId", "id"] } as const;

/** A table as it was first. */
export const notesOne = defineTable("notes", { userId: c.text(), id: c.text(), body: c.text() }, key);
/** With a nullable column more. */
export const notesTwo = defineTable("notes", { ...notesOne.columns, mood: c.oneOf("good", "bad").nullable() }, key);
/** With a column that every row has, another condition, an index, and without the body. */
export const notesThree = defineTable(
  "notes",
  { userId: c.text(), id: c.text(), title: c.text(), mood: c.oneOf("good", "bad", "fair").nullable(), weight: c.decimal(20, 4).nullable() },
  { ...key, indexes: { by_title: ["userId", "title"] }, checks: { weight_positive: { column: "weight", is: ">", value: "0" } } },
);
/** Rows that refer to notes and go with them. */
export const remarks = defineTable(
  "remarks",
  { userId: c.text(), id: c.text(), noteId: c.text() },
  { ...key, foreignKeys: [{ columns: ["userId", "noteId"], references: "notes", to: ["userId", "id"], onDelete: "cascade" }] },
);
