// A throwaway PostgreSQL for tests: one server per run, gone with the process that started it, however that process ends.
import { spawn, type ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Superuser URL of the run's throwaway PostgreSQL, for projects whose `globalSetup` is `@td/testkit/postgres`. */
    postgresUrl: string;
  }
}

/** What a caller may change about the server. */
export interface PostgresOptions {
  /** Server settings such as `{ fsync: "on" }`, on top of td's own: no fsync (tests lose nothing), a time zone that is not UTC. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Folder whose `bin` has the `initdb` and `postgres` of another server, 15 or newer. Default: the one from npm. */
  readonly native?: string;
}

/** A running throwaway server. */
export interface Postgres {
  /** Superuser URL of the database `postgres`, on 127.0.0.1 and a free port, with a password of its own. */
  readonly url: string;
  /** Process id of the server. */
  readonly pid: number;
  /** Temporary directory that holds everything of this server; removed at the end. */
  readonly directory: string;
  /** Stops the server as an administrator does and starts it again, on the same port with the same data. Resolves when it takes connections. */
  readonly restart: () => Promise<void>;
  /** Stops the server and removes its directory. Resolves when both are gone; calling it again is harmless. */
  readonly stop: () => Promise<void>;
}

/** What the supervisor reports: a line when the server takes connections, at first and after each restart. */
export type SupervisorReport = { readonly url: string; readonly pid: number; readonly directory: string } | { readonly error: string };

/**
 * Starts a throwaway PostgreSQL and resolves when it accepts connections (one to three seconds).
 *
 * As root the server runs as the user `nobody`. A supervising child holds the server and ends it when the pipe from this
 * process closes: at {@link Postgres.stop}, at exit, on Ctrl-C and on `kill -9`. The server does not keep this process alive.
 * Only a `kill -9` of the supervisor itself leaves the server running.
 * Throws an `Error` with the server's own last words when it cannot start.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const supervisor = spawnSupervisor(options);
  const gone = once(supervisor, "exit");
  const next = reports(supervisor, gone);
  const report = await next();
  if ("error" in report) {
    await gone;
    throw new Error(`The throwaway PostgreSQL did not start: ${report.error}`);
  }
  release(supervisor);
  const restart = async (): Promise<void> => {
    supervisor.stdin?.write("restart\n");
    const again = await next();
    if ("error" in again) throw new Error(`The throwaway PostgreSQL did not start again: ${again.error}`);
  };
  const stop = async (): Promise<void> => {
    supervisor.ref();
    supervisor.stdin?.end();
    await gone;
  };
  return { ...report, restart, stop };
}

// Its own session (`detached`), so that a Ctrl-C in the terminal reaches the tests first and the server only through the pipe.
function spawnSupervisor(options: PostgresOptions): ChildProcess {
  const file = join(import.meta.dirname, "postgres-supervisor.ts");
  const { PATH, TMPDIR } = process.env;
  const env = { ...(PATH && { PATH }), ...(TMPDIR && { TMPDIR }) };
  return spawn(process.execPath, [file, JSON.stringify(options)], {
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
    env,
  });
}

/** What the supervisor reports next, line by line. */
function reports(supervisor: ChildProcess, gone: Promise<unknown>): () => Promise<SupervisorReport> {
  if (supervisor.stdout === null) throw new Error("the supervisor has no output");
  const lines = on(createInterface(supervisor.stdout), "line");
  return async () => {
    const line = lines.next().then(({ value }) => JSON.parse(String(value?.[0])) as SupervisorReport);
    return Promise.race([line, gone.then(() => ({ error: "its supervisor ended without a word" }))]);
  };
}

// From here on the supervisor must not keep a finished process waiting.
function release(supervisor: ChildProcess): void {
  supervisor.unref();
  for (const pipe of [supervisor.stdin, supervisor.stdout]) if (pipe instanceof Socket) pipe.unref();
}

/** Projects that share the run's server, and the server. vitest loads this file once per project, so the count lives on the process. */
interface Shared {
  projects: number;
  server: Promise<Postgres>;
}

const SHARED: unique symbol = Symbol.for("@td/testkit/postgres");
const holder: typeof globalThis & { [SHARED]?: Shared } = globalThis;

/** vitest `globalSetup`: provides `postgresUrl`; the first project starts the server, the last one stops it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = (holder[SHARED] ??= { projects: 0, server: startPostgres() });
  shared.projects++;
  const { url, stop } = await shared.server;
  project.provide("postgresUrl", url);
  return async () => {
    if (--shared.projects > 0) return;
    delete holder[SHARED];
    await stop();
  };
}
