// The tables of preferences through a migrator, as a host brings them in: up, in use, down without losing a row, up again.
import { createMigrator, type Migrator } from "@td/migrate";
import { storageSchema, type Storage } from "@td/storage";
import { migrationChecksum } from "@td/storage/internal";
import { describe, expect, onTestFinished, test } from "vitest";
import { createPreferences, prefsSchema } from "../src/index.ts";
import { tradingPreferences } from "../src/trading.ts";
import { emptyOn, KINDS } from "./workbench.ts";

const USERS = ["ada", "bob"] as const;

/** Uses a storage and closes it, as a program that is stopped for the migration. */
async function using<R>(open: () => Promise<Storage>, use: (storage: Storage) => Promise<R>): Promise<R> {
  const storage = await open();
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}

async function fill(storage: Storage): Promise<void> {
  const prefs = createPreferences(tradingPreferences, { storage });
  for (const user of USERS) {
    await prefs.patch(user, { universe: "NIFTY500", riskProfile: "Aggressive" });
    await prefs.patch(user, { riskProfile: "Conservative", disclosureAccepted: true, disclosureVersion: "v1" }, { reason: user });
    await prefs.watchlist(user).add("INFY", { exchange: "NSE", notes: user });
    await prefs.dismissed(user).dismiss("hc|Swing|NIFTY50|2026-01-09T09:00:11Z");
  }
}

async function rowsToLose(migrator: Migrator): Promise<Readonly<Record<string, number>>> {
  const { destroys } = await migrator.plan({ down: "td.prefs/none" });
  return Object.fromEntries(destroys.map(({ table, rows }) => [table, rows]));
}

describe.each(KINDS)("a migrator on %s", (kind) => {
  test("makes the tables, takes them away with every row kept aside, and makes them again", async () => {
    const { url, open, end } = await emptyOn(kind, [prefsSchema]);
    onTestFinished(end);
    const migrator = createMigrator(url, [storageSchema, prefsSchema]);
    expect((await migrator.up()).ran.map(({ migration }) => migration)).toContain("td.prefs");
    expect(await migrator.verify()).toEqual([]);
    await using(open, fill);

    expect(await rowsToLose(migrator)).toEqual({
      user_preferences: 2,
      user_watchlists: 2,
      user_dismissed_insights: 2,
      user_preference_audit: 8,
      user_acceptances: 2,
      user_preference_imports: 0,
    });
    await expect(migrator.down({ to: "td.prefs/none" })).rejects.toMatchObject({ code: "not-confirmed" });
    const { confirm } = await migrator.plan({ down: "td.prefs/none" });
    await migrator.down({ to: "td.prefs/none", confirm });
    const kept = (await migrator.history()).filter(({ rows }) => rows > 0);
    expect(kept.map(({ rows }) => rows).toSorted((a, b) => a - b)).toEqual([2, 2, 2, 2, 8]);

    // A schema of which nothing is there is made new; what was taken away stays in the history tables until somebody drops them.
    await migrator.up();
    expect(await migrator.verify()).toEqual([]);
    await using(open, fill);
    expect(await migrator.history()).toEqual(expect.arrayContaining(kept));
  });
});

// A migration that has run somewhere never changes. Whoever changes a table of preferences adds a migration, and keeps the older form for the first.
test("the migrations are what they were when they were published", () => {
  expect(prefsSchema.migrations.map((migration) => [migration.id, migrationChecksum(migration)])).toMatchInlineSnapshot(`
    [
      [
        "0001-preferences",
        "c1:3d964ce9f282538a72a16ddc6919dbc7fc8299b18db303a1c21d7231c70a3316",
      ],
    ]
  `);
});
