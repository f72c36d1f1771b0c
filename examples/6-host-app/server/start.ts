// Puts the host together, and takes it apart in the reverse order.
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { serve, type WebSocketServerLike } from "@hono/node-server";
import { createPreferences, createPreferencesHandler } from "@td/prefs";
import { WebSocketServer } from "ws";
import { alertsOf } from "./alerts.ts";
import { createApp } from "./app.ts";
import { createBackups } from "./backups.ts";
import { systemClock } from "./clock.ts";
import type { HostConfig } from "./config.ts";
import { openDatabase } from "./database.ts";
import { importOldFiles } from "./first-start.ts";
import type { Host } from "./host.ts";
import { hostJobs } from "./jobs.ts";
import { createLiveFeeds } from "./live-feeds.ts";
import { placesOf } from "./places.ts";
import { hostPreferences } from "./preferences.ts";
import { seededRandom } from "./random.ts";
import { reconcileUser } from "./reconciliation.ts";
import { runSchedule } from "./schedule.ts";
import { createServiceManager, settleServices } from "./service-manager.ts";
import { userOf } from "./session.ts";
import { DEMO_USERS, OPERATIONS } from "./users.ts";

/** A running host. */
export interface RunningHost {
  readonly url: string;
  /** Its parts, for tests. */
  readonly host: Host;
  /** Stops services, jobs and connections, then closes the database. */
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
  await places.data.init();
  await mkdir(places.backups, { recursive: true, mode: 0o700 });
  const storage = await openDatabase(config, places.database);
  await settleServices(storage, TRADERS, clock.now());
  for (const user of TRADERS) await importOldFiles(storage.forUser(user), places, clock);

  const live = createLiveFeeds(storage);
  const services = createServiceManager(
    (user) => ({
      me: storage.forUser(user),
      clock,
      random: seededRandom(`${user} ${clock.now().toISOString()}`),
      exchange: places.exchange(user),
      roundMs: config.roundMs ?? 3000,
      onLedger: (version) => live.announce(user, "ledger", { version }),
    }),
    (user, error) => onFailure(new Error(`the service of ${user} ended`, { cause: error })),
  );
  const host = assemble(config, { storage, places, clock, live, services });
  const closing = new AbortController();
  const jobs = runSchedule(hostJobs(storage.forUser(OPERATIONS), clock, host, TRADERS), clock, closing.signal).catch(onFailure);

  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  const websocket = { server: sockets as unknown as WebSocketServerLike }; // the types differ in an optional field alone
  const app = createApp(host, config.site, onFailure);
  const { promise: listening, resolve, reject } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: app.fetch, hostname: "127.0.0.1", port: config.port ?? 0, websocket }, resolve);
  server.once("error", reject);
  const { port } = await listening;
  return {
    url: `http://127.0.0.1:${port}`,
    host,
    stop: async () => {
      closing.abort();
      await Promise.all([services.stopAll(), jobs]);
      live.close();
      for (const socket of sockets.clients) socket.terminate();
      await new Promise((done) => {
        server.close(done);
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
      for (const user of TRADERS) await host.alerts(user).settled();
      await storage.close();
    },
  };
}

function assemble(config: HostConfig, made: Pick<Host, "storage" | "places" | "clock" | "live" | "services">): Host {
  const { storage, places, clock } = made;
  const sessionSecret = config.sessionSecret ?? randomBytes(32).toString("hex");
  const prefs = createPreferences(hostPreferences, { storage });
  const known = new Map<string, ReturnType<typeof alertsOf>>();
  const alerts = (user: string): ReturnType<typeof alertsOf> => {
    const one = known.get(user) ?? alertsOf(storage.forUser(user), places, clock, config.phaseMs ?? 0);
    known.set(user, one);
    return one;
  };
  return {
    ...made,
    sessionSecret,
    alerts,
    backups: createBackups(config, places, storage.forUser(OPERATIONS), clock),
    reconcile: (user, addMissing) => reconcileUser(storage.forUser(user), places.exchange(user), clock, addMissing),
    preferences: createPreferencesHandler(prefs, {
      basePath: "/api/user",
      authenticate: async (request) => {
        const user = await userOf(request, sessionSecret);
        return user === undefined ? null : { userId: user.id };
      },
    }),
  };
}
