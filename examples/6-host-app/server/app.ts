// Every route of the host. Each topic is a file; td is behind `me`, which is made from the session and from nothing else.
import { Hono } from "hono";
import { bookRoutes } from "./book-routes.ts";
import { failureAnswer } from "./errors.ts";
import type { Host } from "./host.ts";
import { liveRoutes } from "./live-route.ts";
import { migrationRoutes } from "./migration-routes.ts";
import { operationsRoutes } from "./operations-routes.ts";
import { pageFiles } from "./page-files.ts";
import { pnlRoutes } from "./pnl-routes.ts";
import { serviceRoutes } from "./service-routes.ts";
import { sessionRoutes, signedIn } from "./session.ts";

/** The application. `site`: folder of the built page; undefined for none. */
export function createApp(host: Host, site: string | undefined, onFailure: (error: unknown) => void): Hono {
  const app = new Hono();
  app.onError((error, context) => failureAnswer(error, context, onFailure));
  app.route("/api/session", sessionRoutes(host));
  app.all("/api/user/*", (context) => host.preferences(context.req.raw)); // before the middleware: it asks for the session itself
  app.use("/api/*", signedIn(host));
  for (const routes of [
    bookRoutes(),
    pnlRoutes(host),
    serviceRoutes(host),
    migrationRoutes(host),
    operationsRoutes(host),
    liveRoutes(host),
  ])
    app.route("/api", routes);
  app.all("/api/*", (context) => context.json({ error: { code: "no-such-route", message: "There is no such route." } }, 404));
  if (site !== undefined) app.route("/", pageFiles(site));
  return app;
}
