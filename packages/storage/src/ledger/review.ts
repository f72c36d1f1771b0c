// The review queue after a switch: what a version finds is open, what it does not find any more is closed. A dismissed item stays dismissed.
import { fixed } from "./decimal-sql.ts";
import type { LedgerWriter } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { Cell, LedgerQuery } from "./query.ts";
import type { ReviewChanges } from "./types.ts";
import type { ViewDialect } from "./view-dialect.ts";

// High, not medium: the profit of such a sell is missing from every total until somebody acts.
const SEVERITY = "high";

/** A statement over user ?1, version ?2 and instant ?3. */
const statement = (sql: (d: ViewDialect) => string): LedgerQuery => query(sql, ["text", "int", "instant"]);

const CURRENT_ROW = `a.user_id = c.user_id and a.symbol = c.symbol and a.base_version = c.base_version and a.seq < c.allocations`;

/**
 * Unmatched sells that version ?2 tells of: those it found, and of the symbols that it went on with those that are in the queue already. The
 * notes begin with `UNMATCHED: `.
 */
const told = (d: ViewDialect): string => `
  select a.sell_order_id, a.allocated_size, a.symbol, a.sell_time, a.notes from fifo_current_version c cross join fifo_allocations a
  where c.user_id = ?1 and c.allocation_version = ?2 and ${CURRENT_ROW} and a.seq >= c.first_seq and a.kind = 'unmatched'
  union
  select a.sell_order_id, a.allocated_size, a.symbol, a.sell_time, a.notes
  from manual_review_queue q cross join fifo_allocations a ${d.byIndex("fifo_allocations_by_sell")} cross join fifo_current_version c
  where q.user_id = ?1 and q.issue_type = 'unmatched_sell' and a.user_id = q.user_id and a.sell_order_id = q.order_id and a.kind = 'unmatched'
    and c.allocation_version = ?2 and c.first_seq > 0 and ${CURRENT_ROW}`;
/** Unmatched sells of all current versions. */
const everything = (): string => `
  select a.sell_order_id, a.allocated_size, a.symbol, a.sell_time, a.notes from fifo_current_version c cross join fifo_allocations a
  where c.user_id = ?1 and ${CURRENT_ROW} and a.kind = 'unmatched'`;

const foundOf = (d: ViewDialect, source: string): string => `with told as (${source}
), found as materialized (select t.sell_order_id as order_id, 'No buy covers ' || (${d.text(fixed("t.allocated_size", 38, 18))})
    || ' of this sell of ' || t.symbol || ' at ' || ${d.instant("t.sell_time")} || ': ' || substr(t.notes, 12) || '.' as description from told t)`;
const ITEM = `q.user_id = ?1 and q.order_id = n.order_id and q.issue_type = 'unmatched_sell'`;

/** A row of the sell in the version that is current for its symbol. Without statistics SQLite would rather read all rows of the user. */
const nowIs = (d: ViewDialect, kind: string): string =>
  `exists (select 1 from fifo_allocations a ${d.byIndex("fifo_allocations_by_sell")} cross join fifo_current_version c
    where a.user_id = q.user_id and a.sell_order_id = q.order_id and a.kind = '${kind}'
      and ${CURRENT_ROW})`;

/** The steps that bring the queue up to what is found. */
interface Steps {
  readonly reopen: LedgerQuery;
  readonly describe: LedgerQuery;
  readonly open: LedgerQuery;
}

function stepsOf(source: (d: ViewDialect) => string): Steps {
  const found = (d: ViewDialect): string => foundOf(d, source(d));
  return {
    // The resolution is kept: it says how the item had been resolved before.
    reopen: statement(
      (
        d,
      ) => `${found(d)} update manual_review_queue as q set status = 'pending', description = n.description, updated_at = ?3, resolved_at = null,
        resolved_by = null, opened_by_version = ?2, closed_by_version = null
      from found n where ${ITEM} and q.status = 'resolved'`,
    ),
    describe: statement(
      (d) => `${found(d)} update manual_review_queue as q set description = n.description, updated_at = ?3
      from found n where ${ITEM} and q.status <> 'resolved' and q.description <> n.description`,
    ),
    open: statement(
      (d) => `${found(d)} insert into manual_review_queue
        (user_id, order_id, issue_type, severity, status, description, created_at, updated_at, opened_by_version)
      select ?1, n.order_id, 'unmatched_sell', '${SEVERITY}', 'pending', n.description, ?3, ?3, ?2 from found n where true
      on conflict do nothing`,
    ),
  };
}

const OF_VERSION = stepsOf(told);
const OF_ALL = stepsOf(everything);

const CLOSE = statement(
  (
    d,
  ) => `update manual_review_queue as q set status = 'resolved', updated_at = ?3, resolved_at = ?3, resolved_by = 'ledger', closed_by_version = ?2,
    resolution = case when ${nowIs(d, "dust")} then 'classified as dust by version ' || cast(?2 as integer)
      when ${nowIs(d, "matched")} then 'matched by version ' || cast(?2 as integer)
      else 'not sold any more in version ' || cast(?2 as integer) end
  where q.user_id = ?1 and q.status in ('pending', 'in_progress') and q.issue_type = 'unmatched_sell' and not ${nowIs(d, "unmatched")}`,
);

/** Brings the queue up to a version, inside the transaction that has just made it current. */
export function updateReviewQueue(db: LedgerWriter, userId: string, version: number, at: string): Promise<ReviewChanges> {
  return update(db, OF_VERSION, [userId, version, at]);
}

/** Brings the queue up to all current versions, inside the transaction that has just gone back to them. */
export function updateReviewQueueAll(db: LedgerWriter, userId: string, version: number, at: string): Promise<ReviewChanges> {
  return update(db, OF_ALL, [userId, version, at]);
}

async function update(db: LedgerWriter, { reopen, describe, open }: Steps, params: readonly Cell[]): Promise<ReviewChanges> {
  const reopened = await db.run(reopen, params);
  await db.run(describe, params);
  const opened = await db.run(open, params);
  return { opened, reopened, closed: await db.run(CLOSE, params) };
}
