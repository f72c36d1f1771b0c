// Makes the parts of the host out of its configuration and its database.
import { randomBytes } from "node:crypto";
import type { DualWrite } from "@td/migrate";
import { createPreferences, createPreferencesHandler } from "@td/prefs";
import type { Storage } from "@td/storage";
import { alertsOf, type Alert } from "./alerts.ts";
import { createBackups } from "./backups.ts";
import type { Clock } from "./clock.ts";
import type { HostConfig } from "./config.ts";
import type { Host } from "./host.ts";
import { ledgerComputer, type ComputeLedger } from "./ledger.ts";
import { createLiveFeeds } from "./live-feeds.ts";
import type { Places } from "./places.ts";
import { hostPreferences } from "./preferences.ts";
import { seededRandom } from "./random.ts";
import { reconcileUser } from "./reconciliation.ts";
import { createServiceManager } from "./service-manager.ts";
import { userOf } from "./session.ts";
import { OPERATIONS } from "./users.ts";

/** What a host is made of. */
export interface Foundation {
  readonly config: HostConfig;
  readonly storage: Storage;
  readonly places: Places;
  readonly clock: Clock;
  /** Hears what nobody else is told. */
  readonly onFailure: (error: unknown) => void;
}

/** The parts; nothing runs yet. */
export function assemble({ config, storage, places, clock, onFailure }: Foundation): Host {
  const sessionSecret = config.sessionSecret ?? randomBytes(32).toString("hex");
  const live = createLiveFeeds(storage);
  const computeNow = ledgerComputer(storage);
  const compute: ComputeLedger = async (user, triggeredBy) => {
    const report = await computeNow(user, triggeredBy);
    if (report.status === "completed") live.announce(user, "ledger", { version: report.version });
    return report;
  };
  const workOf = (user: string) => ({ me: storage.forUser(user), clock, exchange: places.exchange(user), compute });
  return {
    storage,
    places,
    clock,
    live,
    sessionSecret,
    services: createServiceManager(
      (user) => ({ ...workOf(user), random: seededRandom(`${user} ${clock.now().toISOString()}`), roundMs: config.roundMs ?? 3000 }),
      (user, error) => onFailure(new Error(`the service of ${user} ended`, { cause: error })),
    ),
    backups: createBackups(config, places, storage.forUser(OPERATIONS), clock),
    alerts: oncePerUser((user) => alertsOf(storage.forUser(user), places, clock, config.phaseMs ?? 0)),
    reconcile: (user, addMissing) => reconcileUser(workOf(user), addMissing),
    preferences: createPreferencesHandler(createPreferences(hostPreferences, { storage }), {
      basePath: "/api/user",
      authenticate: async (request) => {
        const user = await userOf(request, sessionSecret);
        return user === undefined ? null : { userId: user.id };
      },
      onError: onFailure,
    }),
  };
}

/** One object per user: a dual write has work going on behind its calls. */
function oncePerUser(make: (user: string) => DualWrite<Alert>): (user: string) => DualWrite<Alert> {
  const made = new Map<string, DualWrite<Alert>>();
  return (user) => {
    const one = made.get(user) ?? make(user);
    made.set(user, one);
    return one;
  };
}
