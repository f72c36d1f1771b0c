// Random histories of four users at once: each user's answers are exactly those of a world in which that user is alone, so nobody reads, writes,
// counts, joins or learns of another's row, by repositories, raw SQL, references or the errors of unique keys.
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { expect } from "vitest";
import { c, defineTable, StorageError } from "../src/index.ts";
import type { Scope } from "../src/index.ts";
import { DEPTH, describeStorage, fill, openTemp, samples } from "./support.ts";

const parents = defineTable("parents", { userId: c.text(), id: c.text(), owner: c.text() }, { primaryKey: ["userId", "id"] });
const children = defineTable(
  "children",
  { userId: c.text(), id: c.text(), parent: c.text() },
  {
    primaryKey: ["userId", "id"],
    unique: { one_child: ["userId", "parent"] },
    foreignKeys: [{ columns: ["userId", "parent"], references: "parents", to: ["userId", "id"] }],
  },
);

const USERS = ["ann", "bob", "cid", "dee"] as const;
const id = fc.constantFrom("a", "b", "c", "d", "e");
const step = fc.record({
  user: fc.constantFrom(...USERS),
  what: fc.constantFrom(
    "insert",
    "import",
    "update",
    "delete",
    "get",
    "page",
    "count",
    "sql",
    "join",
    "child",
    "childless",
    "failing",
    "pair",
  ),
  id,
  other: id,
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** What one user has, and who has written it. */
interface Alone {
  readonly fills: Map<string, string>;
  readonly parents: Set<string>;
  readonly children: Map<string, string>;
}

const codeOf = (error: unknown): string => (error instanceof StorageError ? error.code : String(error));
const outcome = (call: Promise<unknown>): Promise<unknown> => call.then((value) => value, codeOf);

/** Does a step for real and in the mind; both answers. */
async function take(
  me: Scope,
  mine: Alone,
  { what, id: key, other }: Step,
  mark: string,
): Promise<readonly [real: unknown, alone: unknown]> {
  const row = fill(key, { source: mark, account: me.userId });
  switch (what) {
    case "insert": {
      const stood = mine.fills.has(key);
      if (!stood) mine.fills.set(key, me.userId);
      return [await outcome(me.fills.insert(row).then(({ userId }) => userId)), stood ? "already-exists" : me.userId];
    }
    case "import": {
      const written = mine.fills.has(key) ? 0 : 1;
      mine.fills.set(key, me.userId);
      return [(await me.fills.importMany([row])).written, written];
    }
    case "update": {
      const real = await me.fills.update({ id: key }, { price: "7" });
      // Back again, so that an import finds the same content.
      if (real !== null) await me.fills.update({ id: key }, { price: "100.25" });
      return [real?.account, mine.fills.get(key)];
    }
    case "delete":
      return [await me.fills.delete({ id: key }), mine.fills.delete(key)];
    case "get":
      return [(await me.fills.get({ id: key }))?.account, mine.fills.get(key)];
    case "page":
      return [(await me.fills.page()).rows.map((each) => [each.id, each.account]), sorted(mine.fills)];
    case "count":
      return [
        [await me.fills.count(), await me.fills.count({ account: { ne: me.userId } })],
        [mine.fills.size, 0],
      ];
    case "sql":
      return [(await me.sql("select id, account from fills order by id")).map((each) => [each["id"], each["account"]]), sorted(mine.fills)];
    case "join":
      return [
        await me.sql("select count(*) as n from fills a join fills b on a.user_id <> b.user_id or a.account <> b.account"),
        [{ n: 0 }],
      ];
    case "child": {
      const fits = mine.parents.has(other) && !mine.children.has(key) && ![...mine.children.values()].includes(other);
      if (fits) mine.children.set(key, other);
      const real = await outcome(
        me
          .table(children)
          .insert({ id: key, parent: other })
          .then(() => "written"),
      );
      return [real === "written", fits];
    }
    case "childless": {
      const fits = !mine.parents.has(key);
      mine.parents.add(key);
      return [(await me.table(parents).importMany([{ id: key, owner: me.userId }])).written, fits ? 1 : 0];
    }
    case "failing": {
      const work = me.transaction(async (tx) => {
        await tx.fills.importMany([row, fill(other)]);
        await tx.fills.delete({ id: key });
        throw new Error("taken back");
      });
      return [await work.catch(() => "failed"), "failed"];
    }
    case "pair": {
      const stood = [mine.fills.delete(key), mine.fills.has(other)];
      mine.fills.set(other, me.userId);
      const real = await me.transaction(async (tx) => {
        const gone = await tx.fills.delete({ id: key });
        const { identical, conflicts } = await tx.fills.importMany([fill(other, { account: me.userId, source: mark })]);
        return [gone, identical + conflicts.length === 1];
      });
      return [real, key === other ? [stood[0], false] : stood];
    }
  }
}

const sorted = (rows: ReadonlyMap<string, string>): readonly unknown[] => [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1));

describeStorage("random histories of four users at once", (kind) => {
  const tables = [samples, parents, children];
  const storage = openTemp(kind, { tables, maxConnections: 4 });
  const length = DEPTH === 1 ? { minLength: 60, maxLength: 120 } : { minLength: 10_000, maxLength: 10_000 };
  let round = 0;

  test.prop([fc.array(step, { ...length, size: "max" })], { numRuns: DEPTH === 1 ? 3 : 1 })(
    "answer each user as if there were no other",
    async (steps) => {
      const prefix = `${round++} `;
      await Promise.all(
        USERS.map(async (user) => {
          const me = (await storage).forUser(prefix + user);
          const mine: Alone = { fills: new Map(), parents: new Set(), children: new Map() };
          for (const [at, each] of steps.filter((any) => any.user === user).entries()) {
            const [real, alone] = await take(me, mine, each, `${at}`);
            expect([each.what, at, real]).toEqual([each.what, at, alone]);
          }
        }),
      );
    },
    60_000 * DEPTH,
  );
});
