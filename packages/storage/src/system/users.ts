// The users that have rows: found by leaping from one to the next in each primary key, however many rows each has.
import { SYSTEM_MARK } from "../care/explain.ts";
import type { AnyTable } from "../table/types.ts";
import type { SystemEngine } from "./system-engine.ts";

/** The users that have rows in any of the tables, sorted by code point. */
export async function usersOf(engine: Pick<SystemEngine, "all">, tables: readonly AnyTable[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const { name } of tables) for (const [user] of await engine.all(leaps(name))) found.add(String(user));
  return [...found].toSorted();
}

function leaps(table: string): string {
  return `${SYSTEM_MARK}with recursive u(id) as (
  select min("user_id") from "${table}"
  union all select (select min(t."user_id") from "${table}" as t where t."user_id" > u.id) from u where u.id is not null
) select id from u where id is not null`;
}
