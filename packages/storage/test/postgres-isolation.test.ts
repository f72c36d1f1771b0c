// Users are kept apart by PostgreSQL itself: by repositories, by raw SQL in a user's transaction, by what errors tell, at random.
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import postgres from "postgres";
import { describe, expect, it } from "vitest";
import { c, defineTable, openStorage } from "../src/index.ts";
import type { Scope, Storage } from "../src/index.ts";
import { execute, ownerUrl, postgresDatabase, proofOf } from "./postgres-support.ts";
import { atEnd } from "./at-end.ts";
import { failure, fill, openTemp, runs, samples } from "./support.ts";

const parents = defineTable("parents", { userId: c.text(), id: c.text() }, { primaryKey: ["userId", "id"] });
const children = defineTable(
  "children",
  { userId: c.text(), id: c.text(), parent: c.text() },
  {
    primaryKey: ["userId", "id"],
    unique: { one_child: ["userId", "parent"] },
    foreignKeys: [{ columns: ["userId", "parent"], references: "parents", to: ["userId", "id"] }],
  },
);

type Raw = (statement: string) => Promise<readonly (readonly unknown[])[]>;

const BIND = "select set_config('app.user_id', $1, true), set_config('app.user_proof', $2, true)";

/** Raw SQL as the application's role in a transaction bound to a user, as td binds it. */
async function asUser<R>(url: string, user: string | undefined, work: (raw: Raw) => Promise<R>): Promise<R> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    await sql.unsafe("begin");
    if (user !== undefined) await sql.unsafe(BIND, [user, await proofOf(url, user)]);
    return await work(async (statement) => sql.unsafe(statement).values());
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function twoUsers() {
  const tables = [samples, parents, children];
  const url = await postgresDatabase(tables);
  const storage = await openStorage(url, { tables });
  atEnd(() => storage.close());
  const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
  await ann.fills.importMany([fill("1"), fill("2")]);
  await bob.fills.importMany([fill("1"), fill("secret")]);
  await bob.table(parents).insert({ id: "p" });
  await bob.table(children).insert({ id: "c", parent: "p" });
  return { url, ann, bob };
}

describe("raw SQL in a user's transaction", () => {
  it("sees and counts the user's rows alone, in tables and in views, and none without a user", async () => {
    const { url } = await twoUsers();
    const seen = (user: string | undefined) => asUser(url, user, (raw) => raw("select user_id, count(*) from fills group by 1 order by 1"));
    expect(await seen("ann")).toEqual([["ann", "2"]]);
    expect(await seen("bob")).toEqual([["bob", "2"]]);
    expect(await seen(undefined)).toEqual([]);
    expect(await seen("")).toEqual([]);
    expect(await asUser(url, "ann", (raw) => raw("select distinct user_id from v_allocation_discrepancies"))).toEqual([]);
    expect(await asUser(url, "ann", (raw) => raw("select count(*) from fills a join fills b on a.user_id <> b.user_id"))).toEqual([["0"]]);
  });

  it("writes, moves, deletes and empties nothing of another user", async () => {
    const { url, bob } = await twoUsers();
    const before = await bob.digest();
    const changed = (statement: string) =>
      asUser(url, "ann", async (raw) => (await raw(`with x as (${statement} returning 1) select count(*) from x`))[0]?.[0]);
    expect(await changed("update fills set price = 1 where user_id = 'bob'")).toBe("0");
    expect(await changed("delete from fills where user_id = 'bob'")).toBe("0");
    const row =
      "select 'bob', 'new', account, order_id, symbol, side, quantity, price, gross, fee, fee_currency, fee_in_quote, executed_at, sequence, source, attributes, 9 from fills limit 1";
    for (const statement of [
      `insert into fills ${row}`,
      "update fills set user_id = 'bob' where id = '2'",
      "truncate fills",
      "alter table fills disable row level security",
      "drop policy td_user on fills",
      "set role postgres",
    ]) {
      await expect(asUser(url, "ann", (raw) => raw(statement))).rejects.toMatchObject({ code: "42501" });
    }
    expect(await bob.digest()).toEqual(before);
  });

  it("learns nothing of another user's rows from unique keys and references", async () => {
    const { ann } = await twoUsers();
    expect((await ann.table(children).importMany([{ id: "c", parent: "p" }])).rejected).toMatchObject([
      { issues: [{ issue: "constraint-failed" }] },
    ]);
    const same = await failure(ann.table(children).insert({ id: "x", parent: "p" }), "constraint-failed");
    const none = await failure(ann.table(children).insert({ id: "x", parent: "nowhere" }), "constraint-failed");
    expect([same.message, same.facts]).toEqual([none.message, none.facts]);
    expect(await ann.fills.insert(fill("secret"))).toMatchObject({ userId: "ann" });
    await ann.table(parents).insert({ id: "p" });
    await ann.table(children).insert({ id: "c", parent: "p" });
  });

  it("is told no row and no value by an error", async () => {
    const { ann } = await twoUsers();
    const error = await failure(
      ann.fills.insert(fill("secret-id", { quantity: "0", attributes: { key: "secret-value" } })),
      "constraint-failed",
    );
    const everything = JSON.stringify([error.message, error.facts, Object.entries(error.cause ?? {}), String(error.cause), error.stack]);
    expect(everything).not.toMatch(/secret-/);
    expect(Object.getOwnPropertyNames(error.cause ?? {})).not.toContain("parameters");
  });
});

