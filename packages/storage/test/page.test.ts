import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { OrderOf, PageRequest, RowOf } from "../src/index.ts";
import { describeStorage, failure, fill, openTemp, runs, samples } from "./support.ts";

type Sample = RowOf<typeof samples>;

const rowsOf = fc.uniqueArray(
  fc.record({
    id: fc.stringMatching(/^[a-c😀é]{1,3}$/u),
    price: fc.constantFrom("0", "1", "10", "9.5", "2"),
    at: fc.constantFrom("1969-01-01T00:00:00.000001Z", "2025-01-01T00:00:00Z", "2025-01-01T00:00:00.000001Z"),
    count: fc.integer({ min: 0, max: 2 }),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
);

/** The order of texts on every engine: by byte. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const comparers: Readonly<Record<Exclude<OrderOf<typeof samples>, "by_label" | "by_seen">, (a: Sample, b: Sample) => number>> = {
  primaryKey: (a, b) => byBytes(a.id, b.id),
  by_price: (a, b) => a.price.comparedTo(b.price) || byBytes(a.id, b.id),
  by_time: (a, b) => byBytes(a.at, b.at) || byBytes(a.id, b.id),
};

describeStorage("pages", (kind) => {
  const shared = openTemp(kind);
  let users = 0;
  const request = fc.record({
    orderBy: fc.constantFrom("primaryKey", "by_price", "by_time"),
    direction: fc.constantFrom("asc", "desc"),
    limit: fc.integer({ min: 1, max: 7 }),
    filtered: fc.boolean(),
  });

  test.prop([rowsOf, request], runs(60))(
    "put together, forwards and backwards, are the sorted rows, each once",
    async (given, { orderBy, direction, limit, filtered }) => {
      const storage = await shared;
      const rows = storage.forUser(`ann ${++users}`).table(samples);
      await storage.forUser(`bob ${users}`).table(samples).importMany(given);
      await rows.importMany(given);
      const all = (await rows.page({ limit: 1000 })).rows;
      const expected = all.filter(({ count }) => !filtered || count > 0).toSorted(comparers[orderBy]);
      if (direction === "desc") expected.reverse();
      const base: PageRequest<typeof samples> = { orderBy, direction, limit, ...(filtered ? { where: { count: { gt: 0 } } } : {}) };

      const forwards: Sample[] = [];
      let [page, last] = [await rows.page(base), ""];
      for (; ; page = await rows.page({ ...base, after: last })) {
        forwards.push(...page.rows);
        if (page.next === null) break;
        last = page.next;
      }
      expect(forwards).toEqual(expected);

      const backwards = [...page.rows];
      while (page.previous !== null) {
        page = await rows.page({ ...base, before: page.previous });
        backwards.unshift(...page.rows);
      }
      expect(backwards).toEqual(expected);

      const streamed: Sample[] = [];
      for await (const chunk of rows.stream({ ...base, chunk: limit })) streamed.push(...chunk);
      expect(streamed).toEqual(expected);
    },
  );

  it("do not shift when rows are written or deleted between them", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.fills.importMany(["b", "d", "f", "h"].map((id) => fill(id)));
    const first = await me.fills.page({ limit: 2 });
    await me.fills.insert(fill("a"));
    await me.fills.delete({ id: "d" });
    const second = await me.fills.page({ limit: 2, after: first.next ?? "" });
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(["b", "d", "f", "h"]);
  });

  it("tell the microseconds of two instants apart", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.fills.importMany(["3", "1", "2"].map((digit) => fill(digit, { executedAt: `2025-01-01T00:00:00.00000${digit}Z` })));
    const first = await me.fills.page({ orderBy: "by_time", limit: 1 });
    const second = await me.fills.page({ orderBy: "by_time", limit: 5, after: first.next ?? "" });
    expect([...first.rows, ...second.rows].map(({ id }) => id)).toEqual(["1", "2", "3"]);
  });

  it("refuse a cursor that is none, or that is of another table, order or version", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.fills.importMany([fill("a"), fill("b")]);
    await me.table(samples).importMany([{ id: "a" }, { id: "b" }]);
    const cursor = (await me.fills.page({ limit: 1 })).next ?? "";
    const future = Buffer.from('[2,"fills","primaryKey","a"]').toString("base64url");
    const wrongKind = Buffer.from('[1,"fills","primaryKey",5]').toString("base64url");
    for (const after of ["", "x", "////", future, wrongKind, Buffer.from("{}").toString("base64url")])
      await failure(me.fills.page({ after }), "bad-cursor");
    await failure(me.fills.page({ orderBy: "by_time", after: cursor }), "bad-cursor");
    await failure(me.table(samples).page({ before: cursor }), "bad-cursor");
    const byTime = (await me.table(samples).page({ orderBy: "by_time", limit: 1 })).next ?? "";
    await failure(me.table(samples).page({ orderBy: "by_seen", after: byTime }), "bad-cursor");
    expect((await me.fills.page({ after: cursor })).rows.map(({ id }) => id)).toEqual(["b"]);
  });

  it.each([
    { limit: 0 },
    { limit: 1001 },
    { limit: 1.5 },
    { limit: "5" },
    { orderBy: "nothing" },
    { orderBy: "by_label" },
    { direction: "up" },
    { after: "a", before: "b" },
  ])("refuse the request %o", async (wrong) => {
    const rows = (await openTemp(kind)).forUser("ann").table(samples);
    await failure(rows.page(wrong as PageRequest<typeof samples>), "bad-request");
  });

  it("refuse to stream in chunks that are no number of rows", async () => {
    const rows = (await openTemp(kind)).forUser("ann").table(samples);
    for (const chunk of [0, -1, 10_001, Number.NaN]) {
      await failure(
        (async () => {
          for await (const part of rows.stream({ chunk })) expect.fail(String(part.length));
        })(),
        "bad-request",
      );
    }
  });
});
