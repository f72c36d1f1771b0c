// The pure parts: names, patterns, move plans, retention.
import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { anyMatcher } from "../src/core/glob.ts";
import { frameScanner } from "../src/core/zstd-frame.ts";
import { planMoves, type MoveRule } from "../src/core/move-plan.ts";
import { findCollision, nameProblem } from "../src/core/names.ts";
import { padding, tarBytes, tarHeader } from "../src/core/tar.ts";
import { legacyRules, planRetention, type RetainedArchive } from "../src/index.ts";

test.for([
  ["databases/**/*.db", ["databases/a.db", "databases/x/y/a.db"], ["a.db", "databases/a.db.txt", "other/databases/a.db"]],
  ["state", ["state", "state/a", "state/.b/c"], ["states", "x/state"]],
  ["*.json", ["a.json", ".json"], ["x/a.json"]],
  ["a?c/[x].(y)", ["abc/[x].(y)"], ["abbc/[x].(y)", "abc/x.y"]],
  ["cache/**", ["cache/a", "cache/.b/c"], ["cache", "xcache/a"]],
] as const)("the pattern %s takes what it says", ([pattern, yes, no]) => {
  const matches = anyMatcher([pattern]);
  expect([yes.filter((path) => !matches(path)), no.filter(matches)]).toEqual([[], []]);
});

test("names that would leave the tree, or that no archive can hold, are found", () => {
  for (const path of ["", "/a", "../a", "a/..", "a//b", "./a", "a/", "a\0", "a\nb", "a\\b", "C:/a", "x".repeat(256), "a/".repeat(600)])
    expect([path, nameProblem(path)]).not.toEqual([path, undefined]);
  for (const path of ["a", ".hidden", "größe/数.json", "a b", "...", "x".repeat(255)])
    expect([path, nameProblem(path)]).toEqual([path, undefined]);
});

test("names collide by case, by Unicode form, and as file and directory", () => {
  for (const files of [
    ["a", "A"],
    ["gr\u00f6", "gro\u0308"],
    ["a", "a/b"],
    ["x/a", "X/b"],
    ["a", "a"],
    ["stra\u00dfe", "STRASSE"],
  ])
    expect([files, findCollision(files) === undefined]).toEqual([files, false]);
  expect(findCollision(["a/b", "a/c", "b"], ["a", "d"])).toBeUndefined();
});

test("a tar is blocks, whatever the name and the size", () => {
  const entries = fc.record({
    path: fc.string({ unit: "grapheme", minLength: 1, maxLength: 300 }),
    bytes: fc.nat({ max: 2 ** 40 }),
    modified: fc.nat({ max: 2 ** 32 }),
  });
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 5 }), (list) => {
      for (const entry of list) expect([tarHeader(entry).length % 512, (entry.bytes + padding(entry.bytes)) % 512]).toEqual([0, 0]);
      expect(tarBytes(list) % 512).toBe(0);
    }),
  );
});

