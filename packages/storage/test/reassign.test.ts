import { randomBytes } from "node:crypto";
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { expect, it } from "vitest";
import { c, collectDigest, combineDigests, defineTable, digestTable } from "../src/index.ts";
import type { AnyTable, DatasetDigest, Scope, Storage } from "../src/index.ts";
import { userTables } from "../src/tables/user-tables.ts";
import { describeStorage, failure, fill, openTemp, runs } from "./support.ts";

const pets = defineTable(
  "pets",
  { userId: c.text(), id: c.text(), name: c.text(), fillId: c.text().nullable() },
  {
    primaryKey: ["userId", "id"],
    unique: { one_name: ["userId", "name"] },
    foreignKeys: [{ columns: ["userId", "fillId"], references: "fills", to: ["userId", "id"] }],
  },
);
const tables = [pets];
const KEY = { id: "2026", key: randomBytes(32) };
const AT = "2025-03-01T10:00:00Z";

/** The digest that a user's rows have as rows of another. */
async function digestAs(me: Scope, userId: string): Promise<DatasetDigest> {
  const digests = [];
  for (const table of [...userTables, pets] as readonly AnyTable[]) {
    if (table.name === "users") continue;
    const collector = collectDigest(table.name);
    for await (const rows of me.table(table).stream()) for (const row of rows) collector.add(table.canonical({ ...row, userId }));
    digests.push(collector.result());
  }
  return combineDigests(digests);
}

async function fillUp(me: Scope): Promise<void> {
  await me.profile.insert({ placeholder: true });
  await me.bots.insert({ id: "b", name: "bot" });
  await me.fills.importMany([fill("f1"), fill("f2", { side: "sell", executedAt: "2025-03-01T11:00:00Z" })]);
  await me.fills.update({ id: "f1" }, { price: "7" });
  await me.table(pets).insert({ id: "p", name: "Rex", fillId: "f1" });
  await me.trades.insert({
    id: "t",
    botId: "b",
    symbol: "X",
    tradeType: "LONG",
    action: "OPEN",
    entryPrice: "1",
    size: "1",
    pnl: "-1",
    executedAt: AT,
  });
  await me.snapshots.insert({ botId: "b", at: AT, totalValue: "5" });
  await me.settings.insert({ name: "theme", value: { dark: true } });
  await me.services.heartbeat({ at: AT });
}

const open = async (storage: Storage) => storage.system.open({ actor: "ops", action: "reassign", reason: "the real owner came" });

