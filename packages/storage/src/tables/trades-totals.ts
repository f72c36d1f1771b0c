// What closes come to, stretch by stretch of a user's time: sums over some 256 closes each, made by `storage.maintain()` and taken away by the
// database itself when a close in the stretch is changed or deleted, and by whoever writes one. What is there is therefore right, and what is not is added up.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { AnyTable, Engine } from "../table/types.ts";

/** The totals. A user's stretches do not overlap. The name sorts behind `trades`: whoever loads tables by name loads what they are made of first. */
export const tradesTotals = defineTable(
  "trades_totals",
  {
    /** The user. */
    userId: c.text(),
    /** The first moment of the stretch. */
    firstAt: c.instant(),
    /** The last moment of the stretch. */
    lastAt: c.instant(),
    /** CLOSE trades in it. */
    closes: c.int(),
    /** Those with profit above 0. */
    wins: c.int(),
    /** Those with profit below 0. */
    losses: c.int(),
    /** Their profit. */
    pnl: c.decimal(94, 36),
  },
  { primaryKey: ["userId", "firstAt"], digested: false },
);

/** Tables that follow from others: a change of those takes rows of these away, whoever makes it. */
export const DERIVED_TABLES: readonly string[] = [tradesTotals.name];

/**
 * The condition on the totals of a user that overlap a stretch of time. Stretches do not overlap each other, so the earliest begins where the index says.
 * On SQLite with plain `?` the parameters are user, user, first, first, last, first.
 */
export function overlappingTotals(user: string, first: string, last: string): string {
  return `"user_id" = ${user} and "first_at" >= coalesce(
    (select max(t."first_at") from "trades_totals" t where t."user_id" = ${user} and t."first_at" <= ${first}), ${first})
    and "first_at" <= ${last} and "last_at" >= ${first}`;
}

const sqliteForget = (row: "old" | "new"): string =>
  `delete from "trades_totals" where ${overlappingTotals(`${row}."user_id"`, `${row}."executed_at"`, `${row}."executed_at"`)};`;

// None after an insert: see forgetTotals. What others insert is found out by `storage.maintain()`, which counts.
const SQLITE: readonly string[] = [
  `create trigger if not exists "trades_totals_update" after update of "user_id", "action", "executed_at", "pnl" on "trades" begin
  ${sqliteForget("old")} ${sqliteForget("new")} end`,
  `create trigger if not exists "trades_totals_delete" after delete on "trades" when old."action" = 'CLOSE' begin
  ${sqliteForget("old")} end`,
];

/** Users of one statement up to whom each is locked for himself: a server has room for some thousands of such locks. */
const MANY_USERS = 100;

// It works for each user whose rows were written, whoever wrote them: the owner sees no user's totals otherwise, so it binds each, with the proof that
// the owner alone can make. The application's role writes the rows of whom it is bound to; whoever sees all rows needs no proof. The lock is that of the user's
// transactions, which adding up takes as well: totals are not made of rows that are being changed.
const POSTGRES: readonly string[] = [
  `create or replace function "trades_totals_forget"() returns trigger language plpgsql
set search_path from current set row_security = on as $td$
declare
  stretch record;
  asked text := coalesce(current_setting('app.user_id', true), '');
  proved text := coalesce(current_setting('app.user_proof', true), '');
begin
  if tg_op = 'TRUNCATE' then truncate "trades_totals"; return null; end if;
  if (select count(distinct user_id) > ${MANY_USERS} from changed where action = 'CLOSE') then lock table "trades_totals" in exclusive mode; end if;
  for stretch in select user_id, min(executed_at) as starts, max(executed_at) as ends, count(*) over () <= ${MANY_USERS} as few
    from changed where action = 'CLOSE' group by user_id order by user_id
  loop
    if stretch.few then perform pg_advisory_xact_lock(hashtextextended(stretch.user_id, 7464)); end if;
    perform set_config('app.user_id', stretch.user_id, true);
    if stretch.user_id <> asked and has_table_privilege('td_scope_key', 'select') then
      perform set_config('app.user_proof', encode(sha256(k.key || convert_to(stretch.user_id, 'UTF8') || k.key), 'hex'), true) from td_scope_key k;
    end if;
    delete from "trades_totals" where ${overlappingTotals("stretch.user_id", "stretch.starts", "stretch.ends")};
  end loop;
  perform set_config('app.user_id', asked, true), set_config('app.user_proof', proved, true);
  return null;
end $td$`,
  ...(
    [
      ["insert", "insert", "new"],
      ["update_old", "update", "old"],
      ["update_new", "update", "new"],
      ["delete", "delete", "old"],
    ] as const
  ).map(
    ([name, event, which]) =>
      `create or replace trigger "trades_totals_${name}" after ${event} on "trades" referencing ${which} table as changed for each statement execute function "trades_totals_forget"()`,
  ),
  `create or replace trigger "trades_totals_truncate" after truncate on "trades" for each statement execute function "trades_totals_forget"()`,
];

/** The statements by which a database takes totals away when closes change; safe to repeat. None for a schema without the table. */
export function totalsTriggers(tables: readonly AnyTable[], engine: Engine): readonly string[] {
  if (!tables.includes(tradesTotals)) return [];
  return engine === "sqlite" ? SQLITE : POSTGRES;
}

/** The statements that take {@link totalsTriggers} back. */
export const DROP_TOTALS_TRIGGERS: Readonly<Record<Engine, readonly string[]>> = {
  sqlite: ["update", "delete"].map((event) => `drop trigger if exists "trades_totals_${event}"`),
  postgres: [`drop function if exists "trades_totals_forget"() cascade`],
};

/** Whether a trigger, by its name, is one of them. */
export const TOTALS_TRIGGER = "trades_totals_";
