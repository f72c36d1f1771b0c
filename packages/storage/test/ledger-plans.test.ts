// No query of the ledger reads all of a user's fills or allocations when it wants a few: the plans of every statement it ran, on both engines.
import Database from "better-sqlite3";
import postgres from "postgres";
import { describe, expect, test } from "vitest";
import { collect, compute, fill, fills, importFills, LEDGER_KINDS, openLedgerOn } from "./ledger-support.ts";
import type { LedgerKind } from "./ledger-support.ts";
import { execute, ownerUrl } from "./postgres-support.ts";

/** Statements that are about all of a user's fills by intent. */
const WHOLE = ["select symbol, count(*), max(ingest_seq) from fills"];

const LARGE = "fills|f|fifo_allocations|a|fifo_inventory_snapshot";

/** Every statement that a ledger runs. */
async function shapesOn(kind: LedgerKind): Promise<{ readonly url: string; readonly shapes: readonly string[] }> {
  const shapes = new Set<string>();
  const { url, me } = await openLedgerOn(kind, { onQuery: ({ shape }) => shapes.add(shape) });
  const { ledger } = me;
  await importFills(me, fills("b buy 1 @ 1 fee 0.1 in AAA", "s sell 2 @ 1"));
  await compute(me);
  await importFills(me, [fill("late buy 5 @ 1 at -1")]);
  await compute(me);
  await importFills(me, [fill("later buy 5 @ 1 at 9"), fill("last sell 9 @ 1 at 10")]);
  await compute(me);
  await compute(me);
  await collect(ledger.allocations());
  await Promise.all([
    ledger.current(),
    ledger.versions(),
    ledger.openLots({ version: 1 }),
    ledger.pnlBySymbol(),
    ledger.health(),
    ledger.reviewQueue(),
    ledger.reviewQueue({ status: "pending" }),
    ledger.compareVersions(1, 2),
    ledger.explain("s"),
    ledger.validate(),
    ledger.digest(1),
  ]);
  return { url, shapes: [...shapes].filter((sql) => !WHOLE.some((whole) => sql.startsWith(whole))) };
}

/** How each statement reads the large tables, and by which columns. */
type Plans = (url: string, shapes: readonly string[]) => Promise<readonly string[]>;

const sqlitePlans: Plans = async (url, shapes) => {
  const db = new Database(url.slice(7));
  const plans = shapes.flatMap((sql) => {
    const binds = Array.from(sql.matchAll(/\?/g), () => null);
    const lines = db.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...binds);
    return lines.map(({ detail }) => `${detail}   <- ${sql.slice(0, 60)}`);
  });
  db.close();
  return plans;
};

interface Node {
  readonly "Node Type": string;
  readonly Alias?: string;
  readonly "Index Cond"?: string;
  readonly "Recheck Cond"?: string;
  readonly Plans?: readonly Node[];
}

/** Rows of the same user beside those of the ledger, so that the server's choice is the one of a large table. */
const SEED = [
  `insert into fills (user_id, id, symbol, side, quantity, price, fee, account, executed_at, source, ingest_seq)
    select 'ann', 'g' || n, 'S' || n % 50, 'buy', 1, 1, 0, '', now(), '', 1000 + n from generate_series(1, 20000) n`,
  `insert into fifo_allocations (user_id, base_version, allocation_version, symbol, seq, sell_order_id, part, kind, account, allocated_size, sell_price, proceeds,
      net_proceeds, sell_fee, sell_time, notes, buy_order_id)
    select 'ann', -(n % 20), -(n % 20), 'S' || n % 50, n, 'g' || n, 0, 'unmatched', '', 1, 1, 1, 1, 0, now(), '', 'h' || n from generate_series(1, 40000) n`,
  `insert into fifo_inventory_snapshot (user_id, allocation_version, symbol, buy_order_id, seq, account, original_size, remaining_size, remaining_cost,
      buy_time, snapshot_time)
    select 'ann', -(n % 20), 'S' || n % 50, 'g' || n, n, '', 1, 1, 1, now(), now() from generate_series(1, 20000) n`,
  `insert into manual_review_queue (user_id, order_id, issue_type, severity, status, description, created_at, updated_at, opened_by_version)
    select 'ann', 'g' || n, 'unmatched_sell', 'high', 'resolved', '', now(), now(), 1 from generate_series(1, 5000) n`,
  "analyze",
];

/** As the application's role, so with the policies. */
const postgresPlans: Plans = async (url, shapes) => {
  await execute(ownerUrl(url), ...SEED);
  const app = postgres(url, { max: 1, onnotice: () => undefined, fetch_types: false });
  await app.unsafe("set app.user_id = 'ann'");
  const plans: string[] = [];
  for (const sql of shapes) {
    if (!/^(select|insert|update|delete|with)\b/.test(sql)) continue;
    const [[text] = []] = await app.unsafe(`explain (generic_plan, format json) ${sql}`).values();
    const visit = (node: Node): void => {
      const by = node["Index Cond"] ?? node["Recheck Cond"] ?? "";
      const how = /Index|Bitmap/.test(node["Node Type"]) ? `SEARCH ${node.Alias} ${by}` : `SCAN ${node.Alias}`;
      // The policy asks for the user once more, which is no second column.
      const columns = new Set(Array.from(by.matchAll(/\(?(\w+)\)? (?:=|>|>=|<|<=) /g), ([, column]) => column));
      if (node.Alias !== undefined && node["Node Type"] !== "ModifyTable")
        plans.push(`${how}${columns.size === 1 && columns.has("user_id") ? " (user_id=?)" : ""}   <- ${sql.slice(0, 60)}`);
      for (const child of node.Plans ?? []) visit(child);
    };
    const [{ Plan }] = (typeof text === "string" ? JSON.parse(text) : text) as [{ Plan: Node }];
    visit(Plan);
  }
  await app.end();
  return plans;
};

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  test("every statement finds its rows of the large tables by more than the user", async () => {
    const { url, shapes } = await shapesOn(kind);
    const plans = await (kind === "sqlite" ? sqlitePlans : postgresPlans)(url, shapes);
    expect(shapes.length).toBeGreaterThan(25);
    const large = plans.filter((plan) => new RegExp(`^(SCAN|SEARCH) (${LARGE})(_\\d+)?\\b`).test(plan));
    expect(large.length).toBeGreaterThan(10);
    expect(large.filter((plan) => plan.startsWith("SCAN") || / \(user_id=\?\)/.test(plan))).toEqual([]);
  });
});
