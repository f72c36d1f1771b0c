// Where the user's migration stands: the phases of the price alerts, and the accounts of the imports with what they could not take.
import { importRejects, importRuns, listRejects, resolveReject } from "@td/migrate";
import { Hono } from "hono";
import { z } from "zod";
import { alertSchema } from "./alerts.ts";
import type { Host, SignedIn } from "./host.ts";
import { send } from "./wire.ts";

const step = z.object({ action: z.enum(["repair", "verify", "advance", "rollback"]), why: z.string().min(1).max(200) });

/** GET /migration; POST /migration; GET, PUT, DELETE /alerts; GET /imports/:run/rejects; POST /imports/:run/rejects/:line. */
export function migrationRoutes(host: Host): Hono<SignedIn> {
  return new Hono<SignedIn>()
    .get("/migration", async (context) => {
      const me = context.get("me");
      const { rows: imports } = await me.table(importRuns).page({ orderBy: "by_name" });
      const open = await Promise.all(imports.map(({ runId }) => me.table(importRejects).count({ runId, resolution: null })));
      const alerts = host.alerts(me.userId);
      return send(context, {
        alerts: await alerts.status(),
        trail: await alerts.audit(20),
        imports: imports.map((run, at) => ({ ...run, open: open[at] ?? 0 })),
      });
    })
    .post("/migration", async (context) => {
      const { id, name } = context.get("user");
      const { action, why } = step.parse(await context.req.json());
      const alerts = host.alerts(id);
      const by = { by: name, why };
      const result = action === "repair" ? await alerts.repair({ keys: "all", ...by }) : await alerts[action](by);
      host.live.announce(id, "migration", { action });
      return send(context, { action, result, status: await alerts.status() });
    })
    .get("/alerts", async (context) => {
      const alerts = [];
      for await (const records of host.alerts(context.get("user").id).scan()) alerts.push(...records.map(({ value }) => value));
      return send(context, alerts);
    })
    .put("/alerts/:id", async (context) => {
      const { id: user } = context.get("user");
      const alert = alertSchema.parse({ ...(await context.req.json<object>()), id: context.req.param("id") });
      await host.alerts(user).put([{ key: alert.id, value: alert }]);
      host.live.announce(user, "alerts", { id: alert.id });
      return send(context, alert);
    })
    .delete("/alerts/:id", async (context) => {
      const { id: user } = context.get("user");
      await host.alerts(user).delete([context.req.param("id")]);
      host.live.announce(user, "alerts", { id: context.req.param("id") });
      return context.body(null, 204);
    })
    .get("/imports/:run/rejects", async (context) => {
      const rejects = [];
      for await (const { kind, reason, place, text, resolution } of listRejects(context.get("me"), context.req.param("run"))) {
        rejects.push({ kind, reason, line: place.line, text, resolution });
        if (rejects.length === 100) break;
      }
      return send(context, rejects);
    })
    .post("/imports/:run/rejects/:line", async (context) => {
      const { reason } = z.object({ reason: z.string().min(1).max(200) }).parse(await context.req.json());
      const { id, name } = context.get("user");
      await resolveReject(context.get("me"), context.req.param("run"), Number(context.req.param("line")), { by: name, reason });
      host.live.announce(id, "migration", { action: "dismissed" });
      return context.body(null, 204);
    });
}
