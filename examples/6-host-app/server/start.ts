// Starts the host, and stops it in the reverse order.
import { mkdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { serve, type WebSocketServerLike } from "@hono/node-server";
import { WebSocketServer } from "ws";
import { createApp } from "./app.ts";
import { assemble } from "./assemble.ts";
import { recoverData } from "./backups.ts";
import { systemClock } from "./clock.ts";
import type { HostConfig } from "./config.ts";
import { openDatabase } from "./database.ts";
import { importOldFiles } from "./first-start.ts";
import type { Host } from "./host.ts";
import { hostJobs } from "./jobs.ts";
import { placesOf } from "./places.ts";
import { runSchedule } from "./schedule.ts";
import { settleServices } from "./service-manager.ts";
import { DEMO_USERS, OPERATIONS } from "./users.ts";

/** A running host. */
export interface RunningHost {
  readonly url: string;
  /** Its parts, for tests. */
  readonly host: Host;
  /** Takes no more requests, stops services and jobs, ends connections, then closes the database. */
  stop(): Promise<void>;
}

const TRADERS = DEMO_USERS.filter(({ role }) => role === "trader").map(({ id }) => id);

/** Starts the host. `onFailure` hears what answers only call unexpected; default the console. */
export async function startHost(
  config: HostConfig,
  onFailure: (error: unknown) => void = (error) => console.error(error),
): Promise<RunningHost> {
  const clock = config.clock ?? systemClock;
  const places = placesOf(config.folder);
  await recoverData(places);
  await places.data.init();
  await mkdir(places.backups, { recursive: true, mode: 0o700 });
  const storage = await openDatabase(config, places.database);
  await settleServices(storage, TRADERS, clock.now());
  for (const user of TRADERS) await importOldFiles(storage.forUser(user), places, clock);
  const host = assemble({ config, storage, places, clock, onFailure });

  const { url, close } = await listen(host, config, onFailure).catch(async (error: unknown) => {
    await storage.close();
    throw error;
  });
  const stopping = new AbortController();
  const jobs = runSchedule(hostJobs(storage.forUser(OPERATIONS), clock, host, TRADERS), clock, stopping.signal).catch(onFailure);
  return {
    url,
    host,
    stop: async () => {
      stopping.abort();
      await close(() => Promise.all([host.services.stopAll(), jobs]));
      for (const user of TRADERS) await host.alerts(user).settled();
      await storage.close();
    },
  };
}

/** The server. `close` takes no more connections, waits for `meanwhile`, then ends those that are left. */
async function listen(host: Host, { site, port = 0 }: HostConfig, onFailure: (error: unknown) => void) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  const websocket = { server: sockets as unknown as WebSocketServerLike }; // the types differ in an optional field alone
  const { promise: listening, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: createApp(host, site, onFailure).fetch, hostname: "127.0.0.1", port, websocket }, resolve);
  server.once("error", reject);
  const address = await listening;
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async (meanwhile: () => Promise<unknown>): Promise<void> => {
      const closed = new Promise((done) => server.close(done));
      await meanwhile();
      host.live.close();
      for (const socket of sockets.clients) socket.terminate();
      if ("closeAllConnections" in server) server.closeAllConnections();
      await closed;
    },
  };
}
