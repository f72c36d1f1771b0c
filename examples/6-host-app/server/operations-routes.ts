// For admins: the backups, and the jobs' record.
import { Hono } from "hono";
import type { Host, SignedIn } from "./host.ts";
import { pageRequest } from "./page-request.ts";
import { adminOnly } from "./session.ts";
import { OPERATIONS } from "./users.ts";
import { send } from "./wire.ts";

/** GET /operations/backups, /operations/tasks; POST /operations/backups: one now. */
export function operationsRoutes(host: Host): Hono<SignedIn> {
  return new Hono<SignedIn>()
    .use("/operations/*", adminOnly)
    .get("/operations/backups", async (context) => send(context, await host.backups.list()))
    .post("/operations/backups", async (context) => {
      const outcome = await host.backups.run();
      if (outcome.status === "failed") throw outcome.error;
      host.live.announce(context.get("user").id, "operations");
      return send(context, outcome);
    })
    .get("/operations/tasks", async (context) =>
      send(context, await host.storage.forUser(OPERATIONS).services.tasks(pageRequest(context))),
    );
}
