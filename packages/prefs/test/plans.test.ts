// Every statement that preferences make is found by an index of the user's, on both engines.
import { expect, test } from "vitest";
import { createPreferences } from "../src/index.ts";
import { tradingPreferences } from "../src/trading.ts";
import { historyOf, KINDS, newUser, refusalOf, storageOn } from "./workbench.ts";

test.each(KINDS)("no query on %s reads a user's table from end to end, or sorts a page", async (kind) => {
  const storage = await storageOn(kind);
  const prefs = createPreferences(tradingPreferences, { storage });
  const user = newUser();
  await prefs.patch(user, { universe: "NIFTY100", disclosureAccepted: true, disclosureVersion: "v1" });
  await prefs.patch(user, { universe: "NIFTY500" }, { ifRevision: 1 });
  await refusalOf(prefs.patch(user, { universe: "BANKNIFTY" }, { baseRevision: 1 }));
  const empty = { schemaVersion: 2, preferences: { riskProfile: "Aggressive" }, unread: {} };
  await prefs.importOnce(user, "1", { ...empty, watchlist: [{ symbol: "A" }], dismissed: [{ id: "a" }] });
  await prefs.importReport(user, "1");
  const list = prefs.watchlist(user);
  await list.add("B", { notes: "n" });
  await list.replace([{ symbol: "B", notes: "m" }]);
  await list.check("B");
  await list.list();
  await prefs.dismissed(user).dismiss("b");
  await prefs.dismissed(user).restore("b");
  await prefs.dismissed(user).list();
  await prefs.acceptances(user);
  await historyOf(prefs, user);
  await prefs.historyPage(user, { before: 5 });
  expect((await storage.explainAll()).problems).toEqual([]);
});
