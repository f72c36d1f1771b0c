// The parts of the host, made once at start and handed to the routes.
import type { DualWrite } from "@td/migrate";
import type { PreferencesHandler } from "@td/prefs";
import type { Scope, Storage, TaskOutcome } from "@td/storage";
import type { Alert } from "./alerts.ts";
import type { Backups } from "./backups.ts";
import type { Clock } from "./clock.ts";
import type { LiveFeeds } from "./live-feeds.ts";
import type { Places } from "./places.ts";
import type { ReconcileReport } from "./reconciliation.ts";
import type { ServiceManager } from "./service-manager.ts";
import type { DemoUser } from "./users.ts";

/** What routes work with. */
export interface Host {
  readonly storage: Storage;
  readonly places: Places;
  readonly clock: Clock;
  readonly live: LiveFeeds;
  readonly services: ServiceManager;
  readonly backups: Backups;
  /** The preferences of @td/prefs, mounted as they are. */
  readonly preferences: PreferencesHandler;
  /** Signs the session cookie. */
  readonly sessionSecret: string;
  /** A user's price alerts, on both sides of their migration. */
  alerts(user: string): DualWrite<Alert>;
  /** Compares a user's fills with the exchange's, and adds the missing buys when asked to. */
  reconcile(user: string, addMissing: boolean): Promise<TaskOutcome<ReconcileReport>>;
}

/** What a signed-in request carries. */
export interface SignedIn {
  readonly Variables: {
    /** Who asks. */
    readonly user: DemoUser;
    /** That user's rows, and no others. */
    readonly me: Scope;
  };
}
