import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openStorage } from "../src/index.ts";
import type { Scope } from "../src/index.ts";
import { run, write } from "../src/internal.ts";
import { describeStorage, failure, fill, openTemp, runs, samples } from "./support.ts";

async function idsOf(scope: Scope): Promise<string> {
  return (await scope.fills.page()).rows.map(({ id }) => id).join("");
}

describeStorage("a transaction", (kind) => {
  it("keeps all of its work when its callback resolves, and none when it rejects", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    const result = await me.transaction(async (tx) => {
      await tx.fills.insert(fill("a"));
      await sleep(2);
      await tx.fills.insert(fill("b"));
      return "done";
    });
    expect(result).toBe("done");
    const failed = me.transaction(async (tx) => {
      await tx.fills.insert(fill("c"));
      await sleep(2);
      throw new Error("a rule of the host");
    });
    await expect(failed).rejects.toThrow("a rule of the host");
    expect(await idsOf(me)).toBe("ab");
  });

  it("is joined by work on the scope itself and on another user's scope, and seen by it", async () => {
    const storage = await openTemp(kind);
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    const failed = ann.transaction(async (tx) => {
      await ann.fills.insert(fill("a"));
      await bob.fills.insert(fill("b"));
      expect([await idsOf(tx), await idsOf(ann), await idsOf(bob)]).toEqual(["a", "a", "b"]);
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    expect([await idsOf(ann), await idsOf(bob)]).toEqual(["", ""]);
  });

  it("is not seen from outside before it is committed", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    const outside: Promise<string>[] = [];
    const done = me.transaction(async (tx) => {
      await tx.fills.insert(fill("a"));
      await sleep(5);
    });
    outside.push(idsOf(me));
    await done;
    // A file and a server are read beside the writer; a database in memory makes the read wait for the commit.
    expect(await Promise.all(outside)).toEqual([kind === "memory" ? "a" : ""]);
  });

  it("nests: an inner one that fails takes back its own work only", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.transaction(async (tx) => {
      await tx.fills.insert(fill("a"));
      await tx
        .transaction(async (inner) => {
          await inner.fills.insert(fill("b"));
          await me.transaction(async () => me.fills.insert(fill("c")));
          throw new Error("inner");
        })
        .catch(() => undefined);
      await tx.transaction(async (inner) => inner.fills.insert(fill("d")));
    });
    expect(await idsOf(me)).toBe("ad");
  });

  it("keeps two inner ones that run at once apart", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.transaction(async (tx) => {
      const first = tx.transaction(async (inner) => {
        await inner.fills.insert(fill("a"));
        await sleep(3);
        throw new Error("first");
      });
      const second = tx.transaction(async (inner) => {
        await inner.fills.insert(fill("b"));
        await sleep(1);
        await inner.fills.insert(fill("c"));
      });
      const third = tx.fills.insert(fill("d"));
      await Promise.allSettled([first, second, third]);
    });
    expect(await idsOf(me)).toBe("bcd");
  });

  it("lets an inner callback use the outer handle", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.transaction(async (tx) => {
      await tx
        .transaction(async () => {
          await tx.fills.insert(fill("a"));
          await me.fills.insert(fill("b"));
          throw new Error("inner");
        })
        .catch(() => undefined);
      await tx.fills.insert(fill("c"));
    });
    expect(await idsOf(me)).toBe("c");
  });

  it("cannot be used when it is over", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    const kept: Scope[] = [];
    await me.transaction(async (tx) => {
      kept.push(tx);
      await tx.transaction(async (inner) => void kept.push(inner));
      await failure(kept[1]?.fills.count() ?? Promise.resolve(), "transaction-over");
    });
    for (const scope of kept) {
      await failure(scope.fills.insert(fill("a")), "transaction-over");
      await failure(scope.fills.get({ id: "a" }), "transaction-over");
      await failure(
        scope.transaction(async () => 1),
        "transaction-over",
      );
    }
    expect(await idsOf(me)).toBe("");
  });

  it("is rolled back when its callback leaves work behind, and that work is told", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    const left: Promise<unknown>[] = [];
    const outer = me.transaction(async (tx) => {
      await tx.fills.insert(fill("a"));
      left.push(failure(tx.fills.insert(fill("b")), "transaction-over"));
    });
    await failure(outer, "transaction-unfinished");
    const nested = me.transaction(async (tx) => {
      left.push(
        failure(
          tx.transaction(async (inner) => {
            await inner.fills.insert(fill("c"));
            await sleep(5);
            return inner.fills.insert(fill("d"));
          }),
          "transaction-over",
        ),
      );
      await setImmediate();
    });
    await failure(nested, "transaction-unfinished");
    // Another transaction is open when the one left behind goes on: it must not get in there.
    await me.transaction(async (tx) => {
      await sleep(15);
      await tx.fills.insert(fill("e"));
    });
    await Promise.all(left);
    expect(await idsOf(me)).toBe("e");
  });

  it("is not joined by work that was begun in it and goes on after it: that work stands alone", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    let later: Promise<unknown> = Promise.resolve();
    await me.transaction(async () => {
      later = sleep(5).then(() => me.fills.insert(fill("late")));
    });
    await later;
    expect(await idsOf(me)).toBe("late");
  });

  it("goes on after a refused row", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.transaction(async (tx) => {
      await failure(tx.fills.insert(fill("a", { quantity: "0" })), "constraint-failed");
      await failure(tx.fills.insert(fill("a", { price: "x" })), "value-rejected");
      await tx.fills.insert(fill("a"));
      await failure(tx.fills.insert(fill("a")), "already-exists");
      await tx.transaction(async (inner) => failure(inner.fills.insert(fill("b", { price: "-1" })), "constraint-failed"));
    });
    expect(await idsOf(me)).toBe("a");
  });

  it("loses no update when many read, wait and write at once", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.table(samples).insert({ id: "sum" });
    const add = async (scope: Scope, fails: boolean): Promise<void> => {
      const row = await scope.table(samples).get({ id: "sum" });
      await sleep(1);
      await scope.table(samples).update({ id: "sum" }, { count: (row?.count ?? 0) + 1 });
      if (fails) throw new Error("no");
    };
    await Promise.allSettled(Array.from({ length: 60 }, (_, at) => me.transaction((tx) => add(at % 2 === 0 ? tx : me, at % 3 === 0))));
    expect((await me.table(samples).get({ id: "sum" }))?.count).toBe(40);
  });
});

