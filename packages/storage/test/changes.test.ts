// The feed of a user's changes: after commits and only then, in order, of that user alone; what was missed is said.
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { openStorage } from "../src/index.ts";
import type { ChangeEvent, Scope, Storage } from "../src/index.ts";
import { channelOf, execute, ownerUrl, postgresDatabase, proofOf } from "./postgres-support.ts";
import { atEnd } from "./at-end.ts";
import { describeStorage, failure, fill, openTemp, samples } from "./support.ts";
import type { Kind } from "./support.ts";

const opened = (kind: Kind): Promise<Storage> => openTemp(kind, { notifyChanges: true });

/** Follows a user's changes from this moment on; `take` waits for so many events. */
async function follow(me: Scope, buffer = 1000) {
  const stop = new AbortController();
  const listening = Promise.withResolvers<void>();
  const feed = me.changes({ signal: stop.signal, buffer, onListening: listening.resolve });
  const first = feed.next();
  await listening.promise;
  // One write is enough: what is written after `onListening` is heard.
  const begin = `begin ${Math.random()}`;
  await me.table(samples).insert({ id: begin });
  expect(JSON.stringify((await first).value)).toContain(begin);
  const take = async (count: number): Promise<ChangeEvent[]> => {
    const events: ChangeEvent[] = [];
    while (events.length < count) {
      const { value, done } = await feed.next();
      if (done === true) break;
      if (!JSON.stringify(value).includes("begin ")) events.push(value);
    }
    return events;
  };
  return { take, stop: () => stop.abort(), feed };
}

const told = (events: readonly ChangeEvent[]): readonly unknown[] =>
  events.map((event) =>
    event.kind === "gap" ? event.reason : event.changes.map((each) => [each.table, each.change, "key" in each ? each.key : each.rows]),
  );

describeStorage("me.changes()", (kind) => {
  it("tells what each commit changed, in order, with the keys of its rows", async () => {
    const me = (await opened(kind)).forUser("ann");
    const { take } = await follow(me);
    await me.fills.insert(fill("1"));
    await me.fills.update({ id: "1" }, { price: "2" });
    await me.transaction(async (tx) => {
      await tx.fills.importMany([fill("2"), fill("3")]);
      await tx.fills.delete({ id: "1" });
    });
    await me.fills.importMany(Array.from({ length: 150 }, (_, at) => fill(`many ${at}`)));
    await me.fills.deleteMany([{ id: "3" }, { id: "nowhere" }, { id: "2" }]);
    const events = await take(5);
    expect(told(events)).toEqual([
      [["fills", "inserted", { id: "1" }]],
      [["fills", "updated", { id: "1" }]],
      [
        ["fills", "inserted", { id: "2" }],
        ["fills", "inserted", { id: "3" }],
        ["fills", "deleted", { id: "1" }],
      ],
      [["fills", "imported", 150]],
      [
        ["fills", "deleted", { id: "3" }],
        ["fills", "deleted", { id: "2" }],
      ],
    ]);
    const numbers = events.map((event) => (event.kind === "changed" ? event.sequence : 0));
    expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
  });

  it("says nothing of what was rolled back, of what changed nothing, and of another user", async () => {
    const storage = await opened(kind);
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    const { take } = await follow(ann);
    await bob.fills.insert(fill("secret"));
    await ann.transaction(async (tx) => {
      await tx.fills.insert(fill("kept"));
      await tx
        .transaction(async (inner) => {
          await inner.fills.insert(fill("undone"));
          throw new Error("undone");
        })
        .catch(() => undefined);
      await bob.fills.insert(fill("secret too"));
    });
    await ann
      .transaction(async (tx) => {
        await tx.fills.insert(fill("undone"));
        throw new Error("undone");
      })
      .catch(() => undefined);
    await failure(ann.fills.insert(fill("kept")), "already-exists");
    expect([await ann.fills.delete({ id: "nowhere" }), await ann.fills.update({ id: "nowhere" }, { price: "1" })]).toEqual([false, null]);
    await ann.fills.importMany([fill("kept")]);
    await ann.fills.insert(fill("last"));
    expect(told(await take(2))).toEqual([[["fills", "inserted", { id: "kept" }]], [["fills", "inserted", { id: "last" }]]]);
    expect(await ann.fills.count()).toBe(2);
  });

  it("keeps a bounded buffer for a slow listener and says that it lost events", async () => {
    const me = (await opened(kind)).forUser("ann");
    const { take } = await follow(me, 3);
    for (let at = 0; at < 10; at++) await me.fills.insert(fill(`${at}`));
    if (kind === "postgres") await new Promise((resolve) => setTimeout(resolve, 200));
    expect(told(await take(1))).toEqual(["overflow"]);
    await me.fills.insert(fill("after"));
    let seen = "";
    while (!seen.includes("after")) seen = JSON.stringify(told(await take(1)));
    expect(seen).toBe(JSON.stringify([[["fills", "inserted", { id: "after" }]]]));
    for (const buffer of [0, 1.5, 100_001]) await failure(me.changes({ buffer }).next(), "bad-request");
  });

  it("tells each change once to each of two who listen", async () => {
    const me = (await opened(kind)).forUser("ann");
    const [one, two] = [await follow(me), await follow(me)];
    await me.fills.insert(fill("1"));
    await me.fills.insert(fill("2"));
    const both = [[["fills", "inserted", { id: "1" }]], [["fills", "inserted", { id: "2" }]]];
    expect([told(await one.take(2)), told(await two.take(2))]).toEqual([both, both]);
    one.stop();
    await me.fills.insert(fill("3"));
    expect([await one.take(1), told(await two.take(1))]).toEqual([[], [[["fills", "inserted", { id: "3" }]]]]);
  });

  it("ends by its signal, by return() and with the storage", async () => {
    const storage = await opened(kind);
    const me = storage.forUser("ann");
    const [one, two, three] = [await follow(me), await follow(me), await follow(me)];
    one.stop();
    expect((await one.feed.next()).done).toBe(true);
    expect((await two.feed.return(undefined)).done).toBe(true);
    const waiting = three.take(1);
    await storage.close();
    expect(await waiting).toEqual([]);
    const late: string[] = [];
    expect((await me.changes({ signal: AbortSignal.abort(), onListening: () => late.push("listening") }).next()).done).toBe(true);
    expect(late).toEqual([]);
  });
});

