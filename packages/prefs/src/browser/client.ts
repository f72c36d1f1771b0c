import type { Edit, NewEdit } from "../core/edits.ts";
import { editsOf } from "../core/edits.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { keysOf, overlap } from "../core/pointer.ts";
import type { ClientDefinition, ClientOptions, Connection, Listing, Outcome, PreferencesClient, Snapshot } from "./contract.ts";
import { keepInternals } from "./internals.ts";
import { localArea } from "./local-area.ts";
import { openStore, PREFIX } from "./store.ts";
import { type Ended, type Exchange, flush, refresh } from "./sync.ts";
import { joinTabs } from "./tabs.ts";
import { sender } from "./transport.ts";
import { conflictsIn, fieldEdits, snapshotOf } from "./view.ts";

const LONGEST_PAUSE_MS = 60_000;

/**
 * Makes the preferences of one user usable in a page. Nothing is requested yet: show `get()` at once, then call `load()`.
 * The client listens for other tabs and for the network to come back until it is closed.
 */
export function createPreferencesClient<Value>(definition: ClientDefinition<Value>, options: ClientOptions): PreferencesClient<Value> {
  const { baseUrl, retryMs = 1000, timeoutMs = 10_000, fetch = (url, init) => globalThis.fetch(url, init) } = options;
  const { version, defaults } = definition;
  const local = options.local ?? localArea();
  const store = openStore(local, options.account, version);
  const exchange: Exchange = { send: sender(baseUrl, version, timeoutMs, options.account, fetch), store, defaults };
  const listeners = new Set<(snapshot: Snapshot<Value>) => void>();
  let connection: Connection = "unknown";
  let answered = false; // in this page
  let shown: Snapshot<Value> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = retryMs;
  let closed = false;

  const get = (): Snapshot<Value> => {
    const server = store.server();
    const source = server === undefined ? "defaults" : answered ? "server" : "browser";
    const circumstances = { source, connection, persistent: store.isPersistent() } as const;
    return (shown ??= snapshotOf(server, store.edits(), defaults, Date.now(), circumstances) as Snapshot<unknown> as Snapshot<Value>);
  };
  // What a listener throws is the page's to see; the other listeners and what is being sent go on.
  const told = (listener: (snapshot: Snapshot<Value>) => void): void => {
    try {
      listener(get());
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
  const changed = (): void => {
    shown = undefined;
    for (const listener of listeners) told(listener);
  };
  const tabs = joinTabs(
    PREFIX + store.account,
    (key) => {
      if (key !== null && !store.owns(key)) return;
      if (key !== null) local.forget(key);
      changed();
    },
    () => void load(),
  );

  /** Notes how an exchange ended, and comes back to what still waits. */
  const ended = ({ connection: now, waitMs }: Ended): void => {
    connection = now;
    answered ||= now === "online";
    clearTimeout(timer);
    pause = now === "online" ? retryMs : Math.min(pause * 2, LONGEST_PAUSE_MS);
    const comesBack = now === "offline" || now === "waiting";
    if (comesBack && !closed && get().pending > 0) timer = setTimeout(() => void sync(false), Math.max(waitMs ?? 0, pause));
    changed();
  };
  const sync = (asks: boolean): Promise<void> =>
    tabs.alone(async () => {
      const fresh: Ended = asks ? await refresh(exchange) : { connection: "online" };
      ended(fresh.connection === "online" ? await flush(exchange) : fresh);
    });
  const load = async (): Promise<Snapshot<Value>> => {
    await sync(true);
    return get();
  };
  const change = async (edits: readonly NewEdit[]): Promise<Outcome> => {
    const made = edits.map((edit) => store.add(edit));
    changed();
    if (made.length > 0) await sync(false);
    if (!local.persistent && connection === "online") tabs.tell();
    return outcomeOf(made);
  };
  const outcomeOf = (made: readonly Edit[]): Outcome => {
    const ids = new Set(made.map(({ id }) => id));
    const refused = get().refused.filter(({ id }) => ids.has(id));
    if (refused.length > 0) return { status: "refused", refused };
    const waiting = store.edits().filter(({ id }) => ids.has(id));
    const conflicts = get().conflicts.filter(({ path }) => waiting.some((edit) => edit.kind === "field" && overlap(edit.path, path)));
    if (conflicts.length > 0) return { status: "conflict", conflicts };
    return waiting.length === 0 ? { status: "saved" } : { status: "queued", persistent: get().persistent };
  };
  const patch = (wanted: JsonObject): Promise<Outcome> => {
    const edits = editsOf(wanted, get().value as JsonObject);
    // A field that was refused is changed anew: the refused change is over.
    store.drop(
      store
        .edits()
        .flatMap((old) => (old.kind === "field" && old.refused && edits.some(({ path }) => overlap(path, old.path)) ? [old.id] : [])),
    );
    return change(edits);
  };
  const resolve = (path: string, choice: "mine" | "theirs"): Promise<Outcome> => {
    const edits = fieldEdits(store.edits()).filter((edit) => overlap(edit.path, path));
    const server = store.server()?.preferences;
    const conflict = conflictsIn(server, edits, defaults)[0];
    store.drop(edits.map(({ id }) => id));
    const [field = ""] = keysOf(path);
    const base: Json | undefined = server?.value[field];
    const again = { kind: "field" as const, path: conflict?.path ?? path, ...(base === undefined ? {} : { base }) };
    return change(
      conflict === undefined || choice === "theirs" ? [] : [conflict.mine === undefined ? again : { ...again, value: conflict.mine }],
    );
  };
  const item = (kind: "watch" | "unwatch" | "dismiss" | "restore", name: string, more: object = {}): Promise<Outcome> =>
    change([{ kind, name, exchange: null, ...more }]);
  const listing = ({ symbol, exchange: place }: Listing) => ({
    name: symbol.trim().toUpperCase(),
    exchange: place?.trim().toUpperCase() ?? null,
  });

  const comeBack = (): void => void (globalThis.document?.visibilityState === "hidden" || load());
  globalThis.addEventListener?.("online", comeBack);
  globalThis.document?.addEventListener("visibilitychange", comeBack);

  const close = (): void => {
    closed = true;
    clearTimeout(timer);
    tabs.close();
    listeners.clear();
    globalThis.removeEventListener?.("online", comeBack);
    globalThis.document?.removeEventListener("visibilitychange", comeBack);
  };

  const client: PreferencesClient<Value> = {
    get,
    load,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    patch: (wanted) => patch(wanted as JsonObject),
    resolve,
    discard: (id) => {
      store.drop([id]);
      changed();
    },
    watchlist: {
      add: ({ notes, ...place }) => item("watch", "", { ...listing(place), ...(notes === undefined ? {} : { notes }) }),
      remove: (place) => item("unwatch", "", listing(place)),
    },
    dismissed: {
      dismiss: (id, { until } = {}) => item("dismiss", id, until === undefined || until === null ? {} : { until }),
      restore: (id) => item("restore", id),
    },
    forget: ({ loseChanges = false } = {}) => {
      if (!loseChanges && get().pending > 0) return false;
      store.clear();
      answered = false;
      changed();
      void tabs.alone(async () => store.clear()); // what an exchange that is on its way has kept after that
      close();
      return true;
    },
    close,
  };
  return keepInternals(client, {
    ...exchange,
    local,
    version,
    alone: (work) =>
      tabs.alone(async () => {
        const sent = await flush(exchange);
        ended(sent);
        return work(sent.connection === "online");
      }),
    refresh: async () => {
      const asked = await refresh(exchange);
      ended(asked);
      return asked;
    },
  });
}