describeStorage("storage.system.reassign", (kind) => {
  const shared = openTemp(kind, { tables, keyring: { active: KEY } });
  let users = 0;
  const names = (): readonly [string, string] => [`from ${users++}`, `to ${users++}`];

  it("gives a user's rows to a new one: the same ids, the same digest, nothing left but the person's own", async () => {
    const [from, to] = names();
    const storage = await shared;
    const [old, me] = [storage.forUser(from), storage.forUser(to)];
    await fillUp(old);
    await old.ledger.compute();
    await old.credentials.put({ id: "main", broker: "kraken", mode: "paper", secret: { key: "x" } });
    const expected = await digestAs(old, to);
    const report = await (await open(storage)).reassign({ from, to });
    expect(report).toMatchObject({ done: true, left: { users: 1, broker_credentials: 1, credential_audit: 1 } });
    if (!report.done) return;
    for (const { read, moved, identical } of report.tables) expect([moved, identical]).toEqual([read, 0]);
    expect(report.tables.find(({ table }) => table === "fills")).toEqual({ table: "fills", read: 2, moved: 2, identical: 0 });
    expect((await digestAs(me, to)).digest).toBe(expected.digest);
    expect(report.digest.digest).toBe((await me.digest()).digest);
    expect((await digestAs(old, to)).tables.every(({ rows }) => rows === 0)).toBe(true);
    expect((await me.fills.page()).rows.map(({ id, price }) => [id, price.toFixed()])).toEqual([
      ["f1", "7"],
      ["f2", "100.25"],
    ]);
    expect((await storage.system.audit(1))[0]).toMatchObject({ actor: "ops", reason: `reassign ${from} to ${to}: the real owner came` });
    await me.fills.insert(fill("f3", { executedAt: "2025-03-01T09:00:00Z", price: "1" }));
    await me.ledger.compute();
    expect(await me.ledger.validate()).toMatchObject({ sound: true });
  });

  it("moves nothing when one row stands in the way, and names all that do", async () => {
    const [from, to] = names();
    const storage = await shared;
    const [old, me] = [storage.forUser(from), storage.forUser(to)];
    await fillUp(old);
    await me.fills.importMany([fill("f1"), fill("mine")]);
    await me.table(pets).insert({ id: "q", name: "Rex" });
    const [before, mine] = [await old.digest(), await me.digest()];
    const report = await (await open(storage)).reassign({ from, to });
    expect(report).toEqual({
      done: false,
      conflictCount: 2,
      conflicts: [
        { table: "fills", key: { id: "f1" }, why: "other-content" },
        { table: "pets", key: { id: "p" }, why: "refused" },
      ],
    });
    expect([await old.digest(), await me.digest()]).toEqual([before, mine]);
    expect((await me.fills.insert(fill("next"))).ingestSeq).toBe(3);
  });

  it("joins rows that both have alike", async () => {
    const [from, to] = names();
    const storage = await shared;
    const [old, me] = [storage.forUser(from), storage.forUser(to)];
    await old.fills.importMany([fill("a"), fill("b")]);
    await me.fills.importMany([fill("a", { source: "elsewhere" }), fill("c")]);
    expect(await (await open(storage)).reassign({ from, to })).toMatchObject({
      done: true,
      tables: [{ table: "fills", read: 2, moved: 1, identical: 1 }],
    });
    expect((await me.fills.page()).rows.map(({ id, source }) => [id, source])).toEqual([
      ["a", "elsewhere"],
      ["b", "test"],
      ["c", "test"],
    ]);
  });

  it("refuses the same user, no user, and a call inside a transaction; and leaves third users alone", async () => {
    const [from, to] = names();
    const storage = await shared;
    const third = storage.forUser("third");
    await third.fills.importMany([fill("a")]);
    await storage.forUser(from).fills.importMany([fill("a", { price: "9" })]);
    const system = await open(storage);
    await failure(system.reassign({ from, to: from }), "bad-request");
    await failure(system.reassign({ from, to: "" }), "bad-user");
    await third.transaction(async () => failure(system.reassign({ from, to }), "not-allowed"));
    const before = await third.digest();
    await system.reassign({ from, to });
    expect(await third.digest()).toEqual(before);
  });

  const rows = fc.uniqueArray(fc.record({ id: fc.constantFrom("a", "b", "c", "d", "e"), price: fc.constantFrom("1", "2") }), {
    selector: ({ id }) => id,
  });
  test.prop([rows, rows], runs(12))("balances whatever both have: all or nothing, and nothing lost", async (theirs, ours) => {
    const [from, to] = names();
    const storage = await shared;
    const [old, me] = [storage.forUser(from), storage.forUser(to)];
    await old.fills.importMany(theirs.map(({ id, price }) => fill(id, { price })));
    await me.fills.importMany(ours.map(({ id, price }) => fill(id, { price })));
    const own = new Map(ours.map(({ id, price }) => [id, price]));
    const clash = theirs.filter(({ id, price }) => own.has(id) && own.get(id) !== price);
    const report = await (await open(storage)).reassign({ from, to });
    expect(report).toMatchObject(clash.length > 0 ? { done: false, conflictCount: clash.length } : { done: true });
    const union = new Map(clash.length > 0 ? own : [...own, ...theirs.map(({ id, price }) => [id, price] as const)]);
    expect((await me.fills.page()).rows.map(({ id, price }) => [id, price.toFixed()])).toEqual(
      [...union].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
    expect(await old.fills.count()).toBe(clash.length > 0 ? theirs.length : 0);
    expect((await digestTable(me, pets)).rows).toBe(0);
  });
});

describeStorage("storage.system.leaderboard", (kind) => {
  it("ranks users by the exact profit of their closes", async () => {
    const storage = await openTemp(kind, { tables });
    const close = { symbol: "X", tradeType: "LONG", action: "CLOSE", entryPrice: "1", exitPrice: "1", size: "1", executedAt: AT } as const;
    await storage.forUser("ann").trades.importMany([
      { id: "1", ...close, pnl: "0.1" },
      { id: "2", ...close, pnl: "0.2" },
    ]);
    await storage.forUser("bob").trades.importMany([
      { id: "1", ...close, pnl: "0.3" },
      { id: "2", ...close, action: "OPEN", exitPrice: null, pnl: "9" },
    ]);
    await storage.forUser("cat").trades.importMany([
      { id: "1", ...close, pnl: "0.300000000000000001" },
      { id: "2", ...close, symbol: "Y", executedAt: "2025-04-01T00:00:00Z", pnl: "-7" },
    ]);
    const system = await open(storage);
    const shown = (rows: Awaited<ReturnType<typeof system.leaderboard>>): unknown =>
      rows.map(({ rank, userId, closes, wins, pnl }) => [rank, userId, closes, wins, pnl.toFixed()]);
    expect(shown(await system.leaderboard())).toEqual([
      [1, "ann", 2, 2, "0.3"],
      [1, "bob", 1, 1, "0.3"],
      [3, "cat", 2, 1, "-6.699999999999999999"],
    ]);
    expect(shown(await system.leaderboard({ symbol: "X", limit: 1 }))).toEqual([[1, "cat", 1, 1, "0.300000000000000001"]]);
    expect(shown(await system.leaderboard({ since: "2025-03-15T00:00:00Z" }))).toEqual([[1, "cat", 1, 0, "-7"]]);
    expect(await system.leaderboard({ until: AT })).toEqual([]);
    await failure(system.leaderboard({ limit: 0 }), "bad-request");
    await failure(system.leaderboard({ since: "then" }), "value-rejected");
  });
});
