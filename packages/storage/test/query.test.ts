// What a host sees of the queries, and that none of them reads a user's table from end to end.
import { describe, expect, it } from "vitest";
import type { QueryEvent, Scope } from "../src/index.ts";
import { all, read } from "../src/internal.ts";
import { failure, fill, openTemp, samples } from "./support.ts";

describe("onQuery", () => {
  it("is told the SQL, the rows and the times of each query, and never a value", async () => {
    const events: QueryEvent[] = [];
    const me = (await openTemp("file", { onQuery: (event) => events.push(event) })).forUser("ann-the-user");
    events.length = 0;
    await me.fills.importMany([fill("secret-1"), fill("secret-2")]);
    await me.fills.page({ where: { symbol: "SECRET-USD" } });
    await failure(me.fills.insert(fill("secret-1")), "already-exists");
    expect(events.map(({ shape, rows }) => `${shape.split(" ").slice(0, 3).join(" ")} ${rows}`)).toContain('insert into "fills" 2');
    for (const event of events) {
      expect(JSON.stringify(event)).not.toMatch(/secret|ann-the-user/i);
      expect([event.ms >= 0, event.lockWaitMs >= 0]).toEqual([true, true]);
    }
  });

  it("tells the wait for the writer apart from the work", async () => {
    const events: QueryEvent[] = [];
    const me = (await openTemp("file", { onQuery: (event) => events.push(event) })).forUser("ann");
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const first = me.transaction(() => held);
    const second = me.fills.delete({ id: "x" });
    setTimeout(release, 30);
    await Promise.all([first, second]);
    const waited = events.find(({ shape }) => shape.startsWith("delete"));
    expect(waited?.lockWaitMs).toBeGreaterThan(10);
  });

  it("is told only slow queries when a threshold is set", async () => {
    const events: QueryEvent[] = [];
    const me = (await openTemp("file", { onQuery: (event) => events.push(event), slowQueryMs: 60_000 })).forUser("ann");
    await me.fills.insert(fill("a"));
    expect(events).toEqual([]);
  });

  it("cannot break a query by throwing", async () => {
    const warnings: string[] = [];
    const warned = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", warned);
    const me = (
      await openTemp("file", {
        onQuery: () => {
          throw new Error("a broken listener");
        },
      })
    ).forUser("ann");
    await me.fills.insert(fill("a"));
    expect(await me.fills.count()).toBe(1);
    await new Promise(setImmediate);
    process.off("warning", warned);
    expect(warnings.join()).toContain("a broken listener");
  });
});

describe("td's own way to SQL", () => {
  it("keeps a bounded number of prepared statements, and prepares a forgotten one again", async () => {
    const me = (await openTemp("memory")).forUser("ann");
    for (let at = 0; at < 1100; at++) expect(await all(me, `select ${at % 550}, ?`, ["x"])).toEqual([[at % 550, "x"]]);
  });

  it("is open to scopes only", async () => {
    await failure(all({} as Scope, "select 1"), "bad-request");
  });
});

async function everyQuery(me: Scope): Promise<void> {
  const rows = me.table(samples);
  await rows.insert({ id: "a", label: "x" });
  await rows.get({ id: "a" });
  await rows.update({ id: "a" }, { price: "2" });
  await rows.count();
  await rows.count({ price: { gt: "1" }, label: { ne: null } });
  for (const orderBy of ["primaryKey", "by_price", "by_time"] as const) {
    for (const direction of ["asc", "desc"] as const) {
      const first = await rows.page({ orderBy, direction, limit: 1 });
      const after = first.next ?? first.previous;
      if (after !== null) {
        await rows.page({ orderBy, direction, limit: 1, after });
        await rows.page({ orderBy, direction, limit: 1, before: after });
      }
      for await (const chunk of rows.stream({ orderBy, direction, chunk: 1 })) expect(chunk).toHaveLength(1);
    }
  }
  await rows.page({ where: { id: { in: ["a"] } } });
  await me.fills.importMany([fill("a"), fill("b")]);
  await me.fills.page({ where: { symbol: "BTC-USD" }, orderBy: "by_symbol_time" });
  await me.fills.page({ where: { executedAt: { gte: "2025-01-01T00:00:00Z" } }, orderBy: "by_time" });
  await rows.delete({ id: "a" });
}

describe("every query of a repository", () => {
  it("finds the user's rows through an index and sorts nothing that an index orders", async () => {
    const shapes = new Set<string>();
    const me = (await openTemp("file", { onQuery: ({ shape }) => shapes.add(shape) })).forUser("ann");
    await me.table(samples).importMany([{ id: "b" }, { id: "c" }]);
    shapes.clear();
    await everyQuery(me);
    expect(shapes.size).toBeGreaterThan(20);
    for (const shape of shapes) {
      const plan = await read(me, (connection) =>
        connection.database.prepare(`explain query plan ${shape}`).all(...Array.from(shape.matchAll(/\?/g), () => null)),
      );
      const steps = plan.map((step) => (step as { readonly detail: string }).detail);
      const scans = steps.filter((step) => /^SCAN (?!json_each|value)/.test(step) || step.includes("TEMP B-TREE"));
      expect([shape, ...scans]).toEqual([shape]);
      const unscoped = steps.filter((step) => /^SEARCH "?(fills|samples)/.test(step) && !step.includes("user_id=?"));
      expect([shape, ...unscoped]).toEqual([shape]);
    }
  });
});
