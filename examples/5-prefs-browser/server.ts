// The host application: its own session, a router, and the preferences of td behind them.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { createPreferences, createPreferencesHandler, prefsTables, toNodeListener } from "@td/prefs";
import { tradingPreferences } from "@td/prefs/trading";
import { openStorage } from "@td/storage";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css" };
/** A running server. */
export interface Running {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the server. `site`: the folder with the built page. `port`: 0 for any that is free. */
export async function startServer({ database, site, port = 0 }: { database: string; site: string; port?: number }): Promise<Running> {
  const storage = await openStorage(`sqlite:${database}`, { tables: prefsTables });
  const preferences = createPreferences(tradingPreferences, { storage });
  const userOf = (given: string | undefined): string => (given !== undefined && /^[a-z]\w*$/.test(given) ? given : "asha");
  const api = createPreferencesHandler(preferences, {
    basePath: "/api/user",
    // Here is the host's own session. This one asks for no password, which is good for a demonstration and nothing else.
    authenticate: (request) => ({ userId: userOf(/\buser=(\w+)/.exec(request.headers.get("Cookie") ?? "")?.[1]) }),
  });

  let down = false;
  const app = new Hono();
  app.all("/api/user/*", async (c) => (down ? c.text("The server is down.", 503) : await api(c.req.raw)));
  app.get("/session", (c) => c.json({ user: userOf(getCookie(c, "user")) }));
  app.post("/session", async (c) => {
    const { user } = await c.req.json<{ user: string }>();
    setCookie(c, "user", userOf(user), { httpOnly: true, sameSite: "Lax" });
    return c.json({ user: userOf(user) });
  });
  app.get("/demo/outage", (c) => c.json({ down }));
  app.post("/demo/outage", async (c) => {
    ({ down } = await c.req.json<{ down: boolean }>());
    return c.json({ down });
  });
  app.get("/*", async (c) => {
    const path = c.req.path === "/" ? "/index.html" : normalize(c.req.path);
    const content = await readFile(join(site, path)).catch(() => undefined);
    if (content === undefined) return c.notFound();
    return c.body(content, 200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream", "Cache-Control": "no-cache" });
  });

  const server = createServer(toNodeListener(async (request) => app.fetch(request)));
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await storage.close();
    },
  };
}
