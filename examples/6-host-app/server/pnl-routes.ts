// What the FIFO ledger says: profit by symbol and day, the lots behind one sell, and what a person should look at.
import { Hono } from "hono";
import type { Host, SignedIn } from "./host.ts";
import { pageRequest } from "./page-request.ts";
import { send } from "./wire.ts";

/** GET /pnl, /pnl/days, /sells, /sells/:id, /lots, /review; POST /reconcile. */
export function pnlRoutes(host: Host): Hono<SignedIn> {
  return new Hono<SignedIn>()
    .get("/pnl", async (context) => {
      const { ledger, stats } = context.get("me");
      const [symbols, winRate, best, worst] = await Promise.all([
        ledger.pnlBySymbol(),
        stats.winRate({ over: "ledger" }),
        stats.best(1, { over: "ledger" }),
        stats.worst(1, { over: "ledger" }),
      ]);
      return send(context, { symbols, winRate, best: best[0] ?? null, worst: worst[0] ?? null });
    })
    .get("/pnl/days", async (context) => {
      const zone = context.req.query("zone") ?? "UTC";
      return send(context, await context.get("me").stats.pnlByDay({ over: "ledger", zone }));
    })
    .get("/sells", async (context) => {
      const { limit } = pageRequest(context);
      const sells = await context.get("me").fills.page({ where: { side: "sell" }, orderBy: "by_time", direction: "desc", limit });
      return send(context, sells.rows);
    })
    .get("/sells/:id", async (context) => send(context, await context.get("me").ledger.explain(context.req.param("id"))))
    .get("/lots", async (context) => send(context, await context.get("me").ledger.openLots()))
    .get("/review", async (context) => {
      const { ledger } = context.get("me");
      const [items, versions] = await Promise.all([ledger.reviewQueue(), ledger.versions()]);
      return send(context, { items, version: versions[0]?.allocationVersion ?? 0 });
    })
    .post("/reconcile", async (context) => {
      const { addMissing = false } = await context.req.json<{ addMissing?: boolean }>();
      const outcome = await host.reconcile(context.get("user").id, addMissing);
      if (outcome.status === "failed") throw outcome.error;
      return send(context, outcome);
    });
}