describe("me.changes() on PostgreSQL", () => {
  it("hears other processes' changes, and only in a storage that was opened for it", async () => {
    const url = await postgresDatabase([samples]);
    const open = async (options: object): Promise<Storage> => {
      const storage = await openStorage(url, { tables: [samples], ...options });
      atEnd(() => storage.close());
      return storage;
    };
    const [here, there, silent] = [await open({ notifyChanges: true }), await open({ notifyChanges: true }), await open({})];
    expect(() => silent.forUser("ann").changes()).toThrow(expect.objectContaining({ code: "not-allowed" }));
    const { take } = await follow(here.forUser("ann"));
    await there.forUser("ann").fills.insert(fill("from there"));
    expect(told(await take(1))).toEqual([[["fills", "inserted", { id: "from there" }]]]);
  });

  let shared: ReturnType<typeof openShared> | undefined;
  const openShared = async (): Promise<{ readonly url: string; readonly storage: Storage }> => {
    const url = await postgresDatabase([samples]);
    const storage = await openStorage(url, { tables: [samples], notifyChanges: true });
    atEnd(() => storage.close());
    return { url, storage };
  };
  const forged = (sequence: number): string =>
    JSON.stringify({ s: sequence, c: [{ table: "fills", change: "inserted", key: { id: "forged" } }] });
  const real = (id: string): unknown => [["fills", "inserted", { id }]];
  it.each([
    ["no JSON", "{", ["missed"], real("1")],
    ["no message", "null", ["missed"], real("1")],
    ["a message without changes", `{"s":2,"c":[]}`, ["missed"], real("1")],
    ["changes of nothing", `{"s":2,"c":[null]}`, ["missed"], real("1")],
    ["a number of before", forged(1), ["missed"], real("1")],
    ["the next number", forged(2), [real("forged")], "missed"],
    ["a number far ahead", forged(1_000_000), ["missed", real("forged")], "missed"],
  ])("goes on to tell commits, or a gap, when somebody else sends on its channel: %s", async (_, payload, before, first) => {
    const { url, storage } = await (shared ??= openShared());
    const me = storage.forUser(payload);
    const { take } = await follow(me);
    await execute(ownerUrl(url), `select pg_notify('${await channelOf(url, me.userId)}', '${payload}')`);
    expect(told(await take(before.length))).toEqual(before);
    await me.fills.insert(fill("1"));
    expect(told(await take(1))).toEqual([first]);
    await me.fills.insert(fill("2"));
    expect(told(await take(1))).toEqual([real("2")]);
  });

  it("has a channel that nobody without the key can name: what is sent on one made of the user's id alone is not heard", async () => {
    const { url, storage } = await (shared ??= openShared());
    const me = storage.forUser("guessed");
    const { take } = await follow(me);
    const guessed = createHash("sha256").update(`td:changes:${me.userId}`).digest("hex");
    for (const name of [guessed, guessed.slice(0, 40), await proofOf(url, me.userId)]) {
      await execute(ownerUrl(url), `select pg_notify('td_${name.slice(0, 40)}', '${forged(1)}')`);
    }
    await me.fills.insert(fill("1"));
    expect(told(await take(1))).toEqual([real("1")]);
  });

  it("says that it missed changes when its connection was lost meanwhile", async () => {
    const url = await postgresDatabase([samples]);
    const storage = await openStorage(url, { tables: [samples], notifyChanges: true });
    atEnd(() => storage.close());
    const me = storage.forUser("ann");
    const { take } = await follow(me);
    const [listener] = await execute(
      ownerUrl(url),
      "select pid from pg_stat_activity where datname = current_database() and query like 'listen%'",
    );
    await execute(ownerUrl(url), `select pg_terminate_backend(${String(listener?.[0])})`);
    await me.fills.insert(fill("unheard"));
    const first = take(1);
    // Either it was heard on the new connection, or the gap is told.
    expect(["missed", [["fills", "inserted", { id: "unheard" }]]]).toContainEqual(told(await first)[0]);
    await me.fills.insert(fill("heard"));
    expect(told(await take(1))).toEqual([[["fills", "inserted", { id: "heard" }]]]);
  });
});
