// The connections of one storage: at most so many, handed out in the order of asking, replaced when they are lost.
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../errors.ts";
import type { Connection } from "./connection.ts";

/** Longest pause, in milliseconds, between two tries for a server that takes no connections. */
const MAX_PAUSE = 250;

/** A pool of connections. */
export class Pool {
  readonly #connect: (onLost: (connection: Connection) => void) => Promise<Connection>;
  readonly #most: number;
  readonly #patienceMs: number;
  readonly #idle: Connection[] = [];
  readonly #waiting: ((connection: Connection | undefined) => void)[] = [];
  #places = 0;

  constructor(connect: (onLost: (connection: Connection) => void) => Promise<Connection>, most: number, patienceMs: number) {
    this.#connect = connect;
    this.#most = most;
    this.#patienceMs = patienceMs;
  }

  /** A connection of one's own until it is released. A server that takes none is tried for a while. */
  async acquire(): Promise<Connection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#places < this.#most) {
      this.#places++;
      return this.#open();
    }
    const given = await new Promise<Connection | undefined>((resolve) => this.#waiting.push(resolve));
    return given?.alive === true ? given : this.#open();
  }

  /** Gives a connection back; a lost one is replaced by the next who asks. */
  release(connection: Connection): void {
    if (!connection.alive) return this.#passPlace(undefined);
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else next(connection);
  }

  /** Ends the connections that nobody uses. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()));
  }

  async #open(): Promise<Connection> {
    const deadline = performance.now() + this.#patienceMs;
    for (let pause = 10; ; pause = Math.min(pause * 2, MAX_PAUSE)) {
      try {
        return await this.#connect((connection) => this.#dropIdle(connection));
      } catch (error) {
        if (isPassing(error) && performance.now() + pause < deadline) {
          await sleep(pause);
          continue;
        }
        this.#passPlace(undefined);
        throw error;
      }
    }
  }

  #dropIdle(connection: Connection): void {
    const at = this.#idle.indexOf(connection);
    if (at < 0) return;
    this.#idle.splice(at, 1);
    this.#places--;
  }

  #passPlace(connection: Connection | undefined): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#places--;
    else next(connection);
  }
}

function isPassing(error: unknown): boolean {
  if (!(error instanceof StorageError)) return false;
  return error.code === "server-unavailable" || error.code === "too-many-connections" || error.code === "connection-lost";
}
