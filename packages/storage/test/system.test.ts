// Work across users: on record each time, each user's job on its own, and on PostgreSQL through a role that alone may do it.
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createCredentialRotation, fills, openStorage } from "../src/index.ts";
import type { KeyringOptions, Storage } from "../src/index.ts";
import { provisionPostgres } from "../src/postgres/index.ts";
import { execute, newName, ownerUrl, postgresDatabase, systemUrl, urlOf } from "./postgres-support.ts";
import { atEnd } from "./at-end.ts";
import { describeStorage, failure, fill, openTemp, samples } from "./support.ts";

const REQUEST = { actor: "ops", action: "statements", reason: "month end" };

async function threeUsers(storage: Storage): Promise<void> {
  await storage.forUser("bob").fills.importMany([fill("1"), fill("2")]);
  await storage.forUser("ann").fills.importMany([fill("1")]);
  await storage.forUser("dee").table(samples).insert({ id: "only here" });
}

describeStorage("storage.system", (kind) => {
  it("puts each opening on record before it gives anything, and refuses one that does not say who, what and why", async () => {
    const { system } = await openTemp(kind);
    expect(await system.audit()).toEqual([]);
    await system.open(REQUEST);
    await system.open({ ...REQUEST, actor: "cron" });
    const [entry, before] = await system.audit();
    expect([entry?.actor, before?.actor]).toEqual(["cron", "ops"]);
    expect(before).toMatchObject(REQUEST);
    expect(entry?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    for (const part of ["actor", "action", "reason"] as const) await failure(system.open({ ...REQUEST, [part]: " " }), "bad-request");
    expect(await system.audit(1000)).toHaveLength(2);
    await failure(system.audit(0), "bad-request");
  });

  it("knows the users that have rows, counts, pages and digests the rows of all", async () => {
    const storage = await openTemp(kind);
    await threeUsers(storage);
    const all = await storage.system.open(REQUEST);
    expect(await all.users()).toEqual(["ann", "bob", "dee"]);
    expect(await all.users([fills])).toEqual(["ann", "bob"]);
    expect([await all.count(fills), await all.count(samples)]).toEqual([3, 1]);
    const first = await all.page(fills, { limit: 2 });
    const second = await all.page(fills, { limit: 2, after: first.next ?? "" });
    expect([...first.rows, ...second.rows].map(({ userId, id, quantity }) => [userId, id, String(quantity)])).toEqual([
      ["ann", "1", "1.5"],
      ["bob", "1", "1.5"],
      ["bob", "2", "1.5"],
    ]);
    expect(second.next).toBeNull();
    await failure(all.page(samples, { after: first.next ?? "" }), "bad-cursor");
    await failure(all.page(fills, { limit: 0 }), "bad-request");
    expect(await all.digest()).toEqual(await storage.digest());
    expect((await all.digest()).tables.find(({ table }) => table === "fills")?.rows).toBe(3);
  });

  it("runs a job for each user in that user's scope; one that fails takes back its own work and touches nobody else's", async () => {
    const storage = await openTemp(kind);
    await threeUsers(storage);
    const all = await storage.system.open(REQUEST);
    const report = await all.forEachUser(
      async (me) =>
        me.transaction(async (tx) => {
          await tx.fills.insert(fill("job"));
          if (me.userId === "bob") throw new Error("bob's broker is down");
        }),
      { concurrency: 3 },
    );
    expect(report).toMatchObject({ users: 3, done: 2, failed: [{ userId: "bob" }], skipped: 0 });
    const counts = await Promise.all(["ann", "bob", "dee"].map((user) => storage.forUser(user).fills.count()));
    expect(counts).toEqual([2, 2, 1]);
    const stop = new AbortController();
    const stopped = await all.forEachUser(async () => stop.abort(), { users: ["a", "b", "c"], signal: stop.signal });
    expect(stopped).toEqual({ users: 3, done: 1, failed: [], skipped: 2 });
    await failure(
      all.forEachUser(async () => undefined, { concurrency: 0 }),
      "bad-request",
    );
  });

  it("is not to be had inside a user's transaction", async () => {
    const storage = await openTemp(kind);
    const all = await storage.system.open(REQUEST);
    await storage.forUser("ann").transaction(async () => {
      await failure(storage.system.open(REQUEST), "not-allowed");
      await failure(
        all.forEachUser(async () => undefined),
        "not-allowed",
      );
    });
    expect(await storage.system.audit()).toHaveLength(1);
  });
});

describe("the record on SQLite", () => {
  it("cannot be changed or deleted by statements", async () => {
    const storage = await openTemp("file");
    await storage.system.open(REQUEST);
    const { default: Driver } = await import("better-sqlite3");
    const raw = new Driver(storage.path);
    atEnd(() => void raw.close());
    for (const statement of ["delete from td_system_audit", "update td_system_audit set actor = 'nobody'"]) {
      expect(() => raw.exec(statement)).toThrow("the audit only grows");
    }
  });
});

describe("the system's role on PostgreSQL", () => {
  it("rotates the credentials of all users, on record", async () => {
    const [one, two] = [
      { id: "k1", key: randomBytes(32) },
      { id: "k2", key: randomBytes(32) },
    ];
    const url = await postgresDatabase([samples]);
    const open = async (keyring: KeyringOptions): Promise<Storage> => {
      const storage = await openStorage(url, { tables: [samples], systemUrl: systemUrl(url), keyring });
      atEnd(() => storage.close());
      return storage;
    };
    const before = await open({ active: one });
    const by = { actor: "test" };
    for (const user of ["ann", "bob"])
      await before.forUser(user).credentials.put({ id: "x", broker: "x", mode: "paper", secret: { key: user } }, by);
    const after = await open({ active: two, decryptOnly: [one] });
    const report = await createCredentialRotation(after).run({ batch: 1, actor: "ops", reason: "yearly" });
    expect(report).toMatchObject({ seen: 2, rotated: 2, failed: 0 });
    expect(report.usage.keys).toMatchObject([
      { keyId: "k2", credentials: 2 },
      { keyId: "k1", mayBeDropped: true },
    ]);
    expect(await after.system.audit()).toMatchObject([{ actor: "ops", action: "credentials.rotate", reason: "yearly" }]);
  });

  it("is the only way across users: without it the storage refuses, and the application's role has no right to the record", async () => {
    const url = await postgresDatabase([samples]);
    const storage = await openStorage(url, { tables: [samples] });
    atEnd(() => storage.close());
    for (const call of [storage.system.open(REQUEST), storage.digest(), storage.system.audit()]) {
      expect((await failure(call, "not-allowed")).message).toContain("systemUrl");
    }
    await expect(execute(url, "select * from td_system_audit")).rejects.toMatchObject({ code: "42501" });
    const system = systemUrl(url);
    for (const statement of ["delete from td_system_audit", "update td_system_audit set actor = ''", "truncate td_system_audit"]) {
      await expect(execute(system, statement)).rejects.toMatchObject({ code: "42501" });
    }
  });

  it("is refused as the application's role, and the application's role as the system's", async () => {
    const url = await postgresDatabase([samples]);
    const swapped = await failure(openStorage(systemUrl(url), { tables: [samples] }), "unprotected-table");
    expect(swapped.message).toContain("has further policies (td_system)");
    const other = await failure(openStorage(url, { tables: [samples], systemUrl: url }), "unprotected-table");
    expect(other.message).toContain("lacks the policy td_system for the role");
    await failure(openStorage(url, { tables: [samples], systemUrl: ownerUrl(url) }), "unsafe-role");
    await execute(ownerUrl(url), `grant delete on td_system_audit to "${new URL(systemUrl(url)).username}"`);
    const mighty = await failure(openStorage(url, { tables: [samples], systemUrl: systemUrl(url) }), "unprotected-table");
    expect(mighty.message).toContain("td_system_audit must be readable and grow, and nothing else");
  });

  it("is one at a time, and never the application's", async () => {
    const url = await postgresDatabase([samples]);
    const [appRole, systemRole] = [new URL(url).username, newName()];
    const owner = { ownerUrl: ownerUrl(url), appRole, tables: [samples] };
    await failure(provisionPostgres({ ...owner, systemRole: appRole }), "bad-request");
    await failure(provisionPostgres({ ...owner, systemRole }), "bad-request");
    await failure(provisionPostgres({ ...owner, systemRole: "postgres" }), "unsafe-role");
    await provisionPostgres({ ...owner, systemRole, systemPassword: "new" });
    await failure(openStorage(url, { tables: [samples], systemUrl: systemUrl(url) }), "unprotected-table");
    const database = new URL(url).pathname.slice(1);
    const storage = await openStorage(url, { tables: [samples], systemUrl: urlOf(database, { role: systemRole, password: "new" }) });
    atEnd(() => storage.close());
    expect(await (await storage.system.open(REQUEST)).users()).toEqual([]);
  });
});
