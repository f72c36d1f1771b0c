// The same history on both engines: equal rows, equal digests, equal pages, and cursors that either understands.
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import type { InputOf } from "../src/index.ts";
import { decimalTexts, openTemp, runs, samples } from "./support.ts";

const [sqlite, server] = [openTemp("memory"), openTemp("postgres")];
let users = 0;

const ids = fc.constantFrom("a", "A", "_", "é", "z", "Z", "10", "9", "😀", "\u{ffff}");
const instants = fc
  .tuple(fc.integer({ min: -8_000_000_000, max: 7_200_000_000 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([seconds, micros]) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${String(micros).padStart(6, "0")}Z`);
const json = fc.jsonValue().filter((value) => !/\\u(0000|d[89a-f])/i.test(JSON.stringify(value)));
const row = fc.record(
  {
    id: ids,
    label: fc.option(fc.string({ unit: "grapheme", maxLength: 5 }).filter((text) => !text.includes("\0"))),
    side: fc.constantFrom("buy", "sell", "it's"),
    price: decimalTexts(12, 8).map((text) => text.replace("-", "")),
    stop: fc.option(decimalTexts(12, 8)),
    wide: fc.option(decimalTexts(40, 36)),
    at: fc.constantFrom("1700-01-01T00:00:00.000001Z", "2025-01-01T00:00:00Z"),
    until: fc.option(instants.filter((text) => text > "2025")),
    count: fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }),
    live: fc.boolean(),
    extra: fc.option(json),
  },
  { requiredKeys: ["id"] },
);
const step = fc.oneof(
  fc.record({ what: fc.constant("import" as const), rows: fc.array(row, { maxLength: 6 }) }),
  fc.record({ what: fc.constant("update" as const), id: ids, wide: fc.option(decimalTexts(40, 36)), extra: fc.option(json) }),
  fc.record({ what: fc.constant("delete" as const), id: ids }),
);

describe("the same history on SQLite and PostgreSQL", () => {
  test.prop([fc.array(step, { maxLength: 8 })], runs(60))("gives the same answers, rows, digests and pages", async (steps) => {
    const user = `user ${users++}`;
    const [one, two] = [(await sqlite).forUser(user), (await server).forUser(user)];
    const [left, right] = [one.table(samples), two.table(samples)];
    for (const given of steps) {
      const outcomes = await Promise.all(
        [left, right].map(async (rows) => {
          if (given.what === "delete") return rows.delete({ id: given.id });
          if (given.what === "update") return rows.update({ id: given.id }, { wide: given.wide, extra: given.extra }).then(withoutSequence);
          const { written, identical, conflicts, rejected } = await rows.importMany(given.rows as InputOf<typeof samples>[]);
          return {
            written,
            identical,
            conflicts: conflicts.map(({ row: mine, existing }) => [mine, withoutSequence(existing)]),
            rejected: rejected.map(({ row: mine }) => mine),
          };
        }),
      );
      expect(outcomes[1]).toEqual(outcomes[0]);
    }
    expect(await two.digest()).toEqual(await one.digest());
    for (const orderBy of ["primaryKey", "by_price", "by_time"] as const) {
      const [first, same] = [await left.page({ orderBy, limit: 2 }), await right.page({ orderBy, limit: 2 })];
      expect([same.rows.map(withoutSequence), same.next]).toEqual([first.rows.map(withoutSequence), first.next]);
      if (first.next !== null)
        expect((await right.page({ orderBy, after: first.next })).rows.map(({ id }) => id)).toEqual(
          (await left.page({ orderBy, after: first.next })).rows.map(({ id }) => id),
        );
    }
  });
});

/** A row but for its number: PostgreSQL may leave some out. */
function withoutSequence<Row extends { readonly seq: number }>(given: Row | null): Omit<Row, "seq"> | null {
  if (given === null) return null;
  const { seq: _seq, ...rest } = given;
  return rest;
}
