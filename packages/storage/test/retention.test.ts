import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planSnapshotRetention, retainSnapshots } from "../src/index.ts";
import { describeStorage, failure, openTemp, runs } from "./support.ts";

const NOW = "2025-06-30T12:00:00.000000Z";
const HOUR = 3_600_000;
const ago = (milliseconds: number): string => new Date(Date.parse(NOW) - milliseconds).toISOString().replace("Z", "000Z");
const agos = fc.array(
  fc.oneof(
    fc.integer({ min: -5, max: 100 * 24 * 60 }).map((minutes) => minutes * 60_000),
    fc.integer({ min: 0, max: 100 }).map((days) => days * 24 * HOUR),
  ),
  { maxLength: 40 },
);

describe("planSnapshotRetention", () => {
  it.each([
    ["a snapshot of the future", [-HOUR], [true]],
    ["all under 7 days", [1, 2, 7 * 24 * HOUR - 1], [true, true, true]],
    ["the last of an hour from 7 days on", [7 * 24 * HOUR + 2, 7 * 24 * HOUR + 1, 7 * 24 * HOUR + HOUR + 1], [false, true, true]],
    [
      "the last of a day from 30 days on",
      [30 * 24 * HOUR + 20 * HOUR, 30 * 24 * HOUR + 2 * HOUR, 31 * 24 * HOUR + 2 * HOUR],
      [true, true, false],
    ],
    ["one a day from 30 days on", [30 * 24 * HOUR + 3 * HOUR, 30 * 24 * HOUR + 2 * HOUR], [false, true]],
    ["none from 90 days on", [90 * 24 * HOUR, 90 * 24 * HOUR - 1], [false, true]],
  ])("keeps %s", (_, ages, kept) => {
    const times = ages.map(ago);
    const { keep, drop } = planSnapshotRetention(times, NOW);
    expect(times.map((time) => keep.includes(time))).toEqual(kept);
    expect(keep.length + drop.length).toBe(times.length);
  });

  test.prop([agos, fc.integer({ min: 0, max: 100 * 24 })], runs(200))(
    "gives later what it would have given then, had it not been run before",
    (ages, hours) => {
      const times = ages.map(ago);
      const later = new Date(Date.parse(NOW) + hours * HOUR);
      const twice = planSnapshotRetention(planSnapshotRetention(times, NOW).keep, later).keep;
      expect(twice).toEqual(planSnapshotRetention(times, later).keep);
      expect(planSnapshotRetention(twice, later).drop).toEqual([]);
    },
  );

  it("refuses what is no time", () => {
    expect(() => planSnapshotRetention(["yesterday"], NOW)).toThrow(expect.objectContaining({ code: "value-rejected" }));
  });
});

describeStorage("retainSnapshots", (kind) => {
  it("drops what the plan drops, of each bot for itself and of no other user", async () => {
    const storage = await openTemp(kind, { tables: [] });
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    const ages = Array.from({ length: 60 }, (_, n) => n * n * 0.6 * HOUR);
    for (const me of [ann, bob]) {
      await me.bots.importMany([
        { id: "x", name: "x" },
        { id: "y", name: "y" },
      ]);
      await me.snapshots.importMany(
        ages.flatMap((age, n) => ["x", "y"].slice(n % 2).map((botId) => ({ botId, at: ago(age), totalValue: `${n}` }))),
      );
    }
    const planned = planSnapshotRetention(ages.map(ago), NOW).keep;
    const odd = planSnapshotRetention(ages.filter((_, n) => n % 2 === 0).map(ago), NOW).keep;
    const report = { read: 90, kept: planned.length + odd.length, dropped: 90 - planned.length - odd.length };
    expect(await retainSnapshots(ann, { now: NOW, dryRun: true })).toEqual(report);
    expect(await ann.snapshots.count()).toBe(90);
    expect(await retainSnapshots(ann, { now: NOW })).toEqual(report);
    const { rows } = await ann.snapshots.page({ limit: 1000 });
    expect(rows.filter(({ botId }) => botId === "y").map(({ at }) => at)).toEqual(planned);
    expect(rows.filter(({ botId }) => botId === "x").map(({ at }) => at)).toEqual(odd);
    expect(await retainSnapshots(ann, { now: NOW })).toMatchObject({ dropped: 0 });
    expect(await bob.snapshots.count()).toBe(90);
    await failure(retainSnapshots(ann, { now: "soon" }), "value-rejected");
  });
});
