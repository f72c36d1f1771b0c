// td's own history: a database as an old version of td had made it is brought to the newest form, rows and all, and opens.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { importRuns, migrateSchema } from "@td/migrate";
import { defineSchema, sql, storageSchema } from "@td/storage";
import { expect, test } from "vitest";
import { downTo, failing, place, upConfirmed, type Place } from "./migrator-support.ts";
import { KINDS, type Kind } from "./workbench.ts";

// What the version with the commit "Run the ledger on PostgreSQL" wrote to an empty database, word for word, but for three of the four views.
const fixture = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/first-form.json"), "utf8")) as Record<Kind, readonly string[]>;

async function oldDatabase(kind: Kind): Promise<Place> {
  const old = await place(kind);
  await old.run(...fixture[kind]);
  if (kind === "postgres") {
    const owner = new URL(old.url).username;
    const names = await old.run(
      `select relname, relkind from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')`,
    );
    await old.run(...names.map(([name, relkind]) => `alter ${relkind === "v" ? "view" : "table"} "${name}" owner to ${owner}`));
  }
  const [d, t] = kind === "sqlite" ? [(v: string) => `'1${v.padStart(20, "0")}${"0".repeat(18)}'`, "0"] : [(v: string) => v, "'epoch'"];
  const fill = (id: string, side: string): string =>
    `insert into fills (user_id, id, account, symbol, side, quantity, price, fee, executed_at, source, ingest_seq) values ('ada', '${id}', '', 'BTC-USD', '${side}', ${d("1")}, ${d("2")}, ${d("0")}, ${t}, 'x', 1)`;
  const log = `insert into fifo_computation_log (user_id, run_id, allocation_version, status, started_at, symbols_processed, trades_processed, buys_processed, sells_processed, allocations_created, computation_mode, triggered_by, rules, input_fingerprint) values ('ada', 'r', 1, 'completed', ${t}, '["BTC-USD"]', 2, 1, 1, 1, 'full', 'manual', '{}', 'f')`;
  const pointer = `insert into fifo_current_version values ('ada', 'BTC-USD', 1, 'f', 1, ${t})`;
  await old.run(fill("b", "buy"), fill("s", "sell"), log, pointer);
  return old;
}

test.each(KINDS)(
  "a database of td's first form on %s is refused with the way on, migrated, equal to a new one, and opens with its rows",
  async (kind) => {
    const old = await oldDatabase(kind);
    const refused = old.open(undefined, kind === "postgres");
    await expect(refused).rejects.toMatchObject({
      code: "schema-mismatch",
      message: expect.stringContaining("createMigrator(url, [storageSchema"),
    });

    const migrator = old.migrator([storageSchema]);
    const plan = await migrator.plan();
    expect(plan.migrations.map(({ migration, action }) => `${action} ${migration}`)).toEqual([
      "run td.storage/0001-fills-by-order",
      "run td.storage/0002-ledger-in-runs",
      "run td.storage/0003-totals-of-trades",
    ]);
    expect(plan.destroys.map(({ table, rows }) => `${rows} ${table}`)).toEqual([
      "0 fifo_allocations",
      "1 fifo_current_version",
      "0 fifo_inventory_snapshot",
    ]);
    expect((await failing(migrator.up(), "not-confirmed")).message).toContain("1 rows of fifo_current_version");
    await upConfirmed(migrator);

    expect(await migrator.verify()).toEqual([]);
    expect(await migrator.up()).toMatchObject({ ran: [] });
    const me = (await old.open()).forUser("ada");
    expect(await me.fills.count()).toBe(2);
    expect(await me.ledger.compute()).toMatchObject({ version: 2 });
    expect(await me.sql("select total_pnl from v_pnl_by_symbol")).toHaveLength(1);
  },
);

test("a database whose migrations have all run, by a td that believed a setting alone, is brought behind the users' proofs by up()", async () => {
  const at = await place("postgres");
  const migrator = at.migrator([storageSchema]);
  await migrator.up();
  const rule = "user_id = (select nullif(current_setting('app.user_id', true), ''))";
  const tables = storageSchema.tables.map(({ name }) => `create policy td_user on "${name}" using (${rule}) with check (${rule})`);
  await at.run("drop view td_scope_user cascade", "drop table td_scope_key cascade", ...tables);
  expect((await migrator.verify()).length).toBeGreaterThan(0);
  await migrator.up();
  expect(await migrator.verify()).toEqual([]);
  expect(await (await at.open()).forUser("ada").fills.count()).toBe(0);
});

test.each(KINDS)("td's migrations on %s lead back as well: the old form has its rows again, and is recognised again", async (kind) => {
  const old = await oldDatabase(kind);
  const migrator = old.migrator([storageSchema]);
  await upConfirmed(migrator);
  await downTo(migrator, "td.storage/0001-fills-by-order");
  await old.run("update trades set pnl = pnl");
  expect(await old.run("select symbol, allocation_version from fifo_current_version")).toEqual([["BTC-USD", "1"]]);
  expect(await old.run("select status from fifo_computation_log")).toEqual([["completed"]]);
  await expect(old.open(undefined, kind === "postgres")).rejects.toMatchObject({ code: "schema-mismatch" });
  await upConfirmed(migrator);
  expect(await migrator.verify()).toEqual([]);
});

test.each(KINDS)("a new database on %s is recorded as having all of td's migrations, whoever makes it", async (kind) => {
  const [opened, migrated] = [await place(kind), await place(kind)];
  await opened.open({ schemas: [migrateSchema] });
  await migrated.migrator([storageSchema, migrateSchema]).up();
  for (const each of [opened, migrated]) {
    const migrator = each.migrator([storageSchema, migrateSchema]);
    expect((await migrator.status()).map(({ migration, state, how }) => [migration, state, how])).toEqual([
      ["td.storage/0001-fills-by-order", "applied", "created"],
      ["td.storage/0002-ledger-in-runs", "applied", "created"],
      ["td.storage/0003-totals-of-trades", "applied", "created"],
    ]);
    expect(await migrator.verify()).toEqual([]);
    expect(await migrator.up()).toMatchObject({ ran: [] });
  }
  const me = (await migrated.open({ schemas: [migrateSchema] })).forUser("ada");
  expect([await me.fills.count(), await me.table(importRuns).count()]).toEqual([0, 0]);
});

test.each(KINDS)("a host's migration that changes closes on %s takes their totals away, and is not refused for it", async (kind) => {
  const own = await place(kind);
  await own.migrator([storageSchema]).up();
  const me = (await own.open()).forUser("ada");
  const close = { symbol: "X", tradeType: "LONG", action: "CLOSE", entryPrice: "1", exitPrice: "1", size: "1", pnl: "1" } as const;
  await me.trades.insert({ id: "1", ...close, executedAt: "2025-03-01T00:00:00Z" });
  const [day, zero] = kind === "sqlite" ? ["1740787200000000", `'1${"0".repeat(94)}'`] : ["'2025-03-01T00:00:00Z'", "0"];
  await own.run(
    `insert into trades_totals (user_id, first_at, last_at, closes, wins, losses, pnl) values ('ada', ${day}, ${day}, 1, 0, 0, ${zero})`,
  );
  const change = sql({ does: "set a profit right", up: "update trades set pnl = pnl where id = '1'", touches: ["trades"], destroys: [] });
  const host = defineSchema({ name: "host", migrations: [{ id: "0001-profit", up: [change] }] });
  await own.migrator([storageSchema, host]).up();
  expect(await own.run("select count(*) from trades_totals")).toEqual([["0"]]);
});
