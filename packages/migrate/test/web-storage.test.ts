// What a browser kept in localStorage, in every form in which it is saved.
import { defineImport, importTables, runImport, webStorageDump, type WebStorageOptions } from "@td/migrate";
import { c, defineTable } from "@td/storage";
import { expect, test } from "vitest";
import { z } from "zod";
import { file, rejectsOf, userOn } from "./workbench.ts";

const items = defineTable("items", { userId: c.text(), key: c.text(), content: c.json() }, { primaryKey: ["userId", "key"] });

async function contentOf(dump: unknown, options?: WebStorageOptions): Promise<unknown> {
  const me = await userOn("sqlite", [...importTables, items]);
  const job = defineImport({
    name: "dump",
    source: webStorageDump(file(JSON.stringify(dump)), options),
    schema: z.object({ key: z.string(), text: z.string(), value: z.unknown() }),
    map: ({ key, ...content }) => ({ key, content }),
    into: items,
  });
  const report = await runImport(me, job);
  const { rows } = await me.table(items).page({ limit: 100 });
  const rejects = (await rejectsOf(me, report)).map(({ reason, text }) => [reason, text]);
  return { ...Object.fromEntries(rows.map(({ key, content }) => [key, content])), ...(rejects.length > 0 && { rejects }) };
}

const stored = {
  arise_universe: "NIFTY50",
  arise_risk: '"Moderate"',
  arise_modes: '{"Swing":true,"size":1.10}',
  arise_disclosure_accepted_v1: "1",
  arise_watchlist: "[broken",
  fyntrix_access_token: "never seen",
};
const found = {
  arise_universe: { text: "NIFTY50", value: "NIFTY50" },
  arise_risk: { text: '"Moderate"', value: "Moderate" },
  arise_modes: { text: '{"Swing":true,"size":1.10}', value: { Swing: true, size: "1.10" } },
  arise_disclosure_accepted_v1: { text: "1", value: "1" },
  arise_watchlist: { text: "[broken", value: "[broken" },
};

test.each<[string, unknown]>([
  ["an object", stored],
  ["a list of pairs", Object.entries(stored)],
  ["a list of names and values", Object.entries(stored).map(([name, value]) => ({ name, value }))],
])("a dump that is %s gives each key with its text and what the text says, but no secret", async (_form, dump) => {
  expect(await contentOf(dump)).toEqual(found);
});

test("a dump gives the keys that are asked for, and never those that are not to be read", async () => {
  expect(await contentOf(stored, { keys: ["arise_risk", "fyntrix_access_token"] })).toEqual({ arise_risk: found.arise_risk });
  expect(await contentOf({ a: "1", b: "2" }, { never: /^a$/ })).toEqual({ b: { text: "2", value: "2" } });
});

test("a value that is no text, and an element that is no entry, is kept beside", async () => {
  expect(await contentOf({ a: 1, b: null, c: '"x"' })).toEqual({
    c: { text: '"x"', value: "x" },
    rejects: [
      ["not-text", "1"],
      ["not-text", "null"],
    ],
  });
  expect(await contentOf([["a", "1"], ["b"], 7, { name: "d" }])).toMatchObject({ a: { value: "1" }, rejects: { length: 3 } });
});
