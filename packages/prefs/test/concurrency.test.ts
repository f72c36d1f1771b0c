// Many writers at once, over two storages of one database: nothing is lost, and the record is the order of the commits.
import { fc } from "@fast-check/vitest";
import { openStorage } from "@td/storage";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { undone } from "../src/core/changes.ts";
import { mergePatch } from "../src/core/merge-patch.ts";
import {
  createPreferences,
  definePreferences,
  preferencesTable,
  type PrefsError,
  prefsSideTables,
  type JsonObject,
  type Preferences,
} from "../src/index.ts";
import { depth, historyOf, KINDS, newUser, type Kind, urlOn } from "./workbench.ts";

const WRITERS = 50;
const board = preferencesTable("boards", {});
const tables = [board, ...prefsSideTables];
const names = Array.from({ length: WRITERS }, (_, at) => `f${at}`);
const definition = definePreferences({
  version: 0,
  schema: z.object(Object.fromEntries(names.map((name) => [name, z.int()]))),
  defaults: Object.fromEntries(names.map((name) => [name, 0])),
  migrations: {},
});

const open: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of open) await close();
});

/** Two storages of one database, as two processes would have them. */
async function two(kind: Kind): Promise<readonly [Preferences, Preferences]> {
  const url = await urlOn(kind, tables);
  const make = async (): Promise<Preferences> => {
    const storage = await openStorage(url, { tables, durability: "normal", maxConnections: 4, busyTimeoutMs: 60_000 });
    open.push(() => storage.close());
    return createPreferences(definition, { storage, table: board });
  };
  return [await make(), await make()];
}

/** Settled calls: how many were kept, and why the others were not. */
async function settle(calls: readonly Promise<unknown>[]): Promise<{ kept: number; refused: readonly PrefsError[] }> {
  const results = await Promise.allSettled(calls);
  const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason as PrefsError] : []));
  return { kept: results.length - refused.length, refused };
}

describe.each(KINDS)("writers at once on %s", (kind) => {
  test.each([
    ["say nothing of revisions", {}],
    ["all began with an empty document", { baseRevision: 0 }],
  ])("fifty writers of disjoint fields lose nothing when they %s", async (_, expected) => {
    const prefs = await two(kind);
    const user = newUser();
    const { kept, refused } = await settle(names.map((name, at) => prefs[at % 2 === 0 ? 0 : 1].patch(user, { [name]: at + 1 }, expected)));
    expect([kept, refused]).toEqual([WRITERS, []]);
    const { value, revision } = await prefs[1].get(user);
    expect([value, revision]).toEqual([Object.fromEntries(names.map((name, at) => [name, at + 1])), WRITERS]);
    await recordIsTheOrderOfCommits(prefs[0], user);
  });

  test.each([
    ["ifRevision", "revision-conflict"],
    ["baseRevision", "field-conflict"],
  ] as const)("of fifty writers of one field with %s all but one get a typed conflict", async (option, code) => {
    const prefs = await two(kind);
    const user = newUser();
    await prefs[0].patch(user, { f0: -1 });
    const { kept, refused } = await settle(names.map((_, at) => prefs[at % 2 === 0 ? 0 : 1].patch(user, { f0: at + 1 }, { [option]: 1 })));
    expect(kept).toBe(1);
    const { value, revision } = await prefs[0].get(user);
    expect(revision).toBe(2);
    for (const error of refused) {
      expect(error).toMatchObject({ name: "PrefsError", code, conflict: { baseRevision: 1, current: { revision: 2, value } } });
      expect(error.conflict?.fields).toMatchObject([{ path: "/f0", base: -1, theirs: value["f0"] }]);
    }
    const mine = refused.map((error) => error.conflict?.fields[0]?.mine);
    expect([...mine, value["f0"]].toSorted((a, b) => Number(a) - Number(b))).toEqual(names.map((_, at) => at + 1));
    expect(await historyOf(prefs[0], user)).toHaveLength(2);
  });

  test("random patches of two writers end where the record says, one committed change after the other", async () => {
    const prefs = await two(kind);
    const patch = fc.dictionary(fc.constantFrom(...names.slice(0, 4)), fc.option(fc.integer({ min: 0, max: 3 })), { maxKeys: 3 });
    const edit = fc.record({ patch, writer: fc.constantFrom<0 | 1>(0, 1), base: fc.option(fc.nat(5), { nil: undefined }) });
    const property = fc.asyncProperty(fc.array(edit, { maxLength: 12 }), async (edits) => {
      const user = newUser();
      const calls = edits.map(({ patch: change, writer, base }) =>
        prefs[writer].patch(user, change, base === undefined ? {} : { baseRevision: base }),
      );
      const { refused } = await settle(calls);
      for (const { code } of refused) expect(["field-conflict", "revision-conflict"]).toContain(code);
      await recordIsTheOrderOfCommits(prefs[0], user);
    });
    await fc.assert(property, { numRuns: depth(8, 300) });
  });
});

/** The records, one after the other, lead from nothing to what stands, and back. */
async function recordIsTheOrderOfCommits(prefs: Preferences, user: string): Promise<void> {
  const records = await historyOf(prefs, user);
  const { value, explicit, revision } = await prefs.get(user);
  const chosen = Object.fromEntries(explicit.map((field) => [field, value[field]])) as JsonObject;
  expect(records.map((record) => record.revision)).toEqual(Array.from({ length: revision }, (_, at) => at + 1));
  const forward = records.reduce<JsonObject>((document, { changes }) => {
    const patch = Object.fromEntries(changes.map(({ path, to }) => [path.slice(1), to ?? null]));
    return mergePatch(document, patch) as JsonObject;
  }, {});
  expect(forward).toEqual(chosen);
  expect(records.toReversed().reduce((document, { changes }) => undone(document, changes), chosen)).toEqual({});
}