test("every file of a move plan is moved, unplaced, ignored, misplaced or in conflict, and no two come to the same place", () => {
  const name = fc.constantFrom("a", "b", ".c", "d.db", "e.json");
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const target = fc.array(fc.constantFrom("a", "A", "b", "d.db", "..", ""), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const rule = fc.record({
    from: fc.oneof(
      path,
      path.map((text) => `${text}/**`),
      fc.constant("**/*.db"),
    ),
    to: fc.oneof(
      target,
      target.map((text) => `${text}/`),
    ),
  });
  fc.assert(
    fc.property(fc.uniqueArray(path), fc.array(rule, { maxLength: 5 }), fc.array(path, { maxLength: 2 }), (files, rules, ignore) => {
      const plan = planMoves(files, rules, ignore);
      const seen = [
        ...plan.moves.map(({ from }) => from),
        ...plan.unplaced,
        ...plan.ignored,
        ...plan.conflicts.flatMap(({ from }) => from),
        ...plan.misplaced.map(({ from }) => from),
      ];
      expect(seen.sort()).toEqual([...files].sort());
      const places = plan.moves.map(({ to }) => to);
      expect([places.map(nameProblem).filter((problem) => problem !== undefined), findCollision(places)]).toEqual([[], undefined]);
    }),
  );
});

test("a place that is claimed twice is a conflict of those that claim it, and of no others", () => {
  const rule = (from: string, to: string): MoveRule => ({ from, to });
  const rules = [rule("1", "s/A.json"), rule("2", "s/a.json"), rule("3", "s/b"), rule("4", "t/\u00e9"), rule("5", "t/e\u0301")];
  const plan = planMoves(["1", "2", "3", "4", "5", "6", "7"], [...rules, rule("6", "s/b/c"), rule("7", "s/d")]);
  expect([plan.moves, plan.conflicts.map(({ from }) => from)]).toEqual([
    [{ from: "7", to: "s/d" }],
    [
      ["1", "2"],
      ["3", "6"],
      ["4", "5"],
    ],
  ]);
});

test("the legacy rules know the story's places, also those that the story forgot", () => {
  const files = [
    "data/users/user_0001/credentials/kalshi-credentials/demo/kalshi-auth.pem",
    "data/users/user_0001/accounts/kalshi/prod/fills.db",
    "data/users/user_0001/active_trades/active_trades.db",
    "data/port_config.json",
    "data/users/user_0001/preferences/auto_stop_settings.json",
    "data/users/user_0001/account_mode_state.json",
  ];
  expect(planMoves(files, legacyRules("data/users/user_0001")).moves.map(({ to }) => to)).toEqual([
    "credentials/kalshi/demo/kalshi-auth.pem",
    "databases/accounts/kalshi/prod/fills.db",
    "databases/active_trades/active_trades.db",
    "state/port_config.json",
    "preferences/trading/auto_stop_settings.json",
    "state/account_mode.json",
  ]);
});

const daysAgo = (days: number, verified = true): RetainedArchive => ({
  id: `day-${days}`,
  createdAt: new Date(Date.UTC(2025, 5, 30, 12) - days * 86_400_000).toISOString(),
  verified,
});

test("retention keeps by last, day, week and month, and says why", () => {
  const plan = planRetention(
    Array.from({ length: 100 }, (_, days) => daysAgo(days)),
    { keepLast: 2, daily: 3, weekly: 2, monthly: 3 },
  );
  expect(plan.keep).toEqual([
    {
      id: "day-0",
      because: [
        "the newest verified one",
        "number 1 of the last 2",
        "daily 1 of 3: 2025-06-30",
        "weekly 1 of 2: the week of 2025-06-30",
        "monthly 1 of 3: 2025-06",
      ],
    },
    { id: "day-1", because: ["number 2 of the last 2", "daily 2 of 3: 2025-06-29", "weekly 2 of 2: the week of 2025-06-23"] },
    { id: "day-2", because: ["daily 3 of 3: 2025-06-28"] },
    { id: "day-30", because: ["monthly 2 of 3: 2025-05"] },
    { id: "day-61", because: ["monthly 3 of 3: 2025-04"] },
  ]);
  expect(plan.remove).toHaveLength(95);
});

test("retention refuses a policy that keeps nothing, and never removes the newest verified archive or what is newer", () => {
  for (const policy of [{}, { keepLast: 0 }, { daily: -1 }, { daily: 1.5 }, { hourly: 3 }])
    expect(() => planRetention([daysAgo(0)], policy)).toThrow(/policy/);
  expect(() => planRetention([{ id: "a", createdAt: "2025-03-01T10:00:00", verified: true }], { daily: 1 })).toThrow(/zone/);
  const archive = fc.record({ days: fc.nat(400), verified: fc.boolean() });
  const policy = fc
    .record({ keepLast: fc.nat(3), daily: fc.nat(3), weekly: fc.nat(3), monthly: fc.nat(3) })
    .filter((counts) => Object.values(counts).some((count) => count > 0));
  fc.assert(
    fc.property(fc.uniqueArray(archive, { selector: ({ days }) => days }), policy, (list, counts) => {
      const archives = list.map(({ days, verified }) => daysAgo(days, verified));
      const { keep, remove } = planRetention(archives, counts);
      expect([...keep.map(({ id }) => id), ...remove].sort()).toEqual(archives.map(({ id }) => id).sort());
      const newest = list.filter(({ verified }) => verified).reduce((least, { days }) => Math.min(least, days), Infinity);
      expect(remove.filter((id) => Number(id.slice(4)) <= newest)).toEqual([]);
    }),
  );
});

test("retention keeps the last ones beside those that are verified, until as many verified ones are newer", () => {
  const kept = (archives: readonly RetainedArchive[], keepLast: number): readonly string[] =>
    planRetention(archives, { keepLast }).keep.map(({ id }) => id);
  expect(kept([daysAgo(0), daysAgo(1, false)], 5)).toEqual(["day-0", "day-1"]);
  const mixed = [daysAgo(0, false), daysAgo(1), daysAgo(2, false), daysAgo(3), daysAgo(4, false), daysAgo(5), daysAgo(6, false)];
  expect(kept(mixed, 2)).toEqual(["day-0", "day-1", "day-2", "day-3"]);
  expect(planRetention(mixed, { keepLast: 2 }).keep[2]?.because).toEqual(["not verified, 1 of the last 2 verified ones after it"]);
  expect(kept(mixed, 1)).toEqual(["day-0", "day-1"]);
  expect(kept([daysAgo(0, false), daysAgo(1, false)], 1)).toEqual(["day-0", "day-1"]);
});

test("the framing of zstd is followed to its last byte, for every kind of block and in any pieces", () => {
  const noise = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919 * (index % 251)) % 256));
  for (const content of [
    Buffer.alloc(0),
    Buffer.from("x"),
    Buffer.alloc(400_000),
    noise,
    Buffer.concat([Buffer.alloc(200_000, 1), noise]),
  ]) {
    const frame = zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
    for (const piece of [1, 7, 65_536]) {
      const scanner = frameScanner();
      for (let at = 0; at < frame.length; at += piece) {
        expect(scanner.complete()).toBe(false);
        expect(scanner.push(frame.subarray(at, at + piece))).toBeUndefined();
      }
      expect([scanner.complete(), scanner.push(Buffer.from([0]))]).toEqual([true, "trailing"]);
    }
  }
  expect(frameScanner().push(zstdCompressSync("x"))).toBe("no-checksum");
  expect(frameScanner().push(Buffer.from("hello"))).toBe("not-zstd");
});
