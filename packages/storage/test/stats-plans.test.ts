// No statistic, and no call of the services, reads a table from end to end or without the user.
import { expect, it } from "vitest";
import { describeStorage, fill, openTemp } from "./support.ts";

const ROWS = 1000;
const START = Date.parse("2025-01-01T00:00:00Z");

describeStorage("the plans of the statistics", (kind) => {
  it("begin at the user in an index", { timeout: 60_000 }, async () => {
    const storage = await openTemp(kind, { tables: [] });
    const me = storage.forUser("heavy");
    await me.bots.importMany([
      { id: "b", name: "b" },
      { id: "c", name: "c" },
    ]);
    const close = { symbol: "X", tradeType: "LONG", action: "CLOSE", entryPrice: "1", exitPrice: "1", size: "1" } as const;
    const times = Array.from({ length: ROWS }, (_, at) => new Date(START + at * 600_000));
    await me.trades.importMany(times.map((executedAt, at) => ({ id: `${at}`, botId: "b", ...close, pnl: `${at % 7}`, executedAt })));
    await me.snapshots.importMany(times.map((at, n) => ({ botId: n % 2 === 0 ? "b" : "c", at, totalValue: `${n}` })));
    await me.fills.importMany(
      times.map((executedAt, at) => fill(`${at}`, { symbol: `S${at % 50}-USD`, side: at % 3 === 2 ? "sell" : "buy", executedAt })),
    );
    for (let light = 0; light < 9; light++) {
      const other = storage.forUser(`light ${light}`);
      await other.fills.insert(fill("1"));
      await other.trades.insert({ id: "1", ...close, pnl: "1", executedAt: new Date(START) });
    }
    await me.ledger.compute();
    await storage.maintain();
    for (const selection of [{}, { symbol: "X" }, { botId: "b" }, { since: times[9] ?? START.toString() }, { over: "ledger" as const }]) {
      await me.stats.winRate(selection);
      await me.stats.pnlByDay({ zone: "Europe/London", ...selection });
      await me.stats.best(3, selection);
      await me.stats.worst(3, selection);
    }
    for (const selection of [{}, { botId: "c" }, { until: times[99] ?? START.toString() }, { since: times[50] ?? START.toString() }]) {
      await me.stats.equityCurve(selection);
      await me.stats.drawdown(selection);
    }
    await me.services.runTask("t", async () => me.services.log("INFO", "m", "x"));
    await Promise.all([
      me.services.tasks({ name: "t" }),
      me.services.logs({ level: "INFO" }),
      me.services.prune({ before: times[0] ?? "" }),
    ]);
    expect((await storage.explainAll()).problems).toEqual([]);
  });
});