describe("random histories of four users at once", () => {
  const users = ["ann", "bob", "cid", "dee"] as const;
  const step = fc.record({
    user: fc.constantFrom(...users),
    id: fc.constantFrom("a", "b", "c", "d"),
    what: fc.constantFrom("insert", "import", "delete", "update", "failing", "nested", "joined"),
    other: fc.constantFrom(...users),
  });
  const storage = openTemp("postgres", { maxConnections: 4 });
  let round = 0;

  test.prop([fc.array(step, { minLength: 20, maxLength: 60 })], runs(12))(
    "leave each user with what that user alone did",
    async (steps) => {
      const open = await storage;
      const prefix = `${round++} `;
      const standing = new Map<string, Map<string, string>>(users.map((user) => [user, new Map()]));
      const scope = (user: string): Scope => open.forUser(prefix + user);
      // Within a user the order of asking is the order of running; users run beside each other.
      await Promise.all(
        steps.map(async ({ user, id, what, other }, at) => {
          const [mine, theirs] = [standing.get(user), standing.get(other)];
          if (mine === undefined || theirs === undefined) return;
          const row = fill(id, { account: user, source: `${at}` });
          switch (what) {
            case "insert":
              await scope(user)
                .fills.insert(row)
                .then(
                  () => mine.set(id, user),
                  () => undefined,
                );
              return;
            case "import":
              await scope(user).fills.importMany([row]);
              mine.set(id, user);
              return;
            case "delete":
              if (await scope(user).fills.delete({ id })) mine.delete(id);
              return;
            case "update":
              await scope(user).fills.update({ id }, { price: `${at}` });
              return;
            case "failing":
              await scope(user)
                .transaction(async (tx) => {
                  await tx.fills.importMany([row]);
                  throw new Error("no");
                })
                .catch(() => undefined);
              return;
            case "nested":
              await scope(user).transaction((tx) => tx.transaction((inner) => inner.fills.importMany([row])));
              mine.set(id, user);
              return;
            case "joined":
              // Rows of another user in this user's transaction, then this user's again.
              await scope(user).transaction(async (tx) => {
                await scope(other).fills.importMany([fill(id, { account: other, source: `${at}` })]);
                await tx.fills.importMany([row]);
              });
              theirs.set(id, other);
              mine.set(id, user);
          }
        }),
      );
      for (const user of users) {
        const { rows } = await scope(user).fills.page();
        expect(rows.every((row) => row.userId === prefix + user && row.account === user)).toBe(true);
        expect(new Set(rows.map(({ ingestSeq }) => ingestSeq)).size).toBe(rows.length);
      }
    },
  );
});

function one(storages: readonly Storage[], at: number): Storage {
  const storage = storages[at];
  if (storage === undefined) throw new Error("there are two storages");
  return storage;
}

describe("two scopes of one user in two storages", () => {
  it("take turns, across processes too, and lose no update", async () => {
    const url = await postgresDatabase([samples]);
    const storages = await Promise.all([1, 2].map(() => openStorage(url, { tables: [samples] })));
    for (const storage of storages) atEnd(() => storage.close());
    const ann = one(storages, 0).forUser("ann");
    await ann.table(samples).insert({ id: "sum" });
    const add = (scope: Scope) =>
      scope.transaction(async (tx) => {
        const row = await tx.table(samples).get({ id: "sum" });
        await tx.table(samples).update({ id: "sum" }, { count: (row?.count ?? 0) + 1 });
      });
    await Promise.all(Array.from({ length: 40 }, (_, at) => add(one(storages, at % 2).forUser("ann"))));
    expect((await ann.table(samples).get({ id: "sum" }))?.count).toBe(40);
    await ann.transaction(async () => failure(one(storages, 1).forUser("ann").fills.insert(fill("x")), "would-deadlock"));
  });

  it("break a deadlock between two users and finish both", async () => {
    const url = await postgresDatabase([samples]);
    const storages = await Promise.all([1, 2].map(() => openStorage(url, { tables: [samples] })));
    for (const storage of storages) atEnd(() => storage.close());
    const cross = async (at: number, from: string, to: string): Promise<void> => {
      const storage = one(storages, at);
      await storage.forUser(from).transaction(async (tx) => {
        await tx.fills.importMany([fill(`${at}`)]);
        await new Promise((resolve) => setTimeout(resolve, 100));
        await storage.forUser(to).fills.importMany([fill(`${at}`)]);
      });
    };
    await Promise.all([cross(0, "ann", "bob"), cross(1, "bob", "ann")]);
    for (const user of ["ann", "bob"]) expect(await one(storages, 0).forUser(user).fills.count()).toBe(2);
  });
});

