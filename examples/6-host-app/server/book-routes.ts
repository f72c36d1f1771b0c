// Fills, trades, orders and positions, page by page, the latest first; and the equity curve.
import { Hono } from "hono";
import { found } from "./errors.ts";
import type { SignedIn } from "./host.ts";
import { pageRequest } from "./page-request.ts";
import { send } from "./wire.ts";

/** GET /fills, /trades, /orders, /positions, each `?limit&after`; one order, one position; /equity. */
export function bookRoutes(): Hono<SignedIn> {
  return new Hono<SignedIn>()
    .get("/fills", async (context) => {
      const page = pageRequest(context);
      return send(context, await context.get("me").fills.page({ ...page, orderBy: "by_time", direction: "desc" }));
    })
    .get("/trades", async (context) => {
      const page = pageRequest(context);
      return send(context, await context.get("me").trades.page({ ...page, orderBy: "by_time", direction: "desc" }));
    })
    .get("/orders", async (context) => {
      const page = pageRequest(context);
      return send(context, await context.get("me").orders.page({ ...page, orderBy: "by_time", direction: "desc" }));
    })
    .get("/orders/:id", async (context) =>
      send(context, found(await context.get("me").orders.get({ id: context.req.param("id") }), "order")),
    )
    .get("/positions", async (context) => {
      const page = pageRequest(context);
      const status = context.req.query("status") === "closed" ? "closed" : "open";
      return send(context, await context.get("me").positions.page({ ...page, where: { status }, orderBy: "by_status" }));
    })
    .get("/positions/:id", async (context) =>
      send(context, found(await context.get("me").positions.get({ id: context.req.param("id") }), "position")),
    )
    .get("/equity", async (context) => {
      const { stats } = context.get("me");
      const [points, drawdown] = await Promise.all([stats.equityCurve(), stats.drawdown()]);
      return send(context, { points, drawdown });
    });
}
