// What a database is to contain, and how td recognises what it made.
import { createHash } from "node:crypto";
import type { ManagedSchema } from "../migrations/types.ts";
import type { View } from "./define-view.ts";
import type { AnyTable } from "./types.ts";

/** What a database is to contain. */
export interface Schema {
  /** The tables. */
  readonly tables: readonly AnyTable[];
  /** The views. */
  readonly views: readonly View[];
  /** The schemas that these tables and views belong to and whose migrations are on record. Default none. */
  readonly managed?: readonly ManagedSchema[];
}

/** The fingerprint of the SQL that makes a table or view. */
export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** What to do about a database of an older form, for messages. */
export const howToMigrate =
  "If an older version made it, bring it to this one: createMigrator(url, [storageSchema, ...yours]).up() of @td/migrate.";
