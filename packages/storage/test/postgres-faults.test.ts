// A server that goes away and comes back, and connections that are cut: callers get typed errors, nothing is kept by half, work goes on.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { startPostgres } from "@td/testkit/postgres";
import { describe, expect, it } from "vitest";
import { openStorage, StorageError } from "../src/index.ts";
import type { Storage } from "../src/index.ts";
import { provisionPostgres } from "../src/postgres/index.ts";
import { execute, ownerUrl, postgresDatabase } from "./postgres-support.ts";
import { atEnd } from "./at-end.ts";
import { failure, fill, openTemp, samples } from "./support.ts";

/** A storage and a way to cut all its connections. */
async function cuttable(maxConnections = 4): Promise<{ storage: Storage; cut: (which?: string) => Promise<void> }> {
  const url = await postgresDatabase([samples]);
  const storage = await openStorage(url, { tables: [samples], maxConnections });
  atEnd(() => storage.close());
  const cut = async (which = "true"): Promise<void> => {
    await execute(
      ownerUrl(url),
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and ${which}`,
    );
    await sleep(20);
  };
  return { storage, cut };
}

function codeOf(error: unknown): string {
  if (error instanceof StorageError) return error.retryable || error.code === "commit-unknown" ? error.code : `${error.code}, final`;
  throw error;
}

describe("a connection that is cut", () => {
  it("while it is idle, is replaced without anyone noticing", async () => {
    const { storage, cut } = await cuttable();
    const me = storage.forUser("ann");
    await me.fills.insert(fill("a"));
    await cut();
    expect(await me.fills.count()).toBe(1);
    await me.fills.insert(fill("b"));
    expect(await me.fills.count()).toBe(2);
  });

  it("in the middle of a transaction, takes all of it back and fails what follows in it", async () => {
    const { storage, cut } = await cuttable();
    const me = storage.forUser("ann");
    const work = me.transaction(async (tx) => {
      await tx.fills.insert(fill("a"));
      await cut();
      const error = await failure(tx.fills.insert(fill("b")), "connection-lost");
      expect(error.retryable).toBe(true);
      await tx.fills.insert(fill("c"));
    });
    expect((await work.catch((error: unknown) => error)) as StorageError).toMatchObject({ code: "connection-lost" });
    expect(await me.fills.count()).toBe(0);
    await me.fills.insert(fill("d"));
    expect((await me.fills.page()).rows.map(({ id }) => id)).toEqual(["d"]);
  });

  it("while its callback waits for something else, fails the commit and keeps nothing", async () => {
    const { storage, cut } = await cuttable();
    const me = storage.forUser("ann");
    const work = me.transaction(async (tx) => {
      await tx.fills.insert(fill("a"));
      await cut();
    });
    await failure(work, "connection-lost");
    expect(await me.fills.count()).toBe(0);
  });

  it("while a statement runs, fails that call as retryable", async () => {
    const { storage, cut } = await cuttable();
    const me = storage.forUser("ann");
    const many = Array.from({ length: 20_000 }, (_, at) => fill(`${at}`));
    const outcome = me.fills.importMany(many).then(() => "written", codeOf);
    await sleep(60);
    await cut();
    expect(["written", "connection-lost", "server-unavailable", "commit-unknown"]).toContain(await outcome);
    expect([0, many.length]).toContain(await me.fills.count());
    await me.fills.importMany(many);
    expect(await me.fills.count()).toBe(many.length);
  });
});

describe("a full disk of the server", () => {
  // As the server reports it: filling a real one takes a file system of one's own.
  it("takes back the whole call, says so, and does not harm what comes after", async () => {
    const url = await postgresDatabase([samples]);
    const storage = await openStorage(url, { tables: [samples], maxConnections: 1 });
    atEnd(() => storage.close());
    const me = storage.forUser("ann");
    await me.fills.insert(fill("a"));
    const full = `create function full_disk() returns trigger language plpgsql as $$ begin
      if new.id = 'full' then raise exception 'could not extend file' using errcode = '53100'; end if; return new; end $$`;
    await execute(ownerUrl(url), full, "create trigger full_disk before insert on fills for each row execute function full_disk()");
    await failure(me.fills.importMany([fill("b"), fill("full"), fill("c")]), "disk-full");
    await failure(
      me.transaction(async (tx) => {
        await tx.fills.insert(fill("d"));
        await tx.fills.insert(fill("full"));
      }),
      "disk-full",
    );
    expect((await me.fills.page()).rows.map(({ id }) => id)).toEqual(["a"]);
    await execute(ownerUrl(url), "drop trigger full_disk on fills");
    expect((await me.fills.insert(fill("full"))).id).toBe("full");
  });
});

describe("a statement that takes too long", () => {
  it("is stopped, also when it waits for another process that holds the user's rows", async () => {
    const url = await postgresDatabase([samples]);
    const [one, two] = await Promise.all([
      openStorage(url, { tables: [samples] }),
      openStorage(`${url}?application_name=two`, { tables: [samples], busyTimeoutMs: 150 }),
    ]);
    for (const storage of [one, two]) atEnd(() => storage.close());
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const holder = postgresLock(ownerUrl(url), "ann", held);
    await sleep(200);
    const error = await failure(two.forUser("ann").fills.insert(fill("a")), "busy");
    expect(error.retryable).toBe(true);
    await two.forUser("bob").fills.insert(fill("a"));
    expect(await two.forUser("ann").fills.count()).toBe(0);
    release();
    await holder;
    await two.forUser("ann").fills.insert(fill("a"));
  });
});

/** Holds a user's lock as another process would. */
async function postgresLock(url: string, user: string, until: Promise<void>): Promise<void> {
  const { default: postgres } = await import("postgres");
  const sql = postgres(url, { max: 1 });
  await sql.begin(async (tx) => {
    await tx.unsafe("select pg_advisory_xact_lock(hashtextextended($1, 7464))", [user]);
    await until;
  });
  await sql.end();
}

describe("many users on few connections", () => {
  it("are all served, and one user's long transaction does not hold up the others", async () => {
    const storage = await openTemp("postgres", { maxConnections: 3 });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const slow = storage.forUser("slow").transaction(async (tx) => {
      await tx.fills.insert(fill("a"));
      await held;
    });
    const queued = Array.from({ length: 20 }, (_, at) => storage.forUser("slow").fills.insert(fill(`queued ${at}`)));
    await Promise.all(Array.from({ length: 50 }, (_, at) => storage.forUser(`user ${at % 10}`).fills.importMany([fill(`${at}`)])));
    expect(await storage.forUser("slow").fills.count()).toBe(0);
    release();
    await Promise.all([slow, ...queued]);
    expect(await storage.forUser("slow").fills.count()).toBe(21);
  });
});

describe("a server that crashes, is stopped and started, is gone and comes back under load", () => {
  it("fails calls with retryable errors only, keeps what it acknowledged, and is used again when it is back", async () => {
    const server = await startPostgres({ settings: { fsync: "on", synchronous_commit: "on" } });
    atEnd(() => server.stop());
    const url = new URL(server.url);
    await provisionPostgres({ ownerUrl: server.url, appRole: "app", password: "app", tables: [samples] });
    [url.username, url.password] = ["app", "app"];
    const door = await openDoor(server.url);
    atEnd(() => door.shut());
    url.port = String(door.port);
    const storage = await openStorage(url.href, { tables: [samples], busyTimeoutMs: 300, maxConnections: 4 });
    const acknowledged = new Map<string, string[]>();
    const codes = new Set<string>();
    const stop = new AbortController();
    const load = async (user: string): Promise<void> => {
      for (let at = 0; !stop.signal.aborted; at++) {
        const written = await storage
          .forUser(user)
          .fills.importMany([fill(`${at}`)])
          .then(
            () => true,
            (error: unknown) => void codes.add(codeOf(error)),
          );
        if (written === true) acknowledged.set(user, [...(acknowledged.get(user) ?? []), `${at}`]);
      }
    };
    const users = ["ann", "bob", "cid", "dee", "eve"];
    const loads = users.map(load);
    /** Until every user has had more rows acknowledged. */
    const progress = async (): Promise<void> => {
      const goals = users.map((user) => (acknowledged.get(user)?.length ?? 0) + 3);
      while (users.some((user, at) => (acknowledged.get(user)?.length ?? 0) < (goals[at] ?? 0))) await sleep(20);
    };
    await progress();
    await crash(server.url);
    await progress();
    await server.restart();
    await progress();
    await door.shut();
    await sleep(700);
    await door.open();
    await progress();
    stop.abort();
    await Promise.all(loads);
    expect(codes).toContain("server-unavailable");
    for (const code of codes) expect(["server-unavailable", "connection-lost", "commit-unknown"]).toContain(code);
    for (const [user, ids] of acknowledged) {
      const kept = new Set<string>();
      for await (const rows of storage.forUser(user).fills.stream()) for (const { id } of rows) kept.add(id);
      expect(ids.filter((id) => !kept.has(id))).toEqual([]);
    }
    await storage.close();
  });
});

/** A door to a server that can be shut: what is open is cut, and new connections are refused. */
async function openDoor(server: string): Promise<{ port: number; shut: () => Promise<void>; open: () => Promise<void> }> {
  const { hostname, port } = new URL(server);
  const sockets = new Set<Socket>();
  const door = createServer((socket) => {
    const inner = connect(Number(port), hostname);
    for (const [one, other] of [
      [socket, inner],
      [inner, socket],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  const open = async (at = 0): Promise<void> => {
    door.listen(at, "127.0.0.1");
    await once(door, "listening");
  };
  await open();
  const address = door.address();
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  const shut = async (): Promise<void> => {
    const closed = once(door, "close");
    door.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await closed;
  };
  return { port: address.port, shut, open: () => open(address.port) };
}

/** Kills one backend without mercy: PostgreSQL throws out everyone and recovers from its log, as after a crash. */
async function crash(url: string): Promise<void> {
  const [row] = await execute(
    url,
    "select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() limit 1",
  );
  if (row !== undefined) process.kill(Number(row[0]), "SIGKILL");
}
