// The review queue after a switch: what a version finds is open, what it does not find any more is closed. A dismissed item stays dismissed.
import { fixed } from "./decimal-sql.ts";
import type { LedgerWriter } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { LedgerQuery } from "./query.ts";
import type { ReviewChanges } from "./types.ts";
import type { ViewDialect } from "./view-dialect.ts";

// High, not medium: the profit of such a sell is missing from every total until somebody acts.
const SEVERITY = "high";

/** A statement over user ?1, version ?2 and instant ?3. */
const statement = (sql: (d: ViewDialect) => string): LedgerQuery => query(sql, ["text", "int", "instant"]);

/** Unmatched sells of version ?2, looked up once; the notes begin with `UNMATCHED: `. */
const found = (
  d: ViewDialect,
): string => `with found as materialized (select a.sell_order_id as order_id, 'No buy covers ' || (${d.text(fixed("a.allocated_size", 38, 18))})
    || ' of this sell of ' || a.symbol || ' at ' || ${d.instant("a.sell_time")} || ': ' || substr(a.notes, 12) || '.' as description
  from fifo_allocations a where a.user_id = ?1 and a.allocation_version = ?2 and a.kind = 'unmatched')`;
const ITEM = `q.user_id = ?1 and q.order_id = n.order_id and q.issue_type = 'unmatched_sell'`;

// The resolution is kept: it says how the item had been resolved before.
const REOPEN = statement(
  (
    d,
  ) => `${found(d)} update manual_review_queue as q set status = 'pending', description = n.description, updated_at = ?3, resolved_at = null,
    resolved_by = null, opened_by_version = ?2, closed_by_version = null
  from found n where ${ITEM} and q.status = 'resolved'`,
);

const DESCRIBE = statement(
  (d) => `${found(d)} update manual_review_queue as q set description = n.description, updated_at = ?3
  from found n where ${ITEM} and q.status <> 'resolved' and q.description <> n.description`,
);

const OPEN = statement(
  (d) => `${found(d)} insert into manual_review_queue
    (user_id, order_id, issue_type, severity, status, description, created_at, updated_at, opened_by_version)
  select ?1, n.order_id, 'unmatched_sell', '${SEVERITY}', 'pending', n.description, ?3, ?3, ?2 from found n where true
  on conflict do nothing`,
);

/** A row of the sell in the version that is current for its symbol. Without statistics SQLite would rather read all rows of the user. */
const nowIs = (d: ViewDialect, kind: string): string =>
  `exists (select 1 from fifo_allocations a ${d.byIndex("fifo_allocations_by_sell")} cross join fifo_current_version c
    where a.user_id = q.user_id and a.sell_order_id = q.order_id and a.kind = '${kind}'
      and c.user_id = a.user_id and c.symbol = a.symbol and c.allocation_version = a.allocation_version)`;

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
export async function updateReviewQueue(db: LedgerWriter, userId: string, version: number, at: string): Promise<ReviewChanges> {
  const params = [userId, version, at];
  const reopened = await db.run(REOPEN, params);
  await db.run(DESCRIBE, params);
  const opened = await db.run(OPEN, params);
  return { opened, reopened, closed: await db.run(CLOSE, params) };
}
