// A repository that notes what it has changed, for the feed.
import type { Repository, UpdateOptions } from "../repository.ts";
import { layoutOf } from "../table/layout.ts";
import { isRefusal } from "../table/sqlite-codec.ts";
import type { AnyTable, ChangesOf, InputOf, KeyOf } from "../table/types.ts";
import type { RowChange } from "./types.ts";

/** Runs a call and notes what it changed, in the transaction of the call. */
export type Noting<T extends AnyTable> = <R>(
  call: (rows: Repository<T>) => Promise<R>,
  changes: (result: R) => readonly RowChange[],
) => Promise<R>;

/** Rows of an import whose keys are told one by one; of more only the number is. */
const MOST_KEYS = 100;

/** The repository whose changes are noted. */
export function notingRepository<T extends AnyTable>(rows: Repository<T>, table: T, noting: Noting<T>): Repository<T> {
  const one = (change: "inserted" | "updated" | "deleted", row: object): readonly RowChange[] => [
    { table: table.name, change, key: keyOf(table, row) },
  ];
  // One function for both forms of the options, as the repository's own is.
  const importMany = async (given: Iterable<InputOf<T>>, options?: object) => {
    const [list, again] = replayable(given);
    return noting(
      (inner) => inner.importMany(again, options as { readonly onConflict: "update-if-newer" }),
      (result) => imported(table, list, result.written + (result.updated ?? 0)),
    );
  };
  return {
    ...rows,
    insert: (row: InputOf<T>) =>
      noting(
        (inner) => inner.insert(row),
        (inserted) => one("inserted", inserted),
      ),
    importMany: importMany as Repository<T>["importMany"],
    update: (key: KeyOf<T>, changes: ChangesOf<T>, options?: UpdateOptions) =>
      noting(
        (inner) => inner.update(key, changes, options),
        (row) => (row === null ? [] : one("updated", row)),
      ),
    delete: (key: KeyOf<T>) =>
      noting(
        (inner) => inner.delete(key),
        (deleted) => (deleted ? one("deleted", key) : []),
      ),
    deleteMany: (keys: readonly KeyOf<T>[]) =>
      noting(
        (inner) => inner.deleteMany(keys),
        (deleted) => deleted.flatMap((key) => one("deleted", key)),
      ),
  };
}

/**
 * The rows given, as far as they were read, and what gives them as often as it is asked. An array stays one, for the engines do better with it.
 * Other rows are read while they are written: a source that fails does so inside the call, and a call that runs again begins anew.
 */
function replayable<R>(given: Iterable<R>): readonly [list: readonly R[], again: Iterable<R>] {
  if (Array.isArray(given)) return [given as readonly R[], given];
  const list: R[] = [];
  const source = given[Symbol.iterator]();
  const again = {
    *[Symbol.iterator]() {
      for (let at = 0; ; at++) {
        if (at === list.length) {
          const next = source.next();
          if (next.done === true) return;
          list.push(next.value);
        }
        yield list[at] as R;
      }
    },
  };
  return [list, again];
}

function imported(table: AnyTable, rows: readonly object[], written: number): readonly RowChange[] {
  if (written === 0) return [];
  if (written < rows.length || written > MOST_KEYS) return [{ table: table.name, change: "imported", rows: written }];
  return rows.map((row) => ({ table: table.name, change: "inserted" as const, key: keyOf(table, row) }));
}

/** The key of a row in canonical form, without the user. */
function keyOf(table: AnyTable, row: object): Readonly<Record<string, unknown>> {
  const given = new Map(Object.entries(row));
  const key = layoutOf(table).key.filter(({ property }) => property !== "userId");
  return Object.fromEntries(
    key.map(({ property, codec }) => {
      const stored = codec.encode(given.get(property));
      return [property, isRefusal(stored) ? null : (JSON.parse(codec.canonical(stored)) as unknown)];
    }),
  );
}
