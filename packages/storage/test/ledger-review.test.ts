import { describe, expect, test } from "vitest";
import { manualReviewQueue } from "../src/index.ts";
import type { ReviewRow, Scope } from "../src/index.ts";
import { compute, fill, fills, importFills, LEDGER_KINDS, openLedgerOn } from "./ledger-support.ts";

const SHORT_SALE = fills("b buy 1 @ 10", "s sell 3 @ 12 fee 0.5");
const COVER = fill("late buy 2 @ 9 at 0");

const keyOf = (orderId: string) => ({ orderId, issueType: "unmatched_sell" });
const brief = (rows: readonly ReviewRow[]) =>
  rows.map(({ orderId, status, resolution, openedByVersion, closedByVersion }) => ({
    orderId,
    status,
    resolution,
    openedByVersion,
    closedByVersion,
  }));

describe.each(LEDGER_KINDS)("on %s", (kind) => {
  const openLedger = () => openLedgerOn(kind);

  async function soldShort(): Promise<Scope> {
    const { me } = await openLedger();
    await importFills(me, SHORT_SALE);
    await compute(me);
    return me;
  }

  describe("an unmatched sell", () => {
    test("opens an item that says what is missing, where and why", async () => {
      const me = await soldShort();
      const [item, ...rest] = await me.ledger.reviewQueue();
      expect(rest).toEqual([]);
      expect(item).toMatchObject({
        orderId: "s",
        issueType: "unmatched_sell",
        severity: "high",
        status: "pending",
        resolution: null,
        resolvedAt: null,
        openedByVersion: 1,
        closedByVersion: null,
        description: "No buy covers 2 of this sell of AAA-USD at 2025-01-01T00:01:00.000000Z: more was sold than the open lots held.",
        createdAt: "2025-06-01T00:00:02.000000Z",
        updatedAt: "2025-06-01T00:00:02.000000Z",
      });
    });

    test("that finds its buy is resolved by the version that found it", async () => {
      const me = await soldShort();
      await importFills(me, [COVER]);
      expect(await compute(me)).toMatchObject({ review: { opened: 0, reopened: 0, closed: 1 } });
      const [item] = await me.ledger.reviewQueue({ status: "resolved" });
      expect(item).toMatchObject({
        orderId: "s",
        resolution: "matched by version 2",
        resolvedBy: "ledger",
        openedByVersion: 1,
        closedByVersion: 2,
      });
      expect(await me.ledger.reviewQueue({ status: "pending" })).toEqual([]);
    });

    test("that comes back is reopened, and keeps how it had been resolved", async () => {
      const me = await soldShort();
      await importFills(me, [COVER]);
      await compute(me);
      await me.fills.delete({ id: "late" });
      expect(await compute(me)).toMatchObject({ review: { opened: 0, reopened: 1, closed: 0 } });
      expect(brief(await me.ledger.reviewQueue())).toEqual([
        { orderId: "s", status: "pending", resolution: "matched by version 2", openedByVersion: 3, closedByVersion: null },
      ]);
      expect((await me.ledger.reviewQueue())[0]).toMatchObject({ resolvedAt: null, resolvedBy: null });
    });

    test("that a person resolved without a buy is reopened by the next version that finds it", async () => {
      const me = await soldShort();
      await me.table(manualReviewQueue).update(keyOf("s"), { status: "resolved", resolution: "looks fine", resolvedBy: "ann" });
      expect(await compute(me)).toMatchObject({ status: "unchanged" });
      expect((await me.ledger.reviewQueue())[0]?.status).toBe("resolved");
      expect(await compute(me, { force: true })).toMatchObject({ review: { reopened: 1 } });
      expect((await me.ledger.reviewQueue())[0]).toMatchObject({ status: "pending", resolution: "looks fine" });
    });

    test("that a person dismissed stays dismissed; its description follows", async () => {
      const me = await soldShort();
      await me.table(manualReviewQueue).update(keyOf("s"), { status: "dismissed", resolution: "a gift" });
      await importFills(me, [fill("half buy 0.5 @ 9 at 0")]);
      expect(await compute(me)).toMatchObject({ review: { opened: 0, reopened: 0, closed: 0 } });
      const [item] = await me.ledger.reviewQueue();
      expect(item).toMatchObject({ status: "dismissed", resolution: "a gift" });
      expect(item?.description).toContain("No buy covers 1.5 of this sell");
    });

    test("that a person works on stays in progress, and is closed when it is matched", async () => {
      const me = await soldShort();
      await me.table(manualReviewQueue).update(keyOf("s"), { status: "in_progress" });
      await compute(me, { force: true });
      expect((await me.ledger.reviewQueue())[0]?.status).toBe("in_progress");
      await importFills(me, [COVER]);
      expect(await compute(me)).toMatchObject({ review: { closed: 1 } });
    });

    test("whose fill is deleted, or whose rest is classified as dust, is closed and says so", async () => {
      const me = await soldShort();
      await importFills(me, fills("t sell 5 @ 1 of BBB-USD"));
      await compute(me);
      await me.fills.delete({ id: "t" });
      await compute(me, { options: { dust: "2" } });
      expect(brief(await me.ledger.reviewQueue()).map(({ orderId, status, resolution }) => [orderId, status, resolution])).toEqual([
        ["s", "resolved", "classified as dust by version 3"],
        ["t", "resolved", "not sold any more in version 3"],
      ]);
    });

    test("of a symbol that is not computed keeps its item", async () => {
      const me = await soldShort();
      await importFills(me, [COVER, ...fills("t sell 5 @ 1 of BBB-USD")]);
      expect(await compute(me, { symbols: ["BBB-USD"] })).toMatchObject({ review: { opened: 1, closed: 0 } });
      expect((await me.ledger.reviewQueue({ status: "pending" })).map(({ orderId }) => orderId)).toEqual(["s", "t"]);
    });
  });

  test("items of another kind are left alone", async () => {
    const me = await soldShort();
    const mine = {
      orderId: "b",
      issueType: "allocation_error",
      severity: "low",
      status: "pending",
      description: "asked by a person",
      createdAt: "2025-01-01T00:00:00Z",
      updatedAt: "2025-01-01T00:00:00Z",
      openedByVersion: 1,
    } as const;
    await me.table(manualReviewQueue).insert(mine);
    await importFills(me, [COVER]);
    expect(await compute(me)).toMatchObject({ review: { closed: 1 } });
    expect((await me.ledger.reviewQueue({ status: "pending" })).map(({ issueType }) => issueType)).toEqual(["allocation_error"]);
  });
});
