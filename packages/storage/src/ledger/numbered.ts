// SQL whose parameters have numbers, so that one value can stand in several places: better-sqlite3 binds lists to plain `?` only.
import type { Stored } from "../table/sqlite-codec.ts";

/** Takes the values of ?1, ?2, ... and gives what `Connection` takes: the SQL and the values in order. */
export type NumberedSql = (...params: readonly Stored[]) => [sql: string, params: readonly Stored[]];

/** Turns each `?N` of a SQL text into `?` and remembers which value belongs there. */
export function numbered(text: string): NumberedSql {
  const places: number[] = [];
  const sql = text.replaceAll(/\?(\d+)/g, (_, place: string) => {
    places.push(Number(place) - 1);
    return "?";
  });
  return (...params) => [sql, places.map((place) => params[place] ?? null)];
}
