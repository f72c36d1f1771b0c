// What a database is to contain: td's own tables and views, those of further schemas, and tables that belong to none.
import { StorageError } from "../errors.ts";
import type { Schema } from "../table/schema.ts";
import type { AnyTable } from "../table/types.ts";
import { checkedTables } from "../tables/index.ts";
import { storageSchema } from "./storage-schema.ts";
import type { ManagedSchema } from "./types.ts";

/** What a host has beside td's own. */
export interface Beside {
  /** Schemas. */
  readonly schemas?: readonly ManagedSchema[];
  /** Tables of no schema. */
  readonly tables?: readonly AnyTable[];
}

/** What the database of such a host is to contain. Throws `table-definition` when two schemas or two tables have one name. */
export function wantedSchema({ schemas = [], tables = [] }: Beside): Required<Schema> {
  const managed = [...new Set([storageSchema, ...schemas])];
  const twice = managed.find(({ name }, at) => managed.findIndex((other) => other.name === name) !== at);
  if (twice !== undefined) {
    throw new StorageError("table-definition", `Two different schemas are named ${twice.name}: rename one.`, {
      facts: { schema: twice.name },
    });
  }
  return {
    tables: checkedTables([...managed.flatMap((each) => each.tables), ...tables]),
    views: managed.flatMap(({ views }) => views),
    managed,
  };
}
