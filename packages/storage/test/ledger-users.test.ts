import { createHash } from "node:crypto";
import { allocate } from "@td/fifo";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FillInput } from "../src/index.ts";
import { bookArbitrary, compute, DEPTH, fills, importFills, LEDGER_KINDS, openLedgerOn, tradeOf } from "./ledger-support.ts";

/** The digest of `allocate`'s own rows. */
function digest(book: readonly FillInput[]): string {
  const lines = allocate(book.map(tradeOf)).allocations.map((row) =>
    [
      row.sellId,
      row.buyId ?? "-",
      row.text("quantity"),
      row.text("costBasis") ?? "-",
      row.text("netProceeds"),
      row.text("pnl") ?? "-",
    ].join("|"),
  );
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  const openLedger = () => openLedgerOn(kind);

  const shared = openLedger();
  let round = 0;

  test("two users' ledgers never mix: the same ids and symbols, imported and computed in any interleaving", async () => {
    const step = fc.record({ user: fc.constantFrom("ann", "bob", "ANN"), take: fc.nat(8), compute: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(bookArbitrary(25), { minLength: 3, maxLength: 3 }),
        fc.array(step, { maxLength: 15 }),
        async (books, steps) => {
          const { storage } = await shared;
          round++;
          const users = ["ann", "bob", "ANN"].map((name, i) => ({
            name,
            scope: storage.forUser(`${name} ${round}`),
            book: books[i] ?? [],
            taken: 0,
          }));
          const finish = users.map(({ name, book }) => ({ user: name, take: book.length, compute: true }));
          for (const { user, take, compute: now } of [...steps, ...finish]) {
            const one = users.find(({ name }) => name === user);
            if (one === undefined) continue;
            await importFills(one.scope, one.book.slice(one.taken, one.taken + take));
            one.taken = Math.min(one.taken + take, one.book.length);
            if (now) await compute(one.scope);
          }
          for (const { scope, book } of users) {
            expect(await scope.ledger.digest()).toBe(digest(book));
            expect(await scope.ledger.validate()).toMatchObject({ sound: true, trades: book.length });
            const unmatched = allocate(book.map(tradeOf)).unmatched.map(({ sellId }) => sellId);
            const open = (await scope.ledger.reviewQueue({ status: "pending" })).map(({ orderId }) => orderId);
            expect(open).toEqual(unmatched.toSorted());
          }
        },
      ),
      { numRuns: (kind === "postgres" ? 5 : 20) * DEPTH },
    );
  });

  test("versions, runs and rivals count per user", async () => {
    const { storage, me } = await openLedger();
    const bob = storage.forUser("bob");
    await importFills(me, fills("s sell 1 @ 1"));
    await importFills(bob, fills("s sell 2 @ 1"));
    await compute(me, { runId: "same" });
    await compute(me, { runId: "other", force: true });
    let bobs: unknown;
    const report = await compute(me, {
      force: true,
      onProgress: async ({ phase }) => {
        if (phase === "checking") bobs = await compute(bob, { runId: "same" });
      },
    });
    expect(report).toMatchObject({ status: "completed", version: 3 });
    expect(bobs).toMatchObject({ status: "completed", version: 1 });
    expect((await bob.ledger.versions()).map(({ allocationVersion }) => allocationVersion)).toEqual([1]);
    await expect(bob.ledger.digest(2)).rejects.toMatchObject({ code: "not-found" });
    expect((await bob.ledger.reviewQueue()).map(({ description }) => description.slice(0, 15))).toEqual(["No buy covers 2"]);
    expect(await bob.ledger.explain("s")).toMatchObject({ quantity: "2" });
  });
});
