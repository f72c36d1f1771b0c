import { expect, it } from "vitest";
import { describeStorage, failure, fill, openTemp } from "./support.ts";

const AT = "2025-03-01T10:00:00.000000Z";
const LATER = "2025-03-01T10:00:05.000000Z";

describeStorage("the services of a user", (kind) => {
  const shared = openTemp(kind, { tables: [] });

  it("are alive from their first heartbeat until they stop in good order", async () => {
    const { services } = (await shared).forUser("alive");
    expect(await services.status()).toEqual([]);
    await services.heartbeat({ at: AT });
    await services.heartbeat({ service: "watcher", at: AT });
    expect(await services.heartbeat({ at: LATER, running: false })).toMatchObject({
      service: "main",
      running: false,
      lastHeartbeatAt: LATER,
      createdAt: AT,
      updatedAt: LATER,
      errorCount: 0,
    });
    expect((await services.status()).map(({ service, running }) => [service, running])).toEqual([
      ["main", false],
      ["watcher", true],
    ]);
    await failure(services.heartbeat({ service: " " }), "bad-request");
    await failure(services.heartbeat({ at: "now" }), "value-rejected");
  });

  it("keep a task on record while it runs and when it has ended", async () => {
    const me = (await shared).forUser("task");
    const outcome = await me.services.runTask("sell_monitor", async ({ userId, executionId, details }) => {
      expect((await me.services.tasks()).rows).toMatchObject([{ id: executionId, status: "running", durationMs: null }]);
      details({ checked: 3 });
      await me.fills.insert(fill("f"));
      return userId;
    });
    expect(outcome).toMatchObject({ status: "success", value: "task", recorded: true, recordError: undefined });
    expect((await me.services.tasks()).rows).toMatchObject([
      {
        id: outcome.executionId,
        service: "main",
        taskName: "sell_monitor",
        status: "success",
        message: null,
        details: { checked: 3 },
        durationMs: outcome.durationMs,
      },
    ]);
    expect(await me.fills.count()).toBe(1);
  });

  it("give back what a task threw, count it, and keep what it had committed", async () => {
    const me = (await shared).forUser("failing");
    const thrown = new TypeError("the broker said no");
    const outcome = await me.services.runTask(
      "buy_orders",
      async () => {
        await me.fills.insert(fill("committed"));
        await me.transaction(async (tx) => {
          await tx.fills.insert(fill("rolled back"));
          throw thrown;
        });
      },
      { now: () => AT },
    );
    expect(outcome).toMatchObject({ status: "failed", error: thrown, recorded: true });
    expect((await me.services.tasks()).rows).toMatchObject([
      { status: "failed", message: "TypeError: the broker said no", executedAt: AT },
    ]);
    expect(await me.services.status()).toMatchObject([
      { errorCount: 1, lastError: "TypeError: the broker said no", lastErrorAt: AT, lastTaskAt: AT },
    ]);
    expect((await me.fills.page()).rows.map(({ id }) => id)).toEqual(["committed"]);
    await me.services.runTask("buy_orders", async () => undefined);
    expect(await me.services.status()).toMatchObject([{ errorCount: 1, lastErrorAt: AT }]);
  });

  it.each([
    ["an object without a prototype", () => Object.create(null) as unknown],
    ["an error whose message cannot be text", () => Object.assign(new Error("x"), { message: Symbol("x") })],
    ["an error that throws when it is read", () => Object.defineProperty(new Error("x"), "name", { get: () => expect.fail("read") })],
  ])("end on record whatever is thrown: %s", async (what, thrown) => {
    const me = (await shared).forUser(what);
    const outcome = await me.services.runTask("odd", async () => Promise.reject(thrown() as Error));
    expect(outcome).toMatchObject({ status: "failed", recorded: true });
    const { rows } = await me.services.tasks();
    expect(rows).toMatchObject([{ status: "failed", message: "something was thrown that has no text" }]);
  });

  it("know a task that had nothing to do, and one that did not let itself be skipped", async () => {
    const { services } = (await shared).forUser("skipping");
    expect(await services.runTask("analysis", async ({ skip }) => skip("market closed"))).toMatchObject({
      status: "skipped",
      reason: "market closed",
    });
    const stubborn = services.runTask("analysis", async ({ skip }) => {
      try {
        skip("market closed");
      } catch {
        return "went on";
      }
    });
    expect(await stubborn).toMatchObject({ status: "success", value: "went on" });
    const { rows } = await services.tasks({ name: "analysis" });
    expect(rows.map(({ status, message }) => [status, message])).toEqual(
      expect.arrayContaining([
        ["skipped", "market closed"],
        ["success", null],
      ]),
    );
    expect(await services.status()).toMatchObject([{ errorCount: 0 }]);
  });

  it("do not begin a task inside a transaction, or one without a name", async () => {
    const me = (await shared).forUser("inside");
    let ran = false;
    const work = async (): Promise<void> => {
      ran = true;
    };
    await me.transaction(async (tx) => {
      await failure(tx.services.runTask("t", work), "not-allowed");
      await failure(me.services.runTask("t", work), "not-allowed");
    });
    await failure(me.services.runTask("", work), "bad-request");
    expect(ran).toBe(false);
  });

  it("return a task's result even when its end cannot be recorded, and say so", async () => {
    const me = (await shared).forUser("unrecorded");
    const outcome = await me.services.runTask("t", async ({ details }) => {
      details({ notJson: 5n });
      return 7;
    });
    expect(outcome).toMatchObject({ status: "success", value: 7, recorded: false, recordError: { code: "value-rejected" } });
    expect((await me.services.tasks()).rows).toMatchObject([{ status: "running" }]);
  });

  it("leave other users alone when one user's task fails", async () => {
    const storage = await shared;
    const ids = ["one", "two", "three"];
    const outcomes = await Promise.all(
      ids.map(async (id) => {
        const me = storage.forUser(id);
        return me.services.runTask("premarket_retry", async () => {
          if (id === "two") throw new Error("only here");
          await me.fills.insert(fill(id));
        });
      }),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["success", "failed", "success"]);
    expect(await Promise.all(ids.map((id) => storage.forUser(id).fills.count()))).toEqual([1, 0, 1]);
    expect(await storage.forUser("one").services.status()).toMatchObject([{ errorCount: 0, lastError: null }]);
  });

  it("log lines that are found by level, the latest first, and go when they are old", async () => {
    const { services } = (await shared).forUser("logging");
    const times = ["2025-03-01T10:00:00Z", "2025-03-02T10:00:00Z", "2025-03-03T10:00:00Z"];
    for (const [n, at] of times.entries()) await services.log(n === 1 ? "ERROR" : "INFO", "orders", `line ${n}`, { n }, at);
    await services.runTask("old", async () => undefined, { now: () => "2025-03-01T00:00:00Z" });
    await services.runTask("new", async () => undefined, { now: () => "2025-03-09T00:00:00Z" });
    const first = await services.logs({ limit: 2 });
    expect(first.rows.map(({ message }) => message)).toEqual(["line 2", "line 1"]);
    expect((await services.logs({ limit: 2, after: first.next ?? "" })).rows.map(({ message }) => message)).toEqual(["line 0"]);
    expect((await services.logs({ level: "ERROR" })).rows).toMatchObject([{ context: { n: 1 } }]);
    expect(await services.prune({ before: "2025-03-02T10:00:00.000001Z" })).toEqual({ logs: 2, tasks: 1 });
    expect((await services.tasks()).rows.map(({ taskName }) => taskName)).toEqual(["new"]);
    await failure(services.log("FATAL" as "ERROR", "m", "x"), "value-rejected");
    await failure(services.prune({ before: "soon" }), "value-rejected");
  });

  it("prune more than one batch, of their own user only", async () => {
    const storage = await shared;
    const [ann, bob] = [storage.forUser("many"), storage.forUser("few")];
    const count = kind === "postgres" ? 501 : 1200;
    await ann.transaction(async (tx) => {
      for (let n = 0; n < count; n++) await tx.services.log("DEBUG", "m", "x", null, AT);
    });
    await bob.services.log("DEBUG", "m", "x", null, AT);
    expect(await ann.services.prune({ before: LATER })).toEqual({ logs: count, tasks: 0 });
    expect((await bob.services.logs()).rows).toHaveLength(1);
  });
});
