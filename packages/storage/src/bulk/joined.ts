// Two SQLite files in one connection: equal rows are found by SQLite itself, and none of them leaves it.
import { layoutOf } from "../table/layout.ts";
import type { AnyTable } from "../table/types.ts";
import { loadDriver } from "../sqlite/driver.ts";
import { columnsOf, condition } from "./bulk.ts";
import type { Bulk, Extent, KeyRange } from "./bulk.ts";

/** How many rows of a range are on each side, and how many are there on both with the same columns. */
export interface JoinedCounts {
  /** Rows of the first. */
  readonly a: number;
  /** Rows of the second. */
  readonly b: number;
  /** Rows that are the same. */
  readonly same: number;
}

/** Two files side by side. */
export interface Joined {
  /** Counts the rows of a range. Blocks for as long as it takes: give ranges of some ten thousand rows. */
  count(table: AnyTable, range: KeyRange, extent: Extent): JoinedCounts;
  /** Closes the connection. */
  close(): void;
}

/** Whether both are files of SQLite. */
export function canJoin(a: Bulk, b: Bulk): boolean {
  return [a, b].every(({ engine, path }) => engine === "sqlite" && path !== "" && path !== ":memory:");
}

/** Opens both files for reading. */
export async function openJoined(a: Bulk, b: Bulk): Promise<Joined> {
  const database = (await loadDriver())(a.path, { readonly: true, fileMustExist: true, timeout: 5000 });
  database.pragma("cache_size = -65536");
  database.prepare("attach ? as other").run(b.path);
  return {
    count: (table, range, extent) => {
      const [x, y] = [condition("sqlite", table, a.userId, range, "x."), condition("sqlite", table, b.userId, range, "y.")];
      const sql = joinSql(table, extent, x.where, y.where, b.userId === undefined);
      const params = [...x.params, ...y.params, ...(b.userId === undefined ? [] : [b.userId]), ...x.params];
      const [rowsA = 0, rowsB = 0, same = 0] = database
        .prepare(sql)
        .raw()
        .get(...params) as readonly number[];
      return { a: rowsA, b: rowsB, same };
    },
    close: () => void database.close(),
  };
}

function joinSql(table: AnyTable, extent: Extent, whereX: string, whereY: string, sameUser: boolean): string {
  const name = `"${table.name}"`;
  const key = layoutOf(table).key.map((column) =>
    column.property === "userId" && !sameUser ? `y."user_id" = ?` : `y."${column.name}" = x."${column.name}"`,
  );
  const equal = columnsOf(table, extent).map((column) => `x."${column.name}" is y."${column.name}"`);
  return `select (select count(*) from main.${name} as x where ${whereX}), (select count(*) from other.${name} as y where ${whereY}),
  (select count(*) from main.${name} as x cross join other.${name} as y on ${key.join(" and ")} where ${[whereX, ...equal].join(" and ")})`;
}
