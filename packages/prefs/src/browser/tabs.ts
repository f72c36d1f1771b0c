// The tabs of one browser: one works at a time where the browser can see to that, and all hear of changes.

/** This tab among the others. */
export interface Tabs {
  /** Runs the work when no other work runs: in this tab never, in other tabs where the browser has Web Locks. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Tells the other tabs; only needed when nothing was stored, as a stored change tells itself. */
  tell(): void;
  /** Ends the listening. */
  close(): void;
}

/** Joins the tabs of a name. `onStored`: another tab has stored under this key (null: has removed everything). `onTold`: another tab has told. */
export function joinTabs(name: string, onStored: (key: string | null) => void, onTold: () => void): Tabs {
  let last: Promise<unknown> = Promise.resolve();
  const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(name);
  const listen = ({ key }: StorageEvent): void => onStored(key);
  globalThis.addEventListener?.("storage", listen);
  channel?.addEventListener("message", onTold);
  return {
    alone: (work) => {
      const done = last.then(() => locked(name, work));
      last = done.catch(() => undefined);
      return done;
    },
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has none: it reaches its own origin only
    tell: () => channel?.postMessage(null),
    close: () => {
      globalThis.removeEventListener?.("storage", listen);
      channel?.close();
    },
  };
}

/** Without locks (old browsers, plain http, forbidden) the work runs all the same: all that it asks of the server may be asked twice. */
async function locked<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = (globalThis.navigator as Partial<Navigator> | undefined)?.locks;
  let running: Promise<T> | undefined;
  const start = (): Promise<T> => (running = work());
  try {
    await locks?.request(name, start);
  } catch (error) {
    if (running !== undefined) throw error;
  }
  return running ?? start();
}
