// drizzle, from its CommonJS build: Node 24 parses drizzle's package.json (180 kB) anew for each of the 130 files of its ES build, which is
// most of a second at every start. drizzle knows its objects by registered symbols, so tables of this copy and a host's own copy go together.
import { createRequire } from "node:module";
import type * as Orm from "drizzle-orm";
import type * as PgCore from "drizzle-orm/pg-core";
import type * as PgProxy from "drizzle-orm/pg-proxy";
import type * as SqliteCore from "drizzle-orm/sqlite-core";
import type * as SqliteProxy from "drizzle-orm/sqlite-proxy";

const load = createRequire(import.meta.url);

/** Conditions and the `sql` tag. */
export const orm = load("drizzle-orm") as typeof Orm;

/** Tables of SQLite. */
export const sqlite = load("drizzle-orm/sqlite-core") as typeof SqliteCore;

/** Tables of PostgreSQL. */
export const postgres = load("drizzle-orm/pg-core") as typeof PgCore;

/** What compiles statements for SQLite. */
export const sqliteStatements = load("drizzle-orm/sqlite-proxy") as typeof SqliteProxy;

/** What compiles statements for PostgreSQL. */
export const postgresStatements = load("drizzle-orm/pg-proxy") as typeof PgProxy;
