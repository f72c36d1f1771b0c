// What the tests share: a clock that they move, hosts on both engines, and people who talk to one over HTTP.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Postgres } from "@td/testkit/postgres";
import postgres from "postgres";
import { inject } from "vitest";
import type { Clock } from "../server/clock.ts";
import { startHost, type RunningHost } from "../server/start.ts";

/** A clock that stands still until it is moved. */
export interface ManualClock extends Clock {
  /** Moves it on; who waited so long goes on. */
  advance(milliseconds: number): void;
  /** How many wait. */
  waiting(): number;
}

/** A clock at an instant. */
export function manualClock(at: string): ManualClock {
  let time = Date.parse(at);
  const waiters = new Set<{ readonly due: number; readonly wake: () => void }>();
  return {
    now: () => new Date(time),
    waiting: () => waiters.size,
    wait: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || milliseconds <= 0) return resolve();
        const wake = (): void => {
          waiters.delete(waiter);
          resolve();
        };
        const waiter = { due: time + milliseconds, wake };
        waiters.add(waiter);
        signal.addEventListener("abort", wake, { once: true });
      }),
    advance: (milliseconds) => {
      time += milliseconds;
      for (const { due, wake } of Array.from(waiters)) if (due <= time) wake();
    },
  };
}

/** A host that tests may move, and everything that is to be cleaned up behind it. */
export interface TestHost extends RunningHost {
  readonly clock: ManualClock;
  readonly folder: string;
  /** Failures that answers only called unexpected. */
  readonly failures: readonly unknown[];
  /** The same host at the same place once more, as after a restart. */
  restart(): Promise<TestHost>;
  remove(): Promise<void>;
}

/** Milliseconds between two rounds of a service, by the test's clock. */
export const ROUND = 1000;

/** Starts a host on an engine. */
export async function hostOn(engine: "sqlite" | "postgres", site?: string): Promise<TestHost> {
  const folder = mkdtempSync(join(tmpdir(), "td-host-"));
  const databaseUrl = engine === "postgres" ? await newDatabase() : undefined;
  const appRole = `host_${randomBytes(6).toString("hex")}`;
  const clock = manualClock("2026-03-04T12:00:00Z"); // a Wednesday
  const start = async (port = 0): Promise<TestHost> => {
    const failures: unknown[] = [];
    const running = await startHost(
      {
        folder,
        clock,
        port,
        sessionSecret: "of the tests",
        roundMs: ROUND,
        appRole,
        ...(databaseUrl !== undefined && { databaseUrl }),
        ...(site !== undefined && { site }),
      },
      (error) => failures.push(error),
    );
    return {
      ...running,
      clock,
      folder,
      failures,
      restart: async () => {
        await running.stop();
        return start(Number(new URL(running.url).port));
      },
      remove: async () => {
        await running.stop();
        rmSync(folder, { recursive: true });
      },
    };
  };
  return start();
}

async function newDatabase(): Promise<string> {
  const name = `td_host_${randomBytes(6).toString("hex")}`;
  const server: Postgres["url"] = inject("postgresUrl");
  const sql = postgres(server, { max: 1, onnotice: () => undefined });
  await sql.unsafe(`create database "${name}"`);
  await sql.end();
  const url = new URL(server);
  url.pathname = name;
  return url.href;
}

/** Somebody with a session. */
export interface Person {
  readonly cookie: string;
  /** The answer's body as JSON. Throws for any status but `status`. */
  ask<T = unknown>(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: unknown, status?: number): Promise<T>;
}

/** Signs in; null for a person without a session. */
export async function person(url: string, user: string | null, forged = ""): Promise<Person> {
  const made = user === null ? undefined : await fetch(`${url}/api/session`, { method: "POST", body: JSON.stringify({ user }) });
  const cookie = made?.headers.get("set-cookie")?.split(";")[0] ?? forged;
  return {
    cookie,
    ask: async <T>(method: string, path: string, body?: unknown, status = 200): Promise<T> => {
      const answer = await fetch(`${url}/api${path}`, {
        method,
        headers: { cookie },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
  };
}
