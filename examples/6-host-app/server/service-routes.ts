// A user's trading service: started and stopped by the host, on record with td.
import { Hono } from "hono";
import { found } from "./errors.ts";
import type { Host, SignedIn } from "./host.ts";
import { pageRequest } from "./page-request.ts";
import { send } from "./wire.ts";
import { TRADER } from "./trader.ts";
import { serviceTaskExecutions, type LogLevel } from "@td/storage";

const LEVELS: readonly LogLevel[] = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

/** POST /service/start, /service/stop; GET /service, /service/tasks, /service/tasks/:id, /service/logs. */
export function serviceRoutes(host: Host): Hono<SignedIn> {
  return new Hono<SignedIn>()
    .post("/service/start", (context) => send(context, { started: host.services.start(context.get("user").id) }))
    .post("/service/stop", async (context) => send(context, { stopped: await host.services.stop(context.get("user").id) }))
    .get("/service", async (context) => {
      const rows = await context.get("me").services.status();
      return send(context, {
        running: host.services.runs(context.get("user").id),
        record: rows.find(({ service }) => service === TRADER) ?? null,
      });
    })
    .get("/service/tasks", async (context) => {
      const name = context.req.query("name");
      return send(context, await context.get("me").services.tasks({ ...pageRequest(context), ...(name !== undefined && { name }) }));
    })
    .get("/service/tasks/:id", async (context) =>
      send(
        context,
        found(
          await context
            .get("me")
            .table(serviceTaskExecutions)
            .get({ id: context.req.param("id") }),
          "task",
        ),
      ),
    )
    .get("/service/logs", async (context) => {
      const level = LEVELS.find((one) => one === context.req.query("level"));
      return send(context, await context.get("me").services.logs({ ...pageRequest(context), ...(level !== undefined && { level }) }));
    });
}
