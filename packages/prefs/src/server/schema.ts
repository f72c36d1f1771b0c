// The schema of preferences: what a migrator brings databases to.
import { createTable, defineSchema, type ManagedSchema } from "@td/storage";
import { prefsTables } from "./tables.ts";

/**
 * The tables of preferences, for hosts that migrate their databases: `createMigrator(url, [storageSchema, prefsSchema, ...yours])` of @td/migrate, then
 * `openStorage(url, { schemas: [prefsSchema, ...yours] })`. With a table of your own, declare a schema of `[mine, ...prefsSideTables]`.
 */
export const prefsSchema: ManagedSchema = defineSchema({
  name: "td.prefs",
  tables: prefsTables,
  migrations: [{ id: "0001-preferences", up: prefsTables.map((table) => createTable(table)) }],
});
