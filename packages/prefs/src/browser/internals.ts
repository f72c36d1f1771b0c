// What `importOnce` uses of a client, kept out of the client's own surface.
import type { LocalArea } from "./local-area.ts";
import type { Ended, Exchange } from "./sync.ts";

/** The inside of a client. */
export interface Internals extends Exchange {
  readonly local: LocalArea;
  /** Version of the documents that the page writes. */
  readonly version: number;
  /** Runs the work alone among the tabs, after what waits was sent; `online`: all of that came through. */
  readonly alone: <T>(work: (online: boolean) => Promise<T>) => Promise<T>;
  /** Asks for everything and shows it. */
  readonly refresh: () => Promise<Ended>;
}

const inside = new WeakMap<object, Internals>();

/** Notes the inside of a client. */
export function keepInternals<Client extends object>(client: Client, internals: Internals): Client {
  inside.set(client, internals);
  return client;
}

/** The inside of a client. Throws TypeError for what is none of this copy of the package. */
export function internalsOf(client: object): Internals {
  const found = inside.get(client);
  if (found === undefined) throw new TypeError("importOnce: not a client of createPreferencesClient, or of another copy of @td/prefs");
  return found;
}
