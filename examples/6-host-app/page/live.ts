// Live updates: what has changed is told by topic, and who shows a topic reads it anew. Comes back by itself with the last cursor; after a gap, all is read.

/** What may change under a reader. */
export type Topic =
  | "fills"
  | "orders"
  | "positions"
  | "equity"
  | "service"
  | "tasks"
  | "logs"
  | "ledger"
  | "migration"
  | "alerts"
  | "operations";

/** How the connection stands. */
export type LiveState = "live" | "reconnecting";

/** The page's end of the WebSocket. */
export interface Live {
  /** Calls back when one of the topics has changed. Returns what ends that. */
  subscribe(topics: readonly Topic[], changed: () => void): () => void;
  readonly state: () => LiveState;
  /** Calls back when the state has changed. Returns what ends that. */
  readonly onState: (listener: () => void) => () => void;
}

const TOPICS: Readonly<Record<string, readonly Topic[]>> = {
  fills: ["fills"],
  orders: ["orders"],
  positions: ["positions"],
  bot_state_snapshots: ["equity"],
  service_status: ["service"],
  service_task_executions: ["tasks"],
  service_logs: ["logs"],
  td_dual_writes: ["migration"],
  td_dual_audit: ["migration"],
  td_import_runs: ["migration"],
  td_import_rejects: ["migration"],
  price_alerts: ["alerts"],
};

interface Message {
  readonly type: "hello" | "changes" | "event" | "gap";
  readonly cursor: string;
  readonly changes?: readonly { readonly table: string }[];
  readonly topic?: Topic;
}

/** Follows from a cursor on. `signedOut` is called when the host does not know the session any more. */
export function createLive(from: string, signedOut: () => void): Live {
  const readers = new Set<{ readonly topics: readonly Topic[]; readonly changed: () => void }>();
  const watchers = new Set<() => void>();
  let [cursor, state, delay]: [string, LiveState, number] = [from, "reconnecting", 250];
  const become = (next: LiveState): void => {
    state = next;
    for (const watch of watchers) watch();
  };
  const tell = (topics: ReadonlySet<Topic> | "all"): void => {
    for (const reader of readers) if (topics === "all" || reader.topics.some((topic) => topics.has(topic))) reader.changed();
  };
  const connect = (): void => {
    const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/live?after=${encodeURIComponent(cursor)}`);
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      cursor = message.cursor;
      delay = 250;
      if (message.type === "hello") become("live");
      else tell(message.type === "gap" ? "all" : topicsOf(message));
    });
    socket.addEventListener("close", () => {
      become("reconnecting");
      setTimeout(() => void again(), delay);
      delay = Math.min(delay * 2, 8000);
    });
  };
  const again = async (): Promise<void> => {
    const answer = await fetch("/api/session").catch(() => undefined);
    if (answer?.ok === true && ((await answer.json()) as { user: unknown }).user === null) signedOut();
    else connect();
  };
  connect();
  return {
    subscribe: (topics, changed) => {
      const reader = { topics, changed };
      readers.add(reader);
      return () => void readers.delete(reader);
    },
    state: () => state,
    onState: (listener) => {
      watchers.add(listener);
      return () => void watchers.delete(listener);
    },
  };
}

function topicsOf({ changes = [], topic }: Message): ReadonlySet<Topic> {
  return new Set([...changes.flatMap(({ table }) => TOPICS[table] ?? []), ...(topic === undefined ? [] : [topic])]);
}
