import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import postgres from "postgres";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { type Postgres, startPostgres } from "../src/postgres.ts";
import { findBinaries } from "../src/postgres-binaries.ts";
import { type Ids, othersMayEnter, serverIds, temporaryRoot } from "../src/postgres-user.ts";

// A temporary directory of its own per test: whatever a server leaves behind is seen.
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(temporaryRoot(serverIds()), "td-testkit-"));
  chmodSync(temporary, 0o755);
  vi.stubEnv("TMPDIR", temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

describe("the run's server", () => {
  test("accepts connections and statements from postgres.js", async () => {
    const sql = postgres(inject("postgresUrl"), { max: 1, onnotice: () => undefined });
    try {
      expect(await sql`select split_part(version(), ' ', 2) as version`).toEqual([{ version: expect.stringMatching(/^18\./) }]);
      await sql`create table testkit_prices (id text primary key, price numeric(38, 18) not null)`;
      await sql`insert into testkit_prices values ('a', 0.100000000000000001)`;
      expect(await sql`select price from testkit_prices`).toEqual([{ price: "0.100000000000000001" }]);
      await sql`drop table testkit_prices`;
    } finally {
      await sql.end();
    }
  });

  test("has a zone that is not UTC and a collation that is not byte order, so that code which relies on them fails", async () => {
    const sql = postgres(inject("postgresUrl"), { max: 1 });
    try {
      const [row] = await sql`select current_setting('TimeZone') as zone, 'a' < 'B' as words, 'a' < 'B' collate "C" as bytes`;
      expect(row).toEqual({ zone: "Asia/Kathmandu", words: true, bytes: false });
    } finally {
      await sql.end();
    }
  });
});

describe("startPostgres", () => {
  test("runs two servers side by side with the settings asked for, and stop removes every trace", async () => {
    const servers = await Promise.all([startPostgres(), startPostgres({ settings: { fsync: "on" } })]);
    expect(await Promise.all(servers.map(fsync))).toEqual(["off", "on"]);
    await Promise.all(servers.map((server) => server.stop()));
    expect(servers.filter((server) => isAlive(server.pid))).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
    await servers[0]?.stop();
  });

  test("fails with the server's own words and leaves nothing behind", async () => {
    await expect(startPostgres({ settings: { shared_buffers: "plenty" } })).rejects.toThrow(/did not start.*"shared_buffers": "plenty"/s);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe("a process that has started a server", () => {
  test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)("ended by %s leaves neither the server nor its directory", async (signal) => {
    const child = startInChild();
    const { pid, directory } = await child.started();
    expect([isAlive(pid), existsSync(directory)]).toEqual([true, true]);
    child.kill(signal);
    await child.allGone;
    expect([isAlive(pid), existsSync(directory), readdirSync(temporary)]).toEqual([false, false, []]);
  });

  test("is not kept alive by it, and takes it along when it comes to its end", async () => {
    const child = startInChild({ flags: ["and-leave"] });
    const { pid } = await child.started();
    await child.allGone;
    expect([isAlive(pid), readdirSync(temporary)]).toEqual([false, []]);
  });

  test.each([0, 100, 300, 600])("killed in the middle of making the cluster leaves nothing (%i ms after its directory)", async (wait) => {
    const child = startInChild();
    await vi.waitFor(() => expect(readdirSync(temporary)).toHaveLength(1), { timeout: 30_000, interval: 5 });
    await new Promise((resolve) => setTimeout(resolve, wait));
    child.kill("SIGKILL");
    await child.allGone;
    expect([processesThatName(temporary), readdirSync(temporary)]).toEqual([[], []]);
  });

  test("works as an ordinary user too", async () => {
    const ids = ordinaryUser();
    if (ids !== undefined) chownSync(temporary, ids.uid, ids.gid);
    const child = startInChild({ ids });
    const { url, pid } = await child.started();
    const sql = postgres(url, { max: 1 });
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    await sql.end();
    child.kill("SIGTERM");
    await child.allGone;
    expect([isAlive(pid), readdirSync(temporary)]).toEqual([false, []]);
  });
});

test("programs that the server's user cannot reach are copied to where it can", async () => {
  const ids = serverIds() ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const installed = await findBinaries(undefined, temporary);
  const locked = mkdtempSync(join(temporary, "locked-"));
  cpSync(dirname(dirname(installed.postgres)), locked, { recursive: true, verbatimSymlinks: true });
  const { postgres: program } = await findBinaries(ids, temporary, locked);
  expect(program.startsWith(locked)).toBe(false);
  expect(spawnSync(program, ["--version"], { ...ids, encoding: "utf8" })).toMatchObject({
    status: 0,
    stdout: expect.stringContaining("18."),
  });
});

// All tests run as an ordinary user unless root runs them: then this one becomes `nobody`, if that user may read the repository.
function ordinaryUser(): Ids | undefined {
  return othersMayEnter(process.execPath) && othersMayEnter(import.meta.dirname) ? serverIds() : undefined;
}

// The supervisor shares the child's error output: when that is closed, both are gone, and what they have not cleaned up by then stays.
function startInChild({ flags = [], ids }: { flags?: readonly string[]; ids?: Ids | undefined } = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "start-postgres.ts"), ...flags], {
    ...ids,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  const allGone = once(child, "close");
  const started = async (): Promise<Omit<Postgres, "stop">> => {
    const line = once(createInterface(child.stdout), "line");
    const [text] = await Promise.race([line, allGone.then(() => Promise.reject(new Error(`the child ended: ${complaints}`)))]);
    return JSON.parse(String(text)) as Omit<Postgres, "stop">;
  };
  return { started, allGone, kill: (signal: NodeJS.Signals) => child.kill(signal) };
}

async function fsync(server: Postgres): Promise<unknown> {
  const sql = postgres(server.url, { max: 1 });
  try {
    return (await sql`show fsync`)[0]?.["fsync"];
  } finally {
    await sql.end();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

// Command lines of all processes that mention a text; empty where the system has no /proc.
function processesThatName(text: string): string[] {
  const pids = existsSync("/proc") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
  return pids.map(commandLine).filter((line) => line.includes(text));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // it ended while we were looking
  }
}
