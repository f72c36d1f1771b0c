// No query of the ledger reads all of a user's fills or allocations when it wants a few: SQLite's plans for every statement it ran.
import { expect, test } from "vitest";
import { join } from "node:path";
import { openStorage } from "../src/index.ts";
import { collect, compute, fill, fills, importFills, rawConnection, tempFolder } from "./ledger-support.ts";

/** Statements that are about all of a user's fills by intent. */
const WHOLE = ["select symbol, count(*), max(ingest_seq) from fills"];

test("every statement finds its rows of the large tables by more than the user", async () => {
  const file = join(tempFolder(), "plans.db");
  const shapes = new Set<string>();
  const storage = await openStorage(`sqlite:${file}`, { onQuery: ({ shape }) => shapes.add(shape) });
  const { ledger, ...me } = storage.forUser("ann");
  const scope = { ...me, ledger };
  await importFills(scope, fills("b buy 1 @ 1 fee 0.1 in AAA", "s sell 2 @ 1"));
  await compute(scope);
  await importFills(scope, [fill("late buy 5 @ 1 at -1")]);
  await compute(scope);
  await compute(scope);
  await collect(ledger.allocations());
  await Promise.all([
    ledger.current(),
    ledger.versions(),
    ledger.openLots({ version: 1 }),
    ledger.pnlBySymbol(),
    ledger.health(),
    ledger.reviewQueue(),
    ledger.reviewQueue({ status: "pending" }),
    ledger.compare(1, 2),
    ledger.explain("s"),
    ledger.validate(),
    ledger.digest(1),
  ]);
  const db = rawConnection(file);
  const plans = [...shapes]
    .filter((sql) => !WHOLE.some((whole) => sql.startsWith(whole)))
    .flatMap((sql) => {
      const binds = Array.from(sql.matchAll(/\?/g), () => null);
      return db
        .prepare<unknown[], { detail: string }>(`explain query plan ${sql}`)
        .all(...binds)
        .map(({ detail }) => `${detail}   <- ${sql.slice(0, 60)}`);
    });
  expect(shapes.size).toBeGreaterThan(25);
  expect(plans.length).toBeGreaterThan(40);
  const large = plans.filter((plan) => /^(SCAN|SEARCH) (fills|f|fifo_allocations|a|fifo_inventory_snapshot)\b/.test(plan));
  expect(large.length).toBeGreaterThan(10);
  expect(large.filter((plan) => plan.startsWith("SCAN") || / \(user_id=\?\)/.test(plan))).toEqual([]);
  await storage.close();
});