const notes = defineTable(
  "notes",
  { userId: c.text(), id: c.text(), revision: c.int().default(1), text: c.text() },
  { primaryKey: ["userId", "id"] },
);
const events = defineTable(
  "events",
  { userId: c.text(), id: c.text(), seq: c.sequence(), text: c.text() },
  { primaryKey: ["userId", "id"], indexes: { by_order: ["userId", "seq"] } },
);

describe("what changes a row", () => {
  it("answers with the row as it stands: nothing is read before an expected revision, nor after any change", async () => {
    const asked: string[] = [];
    const url = await postgresDatabase([notes, events]);
    const onQuery = ({ shape }: { readonly shape: string }): void => void asked.push(shape.split(/[\s("]+/, 3).join(" "));
    const storage = await openStorage(url, { tables: [notes, events], onQuery });
    atEnd(() => storage.close());
    const rows = storage.forUser("ann").table(notes);
    const inserted = await rows.insert({ id: "1", text: "a" });
    const updated = await rows.update({ id: "1" }, { text: "b" }, { ifRevision: 1 });
    expect([inserted, updated]).toMatchObject([
      { text: "a", revision: 1 },
      { text: "b", revision: 2 },
    ]);
    expect(asked.splice(0)).toEqual(["insert into notes", "update notes set"]);
    await failure(rows.update({ id: "1" }, { text: "c" }, { ifRevision: 1 }), "revision-conflict");
    await failure(rows.update({ id: "1" }, { text: "c" }, { ifRevision: 1.5 }), "revision-conflict");
    expect(await rows.update({ id: "2" }, { text: "c" }, { ifRevision: 1 })).toBeNull();
    asked.length = 0;
    const numbered = storage.forUser("ann").table(events);
    expect([await numbered.insert({ id: "1", text: "a" }), await numbered.insert({ id: "2", text: "b" })]).toMatchObject([
      { seq: 1 },
      { seq: 2 },
    ]);
    await failure(numbered.insert({ id: "2", text: "again" }), "already-exists");
    expect(await numbered.insert({ id: "3", text: "c" })).toMatchObject({ seq: 3 });
    expect(new Set(asked)).toEqual(new Set(["insert into td_counters", "insert into events"]));
  });
});

describe("the plans of the application's role", () => {
  it("reach rows of a large table by the user and the index, under the policy", async () => {
    const url = await postgresDatabase([samples]);
    const shapes = new Set<string>();
    const storage = await openStorage(url, { tables: [samples], onQuery: ({ shape }) => shapes.add(shape) });
    atEnd(() => storage.close());
    for (const user of ["ann", "bob"])
      await storage.forUser(user).fills.importMany(Array.from({ length: 3000 }, (_, at) => fill(`${at}`, { symbol: `S${at % 20}-USD` })));
    await execute(ownerUrl(url), "analyze");
    shapes.clear();
    const me = storage.forUser("ann");
    await me.fills.get({ id: "7" });
    const first = await me.fills.page({ orderBy: "by_time", limit: 10 });
    await me.fills.page({ orderBy: "by_time", limit: 10, after: first.next ?? "" });
    await me.fills.page({ where: { symbol: "S7-USD" }, orderBy: "by_symbol_time", limit: 10 });
    await me.fills.page({ where: { id: { in: ["1", "2"] } }, limit: 10 });
    expect(shapes.size).toBeGreaterThan(4);
    for (const shape of shapes) {
      const plan = await asUser(url, "ann", async (raw) => (await raw(`explain (generic_plan) ${shape}`)).flat().join("\n"));
      expect([shape, plan]).toEqual([shape, expect.not.stringMatching(/Seq Scan on (?!td_scope_key)/)]);
      expect([shape, plan]).toEqual([shape, expect.stringMatching(/Index Cond: .*user_id/)]);
    }
  });
});
