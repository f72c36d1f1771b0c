// Which users' services run in this process. Whether one should run is the host's business; that it did is on td's record.
import type { Storage } from "@td/storage";
import { runTrader, TRADER, type TraderWork } from "./trader.ts";

/** Starts and stops services. */
export interface ServiceManager {
  /** Starts a user's service; false when it runs already. */
  start(user: string): boolean;
  /** Stops it, and resolves when its round has ended and the record says so; false when it did not run. */
  stop(user: string): Promise<boolean>;
  /** Whether it runs in this process. */
  runs(user: string): boolean;
  /** Stops all. */
  stopAll(): Promise<void>;
}

/** A manager; `workFor` says what a user's service works with. */
export function createServiceManager(
  workFor: (user: string) => TraderWork,
  onFailure: (user: string, error: unknown) => void,
): ServiceManager {
  const running = new Map<string, { readonly stop: AbortController; readonly done: Promise<void> }>();
  const stop = async (user: string): Promise<boolean> => {
    const service = running.get(user);
    service?.stop.abort();
    await service?.done;
    return service !== undefined;
  };
  return {
    start: (user) => {
      if (running.has(user)) return false;
      const controller = new AbortController();
      const done = runTrader(workFor(user), controller.signal)
        .catch((error: unknown) => onFailure(user, error))
        .finally(() => running.delete(user));
      running.set(user, { stop: controller, done });
      return true;
    },
    stop,
    runs: (user) => running.has(user),
    stopAll: async () => void (await Promise.all([...running.keys()].map(stop))),
  };
}

/** Sets the record right after a process that was killed: what it left as running does not run. */
export async function settleServices(storage: Storage, users: readonly string[], at: Date): Promise<void> {
  for (const user of users) {
    const { services } = storage.forUser(user);
    const left = (await services.status()).some(({ service, running }) => service === TRADER && running);
    if (!left) continue;
    await services.log("WARNING", TRADER, "the host ended without stopping it", null, at);
    await services.heartbeat({ service: TRADER, running: false, at });
  }
}
