import { describe, expect, test } from "vitest";
import { addCounts, addReasons, imbalance, NOTHING } from "../src/core/account.ts";
import { progressOf } from "../src/core/progress.ts";

const counts = { read: 300, written: 250, identical: 20, conflict: 10, rejected: 20 };

describe("progress", () => {
  test("gives the rate of this call, not of the calls before it", () => {
    const pace = { elapsedMs: 2000, recordsBefore: 100, bytesBefore: 1000 };
    expect(progressOf("job", counts, 3000, 5000, pace)).toEqual({
      name: "job",
      ...counts,
      bytes: 3000,
      totalBytes: 5000,
      recordsPerSecond: 100,
      secondsLeft: 2,
    });
  });

  test("promises nothing before the clock has moved or when the size is not known", () => {
    expect(progressOf("job", counts, 10, 20, { elapsedMs: 0, recordsBefore: 0, bytesBefore: 0 })).toMatchObject({
      recordsPerSecond: 0,
      secondsLeft: null,
    });
    expect(progressOf("job", counts, 300, null, { elapsedMs: 1000, recordsBefore: 0, bytesBefore: 0 })).toMatchObject({
      recordsPerSecond: 300,
      secondsLeft: null,
    });
  });
});

describe("an account", () => {
  test("balances when every record is in exactly one place", () => {
    expect(imbalance(NOTHING)).toBe(0);
    expect(imbalance(counts)).toBe(0);
    expect(imbalance({ ...counts, written: 249 })).toBe(1);
    expect(imbalance({ ...counts, rejected: 21 })).toBe(-1);
  });

  test("adds up", () => {
    expect(addCounts(counts, counts)).toEqual({ read: 600, written: 500, identical: 40, conflict: 20, rejected: 40 });
    expect(addReasons({ schema: 1 }, ["schema", "not-a-time"])).toEqual({ schema: 2, "not-a-time": 1 });
  });
});
