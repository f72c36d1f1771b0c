// What a browser kept in localStorage, in every form in which it is saved.
import { createHash } from "node:crypto";
import {
  defineImport,
  importRejects,
  importTables,
  retryRejects,
  runImport,
  verifyImport,
  webStorageDump,
  type WebStorageOptions,
} from "@td/migrate";
import { c, defineTable } from "@td/storage";
import fc from "fast-check";
import { expect, test } from "vitest";
import { z } from "zod";
import { depth, file, newName, rejectsOf, storageOn, userOn } from "./workbench.ts";

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

const SECRET = "eyJhbGciOiJIUzI1NiJ9";

test.each<[string, unknown, number]>([
  ["a list of three", [["fyntrix_access_token", SECRET, "x"]], 1],
  ["a pair in a list", [[["access_token", SECRET]]], 1],
  ["another spelling of name and value", [{ Name: "access_token", Value: SECRET }], 1],
  ["a name that is a list", [{ name: ["access_token"], value: SECRET }], 1],
  ["a name in capitals", [{ Name: "ACCESS_TOKEN", Value: SECRET }], 1],
  ["the state of a browser as a test tool saves it", { origins: [{ localStorage: [{ name: "access_token", value: SECRET }] }] }, 1],
  ["a text of JSON under an allowed key", { arise_session: { text: JSON.stringify({ "\u0061ccess_token": SECRET }) } }, 1],
  ["a key beside a name", [{ key: "arise_risk", name: "access_token", value: SECRET }], 0],
])("a secret in %s is neither taken nor kept: only the size and the digest of its record", async (_form, dump, rejected) => {
  const given = (await contentOf(dump)) as { readonly rejects?: readonly (readonly [string, string])[] };
  expect(JSON.stringify(given)).not.toContain(SECRET);
  expect(given.rejects ?? []).toHaveLength(rejected);
  const [record] = Object.values(dump as object) as unknown[];
  const text = JSON.stringify(record);
  for (const [reason, kept] of given.rejects ?? []) {
    expect(reason).toBe("not-text");
    expect(JSON.parse(kept)).toEqual({
      redacted: true,
      bytes: Buffer.byteLength(text),
      sha256: createHash("sha256").update(text).digest("hex"),
    });
  }
});

/** A record that has a name of a secret and the secret in it somewhere, under whatever a dump may be made of. */
const withSecret = fc
  .tuple(
    fc.constantFrom("access_token", "Password", "API-KEY", "my secret"),
    fc.array(
      fc.constantFrom<(inner: unknown) => unknown>(
        (inner) => [inner],
        (inner) => ["arise_risk", inner],
        (inner) => ({ name: "arise_risk", value: inner }),
        (inner) => ({ name: "arise_risk", value: JSON.stringify(inner) }),
        (inner) => ({ key: inner, value: "x" }),
        (inner) => JSON.stringify(inner),
        (inner) => [1, null, inner, {}],
      ),
      { maxLength: 4 },
    ),
    fc.constantFrom<(name: string) => unknown>(
      (name) => [name, SECRET, 1],
      (name) => ({ [name]: SECRET }),
      (name) => ({ Name: name, Value: SECRET }),
      (name) => `${name}=${SECRET}`,
    ),
  )
  .map(([name, around, at]) => around.reduce((inner, wrap) => wrap(inner), at(name)));

test("whatever a dump is made of, no record in which a secret is named is kept among the rejects", async () => {
  const opened = await storageOn("sqlite", undefined, [...importTables, items]);
  const dumps = fc.oneof(
    fc.array(withSecret, { minLength: 1, maxLength: 4 }),
    fc.dictionary(fc.constantFrom("arise_risk", "arise_modes", "origins"), withSecret, { minKeys: 1 }),
  );
  await fc.assert(
    fc.asyncProperty(dumps, fc.constantFrom("taken", "refused", "mapped badly", "in conflict"), async (dump, fate) => {
      const me = opened.forUser(newName());
      const job = defineImport({
        name: "dump",
        source: webStorageDump(file(JSON.stringify(dump))),
        schema: z.object({
          key: z.string(),
          text: z.string().refine((text) => fate !== "refused" || text === "", SECRET),
          value: z.unknown(),
        }),
        map: ({ key, text, value }) => {
          if (fate === "mapped badly") throw new Error(`cannot map ${text}`);
          return { key, content: { text, value } };
        },
        into: items,
      });
      if (fate === "in conflict")
        for (const key of ["arise_risk", "arise_modes", "origins"]) await me.table(items).insert({ key, content: 0 });
      const report = await runImport(me, job);
      const rows = (await me.table(importRejects).page({ limit: 100 })).rows;
      expect(JSON.stringify([rows, report])).not.toContain(SECRET);
      expect(rows).toHaveLength(report.rejected + report.conflict);
      expect((await verifyImport(me, job)).verified).toBe(true);
      // What was not kept whole is left as it is.
      await retryRejects(me, job);
      expect((await me.table(importRejects).page({ limit: 100 })).rows).toEqual(rows);
      expect(await retryRejects(me, job, { mend: () => JSON.stringify(["arise_risk", "x"]) })).toMatchObject({ read: rows.length });
    }),
    { numRuns: depth(60, 2000) },
  );
});
