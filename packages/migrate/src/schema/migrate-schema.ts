// The schema of this package's own tables.
import { defineSchema } from "@td/storage";
import type { ManagedSchema } from "@td/storage";
import { dualWriteTables } from "../dual-write/tables.ts";
import { importTables } from "../import/tables.ts";

/** The tables of imports and of dual writes, for hosts that use both: `createMigrator(url, [storageSchema, migrateSchema, ...yours])`. */
export const migrateSchema: ManagedSchema = defineSchema({ name: "td.migrate", tables: [...importTables, ...dualWriteTables] });