interface Step {
  readonly insert: string;
  readonly inner: readonly Step[];
  readonly fails: boolean;
}

const stepOf = fc.memo((depth): fc.Arbitrary<Step> =>
  fc.record({
    insert: fc.stringMatching(/^[a-e]$/),
    inner: depth <= 1 ? fc.constant([]) : fc.array(stepOf(), { maxLength: 3 }),
    fails: fc.boolean(),
  }),
);

/** What stands after a step: its own row and its inner steps, or nothing of it when it fails. */
function standing(before: ReadonlySet<string>, { insert, inner, fails }: Step): ReadonlySet<string> {
  return fails ? before : inner.reduce(standing, new Set([...before, insert]));
}

describeStorage("transactions of any shape", (kind) => {
  const storage = openTemp(kind);
  let users = 0;
  test.prop([fc.array(stepOf(3), { maxLength: 5 }), fc.boolean()], runs(100))(
    "leave what their successful parts wrote",
    async (steps, atOnce) => {
      const me = (await storage).forUser(`user ${users++}`);
      const play = ({ insert, inner, fails }: Step): Promise<void> =>
        me.transaction(async (tx) => {
          await tx.fills.importMany([fill(insert)]);
          await setImmediate();
          for (const next of inner) await play(next).catch(() => undefined);
          if (fails) throw new Error("no");
        });
      // Started at once they still run in the order of asking.
      if (atOnce) await Promise.allSettled(steps.map(play));
      else for (const next of steps) await play(next).catch(() => undefined);
      expect(await idsOf(me)).toBe([...steps.reduce(standing, new Set<string>())].toSorted().join(""));
    },
  );
});

describeStorage("closing", (kind) => {
  it("waits for the work in hand, refuses what comes after, and may be repeated", async () => {
    const storage = await openTemp(kind);
    const me = storage.forUser("ann");
    const work = me.transaction(async (tx) => {
      await sleep(5);
      await tx.fills.insert(fill("a"));
    });
    await Promise.all([storage.close(), work, storage.close()]);
    for (const call of [me.fills.count(), me.fills.insert(fill("b")), me.transaction(async () => 1), me.digest()])
      await failure(call, "closed");
  });

  it("is refused inside a transaction, which would wait for itself", async () => {
    const storage = await openTemp(kind);
    await storage.forUser("ann").transaction(async () => failure(storage.close(), "would-deadlock"));
    expect(await storage.forUser("ann").fills.count()).toBe(0);
  });
});

describe("a transaction on a file", () => {
  it("goes on after a statement that the database refused, but not after a call that failed half-way", async () => {
    const me = (await openTemp()).forUser("ann");
    await me.transaction(async (tx) => {
      await tx.fills.insert(fill("a"));
      await failure(run(tx, "insert into nothing values (1)"), "database-failed");
    });
    expect(await idsOf(me)).toBe("a");
    await me.transaction(async (tx) => {
      const inner = tx.transaction(async (nested) => {
        await nested.fills.insert(fill("b"));
        const broken = write(nested, (connection) => {
          connection.run("delete from fills where user_id = ?", ["ann"]);
          throw new Error("half-way");
        });
        await expect(broken).rejects.toThrow("half-way");
        await failure(nested.fills.count(), "transaction-over");
      });
      expect((await failure(inner, "transaction-over")).cause).toEqual(new Error("half-way"));
      await tx.fills.insert(fill("c"));
    });
    expect(await idsOf(me)).toBe("ac");
  });
});

describe("two storages on one file in one process", () => {
  it("take turns instead of blocking each other", async () => {
    const one = await openTemp();
    const two = await openStorage(`sqlite:${one.path}`, { tables: [samples], busyTimeoutMs: 0 });
    const writers = [one, two, one, two].map((storage, at) =>
      storage.forUser("ann").transaction(async (tx) => {
        await tx.fills.insert(fill(`${at}`));
        await sleep(3);
      }),
    );
    await Promise.all(writers);
    expect(await idsOf(two.forUser("ann"))).toBe("0123");
    await one.forUser("ann").transaction(async () => failure(two.forUser("ann").fills.insert(fill("x")), "would-deadlock"));
    await two.close();
  });
});
