// One connection. It is opened once and never again: when it is lost, every query that was under way on it fails, and so does the next.
import { setImmediate } from "node:timers";
import type { QueryEvent } from "../query-event.ts";
import type { Client, ClientOptions, OpenClient } from "./driver.ts";
import { storageError } from "./errors.ts";
import type { ScopeKey } from "./scope-key.ts";
import { PROOF_SETTING, USER_SETTING } from "./scope-wall.ts";
import type { Wire, WireRow } from "./wire.ts";

/** What a statement gave. */
export interface WireResult {
  /** The rows, as text. */
  readonly rows: readonly WireRow[];
  /** Rows returned or changed. */
  readonly count: number;
  /** The columns: their names, and their types by the server's numbers. */
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  /** What the server did: `SELECT`, `COMMIT`, `ROLLBACK`. */
  readonly command: string;
}

// The user is bound to the transaction only (`true`): it cannot leak to the next. The lock makes a user's transactions run one at a time,
// also across processes, as they do on SQLite; other users are not held up.
const SCOPE = `select set_config('${USER_SETTING}', $1, true), set_config('${PROOF_SETTING}', $2, true)`;
const SCOPE_AND_LOCK = `${SCOPE}, pg_advisory_xact_lock(hashtextextended($1, 7464))`;

/** Where and how connections are made. */
export interface Target {
  /** The URL; it may hold a password. */
  readonly url: string;
  /** The database without its password, for messages. */
  readonly path: string;
  /** What a connection begins with. */
  readonly options: Omit<ClientOptions, "onClose">;
  /** What proves whom a transaction is bound to; a connection without it binds nobody. */
  readonly scopeKey: ScopeKey | undefined;
  /** Told about each query. */
  readonly onQuery: ((event: QueryEvent) => void) | undefined;
  /** The SQL texts that ran as prepared statements, for all connections; see {@link MAX_SHAPES}. */
  readonly shapes: Set<string>;
}

/** Shapes that are remembered. They are few; this bounds a host that builds SQL from data. */
const MAX_SHAPES = 2000;

/** Where statements run. */
export interface Statements {
  /** Runs a prepared statement, measured when someone listens. */
  query(sql: string, params?: readonly Wire[]): Promise<WireResult>;
  /** Runs a statement that is not reported, such as `savepoint`. */
  command(sql: string, params?: readonly Wire[]): Promise<WireResult>;
}

/** One connection. Statements run in the order of asking, without waiting for each other's answers. */
export class Connection implements Statements {
  /** The database without its password. */
  readonly path: string;
  /** Milliseconds that the next reported query has waited for its turn. */
  waitedMs = 0;
  /** The user to whom the open transaction is bound at this moment. */
  user: string | undefined;
  readonly #client: Client;
  readonly #onQuery: Target["onQuery"];
  readonly #scopeKey: ScopeKey | undefined;
  readonly #shapes: Set<string>;
  readonly #pending = new Set<(error: unknown) => void>();
  readonly #onLost: (connection: Connection) => void;
  #lost: Error | undefined;
  #scopedAt = 0;

  constructor(open: OpenClient, { url, path, options, scopeKey, onQuery, shapes }: Target, onLost: (connection: Connection) => void) {
    this.path = path;
    this.#scopeKey = scopeKey;
    this.#onQuery = onQuery;
    this.#shapes = shapes;
    this.#onLost = onLost;
    this.#client = open(url, { ...options, onClose: () => this.#lose() });
  }

  /** Whether it can still be used. */
  get alive(): boolean {
    return this.#lost === undefined;
  }

  /** Runs a prepared statement, measured when someone listens. */
  query(sql: string, params: readonly Wire[] = []): Promise<WireResult> {
    if (this.#shapes.size < MAX_SHAPES) this.#shapes.add(sql);
    if (this.#onQuery === undefined) return this.#send(sql, params);
    return this.#measured(sql, params, this.#onQuery);
  }

  /** Runs a statement that is not reported, such as `begin`. */
  command(sql: string, params?: readonly Wire[]): Promise<WireResult> {
    return this.#send(sql, params);
  }

  /** Begins a transaction bound to a user; `lock` waits until no other transaction of that user writes. */
  async begin(user: string, lock: boolean): Promise<void> {
    await Promise.all([this.command("begin"), this.bind(user, lock)]);
  }

  /** Binds what follows in the open transaction to a user. */
  async bind(user: string, lock: boolean): Promise<void> {
    this.user = user;
    await this.command(lock ? SCOPE_AND_LOCK : SCOPE, [user, this.#scopeKey?.proofOf(user) ?? ""]);
    this.#scopedAt = performance.now();
  }

  /** The channel on which a user's changes are told. */
  channelOf(userId: string): string {
    if (this.#scopeKey === undefined) throw new TypeError("a connection without the key of the scope tells no changes");
    return this.#scopeKey.channelOf(userId);
  }

  /** Ends the connection. */
  async close(): Promise<void> {
    await this.#client.end({ timeout: 5 });
  }

  async #measured(sql: string, params: readonly Wire[], onQuery: (event: QueryEvent) => void): Promise<WireResult> {
    const [asked, waited] = [performance.now(), this.waitedMs];
    this.waitedMs = 0;
    const result = await this.#send(sql, params);
    // Sent right behind the statement that binds the user: until that was answered, this one waited.
    const began = Math.max(asked, this.#scopedAt);
    onQuery({ shape: sql, ms: performance.now() - began, lockWaitMs: waited + began - asked, rows: result.count });
    return result;
  }

  #send(sql: string, params: readonly Wire[] | undefined): Promise<WireResult> {
    if (this.#lost !== undefined) return Promise.reject(storageError(this.#lost, this.path));
    const query = params === undefined ? this.#client.unsafe(sql) : this.#client.unsafe(sql, [...params], PREPARED);
    return new Promise((resolve, reject) => {
      this.#pending.add(reject);
      resultOf(query)
        .then(resolve, (error: unknown) => reject(storageError(error, this.path) as Error))
        .finally(() => this.#pending.delete(reject));
    });
  }

  // postgres.js rejects what it had sent; what still stood in its queue it would keep for a connection that never comes.
  #lose(): void {
    if (this.#lost !== undefined) return;
    this.#lost = Object.assign(new Error("the connection was lost"), { code: "CONNECTION_CLOSED" });
    this.#onLost(this);
    setImmediate(() => {
      for (const reject of this.#pending) reject(storageError(this.#lost, this.path));
      this.#pending.clear();
      this.#client.end({ timeout: 0 }).catch(() => undefined);
    });
  }
}

// The published types do not know `simple`: without it a statement that has no parameters would not be prepared.
const PREPARED: object = { prepare: true, simple: false };

async function resultOf(query: ReturnType<Client["unsafe"]>): Promise<WireResult> {
  const rows = await query.values();
  return {
    rows: rows as unknown as readonly WireRow[],
    count: rows.count ?? rows.length,
    columns: rows.columns ?? [],
    command: rows.command,
  };
}
