// SQL that a host writes itself, in a user's scope: one statement that reads, and sees that user's rows alone.
import type { Decimal } from "decimal.js";
import { StorageError } from "./errors.ts";
import type { StorageFacts } from "./errors.ts";

/** A value of a row that raw SQL gave. */
export type SqlValue = string | number | boolean | Decimal | null | readonly unknown[] | { readonly [key: string]: unknown };

/** A row that raw SQL gave, by the names of its columns. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A value that raw SQL takes for a parameter. */
export type SqlParameter = string | number | null;

/** The refusal of a SQL text. The text itself is not repeated: a value may stand in it. */
export function refusedSql(why: string, facts: StorageFacts = {}): StorageError {
  return new StorageError(
    "not-allowed",
    `This SQL was not run: ${why}. me.sql runs one statement that reads; write through the repositories.`,
    { facts },
  );
}
