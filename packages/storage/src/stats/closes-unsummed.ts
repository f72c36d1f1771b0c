// The stretches of users' time that no total covers, as SQL over the rows of all users: what is left to add up.
import { MAX_INSTANT, MIN_INSTANT, writeInstant } from "@td/fifo/values";
import type { SystemValue } from "../system/system-engine.ts";
import type { Engine } from "../table/types.ts";

/** Moments between an engine and this side, as microseconds since 1970. */
export interface Moments {
  /** A parameter, by its place. */
  readonly given: (place: number) => string;
  /** The value of a parameter. */
  readonly write: (micros: number) => SystemValue;
  /** A column's microseconds. */
  readonly read: (column: string) => string;
  /** A moment as a literal. */
  readonly literal: (micros: number) => string;
  /** The microsecond before a moment. */
  readonly before: (moment: string) => string;
}

/** The moments of each engine. */
export const MOMENTS: Readonly<Record<Engine, Moments>> = {
  sqlite: {
    given: (place) => `?${place}`,
    write: (micros) => micros,
    read: (column) => column,
    literal: String,
    before: (moment) => `${moment} - 1`,
  },
  postgres: {
    given: (place) => `cast(?${place} as timestamptz)`,
    write: writeInstant,
    read: (column) => `(extract(epoch from ${column}) * 1000000)::bigint`,
    literal: (micros) => `timestamptz '${writeInstant(micros)}'`,
    before: (moment) => `${moment} - interval '1 microsecond'`,
  },
};

/** Before all moments, and behind them. */
export const [BEFORE_ALL, BEHIND_ALL] = [MIN_INSTANT - 1, MAX_INSTANT + 1];

/** Users with trades, one after the other in an index, as the table `people(id)`; the last one is null. */
export const PEOPLE = `people(id) as (
  select min(user_id) from trades union all select (select min(t.user_id) from trades t where t.user_id > p.id) from people p where p.id is not null
)`;

/** Which stretches are looked at, as SQL. */
export interface Stretch {
  /** From this moment on; default all. */
  readonly since?: string | undefined;
  /** Before this moment; default all. */
  readonly until?: string | undefined;
  /** A further condition on the totals; default none. */
  readonly condition?: string;
}

/**
 * The tables `used`, the totals that lie within a stretch, and `gaps(user_id, starts, ends)`, what of the stretch is between them, both ends outside.
 * Goes behind `with recursive` and a table `people(id)` of users.
 */
export function gapsSql(engine: Engine, { since, until, condition = "1 = 1" }: Stretch): string {
  const { literal, before } = MOMENTS[engine];
  const low = since === undefined ? literal(BEFORE_ALL) : before(since);
  const high = until ?? literal(BEHIND_ALL);
  return `used as (select * from trades_totals where first_at > ${low} and last_at < ${high} and ${condition}),
edges(user_id, starts, ends) as (
  select user_id, lag(last_at, 1, ${low}) over (partition by user_id order by first_at), first_at from used
  union all select user_id, max(last_at), ${high} from used group by user_id
  union all select id, ${low}, ${high} from people where id is not null and not exists (select 1 from used u where u.user_id = people.id)
), gaps as materialized (select user_id, starts, ends from edges where starts < ${before("ends")})`;
}

/** The closes in a gap `g` of a user, named `t`. */
export const CLOSES_IN_GAP =
  "trades t where t.user_id = g.user_id and t.action = 'CLOSE' and t.executed_at > g.starts and t.executed_at < g.ends";
