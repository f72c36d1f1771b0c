// The contract of preferences, on every engine.
import { c, openStorage } from "@td/storage";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import {
  createPreferences,
  definePreferences,
  type JsonObject,
  preferencesTable,
  PrefsError,
  prefsSchema,
  prefsSideTables,
  userPreferences,
} from "../src/index.ts";
import { tradingPreferences } from "../src/trading.ts";
import { historyOf, KINDS, newUser, refusalOf, sharedOn, tradersOn } from "./workbench.ts";

describe.each(KINDS)("preferences on %s", (kind) => {
  test("a user who never chose anything has the defaults at revision 0, and nothing is stored", async () => {
    const { prefs, storage } = await tradersOn(kind);
    const user = newUser();
    const answer = await prefs.get(user);
    expect(answer).toMatchObject({ value: tradingPreferences.defaults, explicit: [], revision: 0, schemaVersion: 2, updatedAt: null });
    expect(answer).toMatchObject({ unreadable: [], readOnly: false });
    expect(await storage.forUser(user).table(userPreferences).count()).toBe(0);
  });

  test("a patch stores what was chosen and nothing else; null takes it back", async () => {
    const { prefs, storage } = await tradersOn(kind);
    const user = newUser();
    const first = await prefs.patch(user, { riskProfile: "Aggressive", tradingModes: { Intraday: true } });
    expect(first).toMatchObject({ revision: 1, explicit: ["riskProfile", "tradingModes"] });
    expect(first.value.tradingModes).toMatchObject({ Intraday: true, Swing: true });
    const row = await storage.forUser(user).table(userPreferences).get({});
    expect(row).toMatchObject({ document: { riskProfile: "Aggressive", tradingModes: { Intraday: true } }, riskProfile: "Aggressive" });
    const second = await prefs.patch(user, { riskProfile: null });
    expect(second).toMatchObject({ revision: 2, explicit: ["tradingModes"], value: { riskProfile: "Moderate" } });
    expect(await prefs.get(user)).toEqual(second);
  });

  test("the columns of the table show what was effective at the last change", async () => {
    const { prefs, storage } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { primaryMode: "Options", auxiliaryModes: ["Futures"] });
    expect(await storage.forUser(user).table(userPreferences).get({})).toMatchObject({
      disclosureAccepted: false,
      disclosureVersion: null,
      universe: "NIFTY50",
      marketRegion: "India",
      riskProfile: "Moderate",
      tradingModes: tradingPreferences.defaults["tradingModes"],
      primaryMode: "Options",
      auxiliaryModes: ["Futures"],
    });
  });

  test("a patch that changes nothing makes no revision and no record", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    const first = await prefs.patch(user, { universe: "BANKNIFTY" });
    expect(await prefs.patch(user, { universe: "BANKNIFTY", marketRegion: null })).toEqual(first);
    expect(await historyOf(prefs, user)).toHaveLength(1);
  });

  test("choosing what the default says is a choice: it stays when the default changes", async () => {
    const { prefs, storage } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { universe: "NIFTY50" });
    const defaults = { ...tradingPreferences.defaults, universe: "NIFTY500", riskProfile: "Conservative" };
    const later = createPreferences({ ...tradingPreferences, defaults }, { storage });
    expect((await later.get(user)).value).toMatchObject({ universe: "NIFTY50", riskProfile: "Conservative" });
  });

  test("a replacement is the whole choice: what it leaves out goes back to the default", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { riskProfile: "Aggressive", universe: "BANKNIFTY" });
    const answer = await prefs.replace(user, { marketRegion: "Global" }, { ifRevision: 1 });
    expect(answer).toMatchObject({
      explicit: ["marketRegion"],
      value: { marketRegion: "Global", riskProfile: "Moderate", universe: "NIFTY50" },
    });
  });

  test.each([
    ["a value of the wrong kind", { riskProfile: "Reckless" }, "/riskProfile"],
    ["a wrong value deep inside", { tradingModes: { Swing: "yes" } }, "/tradingModes/Swing"],
    ["a number that is none", { tradingModes: { Swing: Number.NaN } }, "/tradingModes/Swing"],
    ["a value that is undefined", { universe: undefined }, "/universe"],
    ["text that no database can hold", { disclosureVersion: "a\0b" }, "/disclosureVersion"],
    ["a patch that is no object", [], ""],
  ])("%s is refused, with its place, and nothing is changed", async (_, patch, pointer) => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { universe: "BANKNIFTY" });
    const error = await refusalOf(prefs.patch(user, patch as object));
    expect(error).toMatchObject({ code: "value-rejected", issues: [{ pointer }] });
    expect(await prefs.get(user)).toMatchObject({ revision: 1 });
    expect(await historyOf(prefs, user)).toHaveLength(1);
  });

  test("keys that this version does not know survive patches and replacements, also inside objects", async () => {
    const { prefs, storage } = await tradersOn(kind);
    const user = newUser();
    const newer = { fontSize: 14, tradingModes: { Crypto: true } };
    await prefs.patch(user, newer);
    await prefs.patch(user, { universe: "NIFTY100" });
    await prefs.replace(user, { tradingModes: { ...(await prefs.get(user)).value.tradingModes }, universe: "NIFTY500" });
    const row = await storage.forUser(user).table(userPreferences).get({});
    expect(row?.document).toMatchObject({ fontSize: 14, tradingModes: { Crypto: true }, universe: "NIFTY500" });
  });

  test("keys such as __proto__ are data, and never a prototype", async () => {
    const { prefs, storage } = await tradersOn(kind);
    const user = newUser();
    const evil = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"tradingModes":{"__proto__":{"polluted":1}}}',
    ) as object;
    const answer = await prefs.patch(user, evil);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect((answer.value as { polluted?: number }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(answer.value)).toBe(Object.prototype);
    const row = await storage.forUser(user).table(userPreferences).get({});
    expect(Object.getPrototypeOf(row?.document)).toBe(Object.prototype);
    expect(Object.keys(row?.document ?? {}).sort()).toEqual(["__proto__", "constructor", "tradingModes"]);
  });

  test("a stale revision is refused with what stands, and a new user's first change wants revision 0", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { universe: "BANKNIFTY" }, { ifRevision: 0 });
    await prefs.patch(user, { riskProfile: "Aggressive" }, { ifRevision: 1 });
    const error = await refusalOf(prefs.patch(user, { riskProfile: "Conservative" }, { ifRevision: 1 }));
    expect(error).toBeInstanceOf(PrefsError);
    expect(error).toMatchObject({ code: "revision-conflict", facts: { expected: 1, actual: 2 } });
    const { conflict } = error as PrefsError;
    expect(conflict).toMatchObject({ baseRevision: 1, current: await prefs.get(user) });
    expect(conflict?.fields).toEqual([{ path: "/riskProfile", mine: "Conservative", theirs: "Aggressive" }]);
  });

  test("a conflict does not show the user's values when the error is printed", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { riskProfile: "Aggressive" });
    const error = await refusalOf(prefs.patch(user, { riskProfile: "Conservative" }, { ifRevision: 0 }));
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toMatch(/Aggressive|Conservative/);
  });

  test("a patch that was made against an earlier revision goes on top of later changes to other fields", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { tradingModes: { Intraday: true } });
    await prefs.patch(user, { universe: "BANKNIFTY", tradingModes: { Futures: true } });
    const answer = await prefs.patch(user, { riskProfile: "Aggressive", tradingModes: { Options: true } }, { baseRevision: 1 });
    expect(answer.value).toMatchObject({ riskProfile: "Aggressive", universe: "BANKNIFTY" });
    expect(answer.value.tradingModes).toMatchObject({ Intraday: true, Futures: true, Options: true });
  });

  test("a patch that was made against an earlier revision of the same field is refused with all three sides", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { universe: "NIFTY100" });
    await prefs.patch(user, { universe: "NIFTY500" });
    await prefs.patch(user, { riskProfile: "Aggressive" });
    const error = await refusalOf(prefs.patch(user, { universe: "BANKNIFTY", riskProfile: "Aggressive" }, { baseRevision: 1 }));
    expect(error).toMatchObject({ code: "field-conflict" });
    const fields = [{ path: "/universe", base: "NIFTY100", mine: "BANKNIFTY", theirs: "NIFTY500" }];
    expect((error as PrefsError).conflict?.fields).toEqual(fields);
  });

  test("two patches that each begin the same object are in conflict only where both put something", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { tradingModes: { Intraday: true, Futures: true } }, { baseRevision: 0 });
    await prefs.patch(user, { tradingModes: { Options: true, Futures: true } }, { baseRevision: 0 });
    const error = await refusalOf(prefs.patch(user, { tradingModes: { Options: false, Swing: false } }, { baseRevision: 0 }));
    expect((error as PrefsError).conflict?.fields).toEqual([{ path: "/tradingModes/Options", mine: false, theirs: true }]);
    const gone = await refusalOf(prefs.patch(user, { tradingModes: null }, { baseRevision: 1 }));
    expect((gone as PrefsError).conflict?.fields).toMatchObject([{ path: "/tradingModes", theirs: { Options: true } }]);
  });

  test("a patch that its base could not take is made on what stands", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { disclosureVersion: "v1" });
    expect(await prefs.patch(user, { disclosureAccepted: true }, { baseRevision: 0 })).toMatchObject({
      value: { disclosureAccepted: true },
    });
  });

  test("a revision that never was is refused", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { universe: "NIFTY100" });
    for (const expected of [{ ifRevision: 7 }, { baseRevision: 7 }]) {
      expect(await refusalOf(prefs.patch(user, { universe: "NIFTY500" }, expected))).toMatchObject({ code: "revision-conflict" });
    }
    expect(await refusalOf(prefs.patch(user, {}, { ifRevision: -1 }))).toMatchObject({ code: "bad-request" });
    expect(await refusalOf(prefs.patch(user, {}, { ifRevision: 1, baseRevision: 1 }))).toMatchObject({ code: "bad-request" });
  });

  test("the record says who changed what, when and why, in the order of the commits", async () => {
    const { prefs } = await tradersOn(kind, { now: () => new Date("2026-03-01T10:00:00Z") });
    const user = newUser();
    await prefs.patch(user, { universe: "NIFTY100" });
    await prefs.patch(
      user,
      { universe: null, riskProfile: "Aggressive" },
      { actor: "support 7", reason: "asked by phone", requestId: "r-1" },
    );
    expect(await historyOf(prefs, user)).toMatchObject([
      {
        area: "preferences",
        key: null,
        revision: 1,
        actor: user,
        reason: null,
        requestId: null,
        changes: [{ path: "/universe", to: "NIFTY100" }],
      },
      {
        revision: 2,
        at: "2026-03-01T10:00:00.000000Z",
        actor: "support 7",
        reason: "asked by phone",
        requestId: "r-1",
        changes: [
          { path: "/riskProfile", to: "Aggressive" },
          { path: "/universe", from: "NIFTY100" },
        ],
      },
    ]);
  });

  test("a change whose record cannot be written is not made", async () => {
    const storage = await sharedOn(kind, [userPreferences]);
    const prefs = createPreferences(tradingPreferences, { storage });
    const user = newUser();
    expect(await refusalOf(prefs.patch(user, { universe: "NIFTY100" }))).toMatchObject({ code: "unknown-table" });
    expect(await storage.forUser(user).table(userPreferences).count()).toBe(0);
  });

  test("a change inside the host's own transaction is kept or undone with it, record and all", async () => {
    const { prefs, storage } = await tradersOn(kind);
    const user = newUser();
    const work = storage.forUser(user).transaction(async () => {
      await prefs.patch(user, { universe: "NIFTY100" });
      await prefs.watchlist(user).add("TCS");
      throw new Error("the host thinks otherwise");
    });
    await expect(work).rejects.toThrow("the host thinks otherwise");
    expect([await prefs.get(user), await historyOf(prefs, user)]).toMatchObject([{ revision: 0 }, []]);
  });

  test("the history is had page by page", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    for (const universe of ["NIFTY100", "NIFTY500", "BANKNIFTY"] as const) await prefs.patch(user, { universe });
    const first = await prefs.historyPage(user, { limit: 2 });
    expect(first.entries.map(({ revision }) => revision)).toEqual([3, 2]);
    const last = await prefs.historyPage(user, { limit: 2, before: first.next ?? 0 });
    expect(last).toMatchObject({ entries: [{ revision: 1 }], next: null });
    expect(await refusalOf(prefs.historyPage(user, { limit: 0 }))).toMatchObject({ code: "bad-request" });
  });

  test("an acceptance is kept once for each version, with time and actor, and cannot be taken back", async () => {
    const { prefs } = await tradersOn(kind, { now: () => new Date("2026-03-01T10:00:00Z") });
    const user = newUser();
    expect(await refusalOf(prefs.patch(user, { disclosureAccepted: true }))).toMatchObject({ issues: [{ pointer: "/disclosureVersion" }] });
    await prefs.patch(user, { disclosureAccepted: true, disclosureVersion: "v1" }, { requestId: "r-1" });
    for (const patch of [{ disclosureAccepted: false }, { disclosureAccepted: null }, { disclosureVersion: null }]) {
      expect(await refusalOf(prefs.patch(user, patch))).toMatchObject({ code: "value-rejected" });
    }
    expect(await refusalOf(prefs.replace(user, { universe: "NIFTY100" }))).toMatchObject({ code: "value-rejected" });
    await prefs.patch(user, { disclosureVersion: "v2" }, { actor: "support 7" });
    await prefs.patch(user, { disclosureVersion: "v1" }, { actor: "support 8" });
    expect(await prefs.acceptances(user)).toMatchObject([
      { name: "disclosure", version: "v1", acceptedAt: "2026-03-01T10:00:00.000000Z", actor: user, requestId: "r-1" },
      { name: "disclosure", version: "v2", actor: "support 7", requestId: null },
    ]);
  });

  test("an actor, a reason or a request that is no short text is refused", async () => {
    const { prefs } = await tradersOn(kind);
    for (const by of [{ actor: "" }, { actor: "a".repeat(201) }, { reason: "a".repeat(501) }, { requestId: "\0" }]) {
      expect(await refusalOf(prefs.patch(newUser(), { universe: "NIFTY100" }, by))).toMatchObject({ code: "bad-request" });
    }
  });
});

const profiles = preferencesTable("profiles", {});
const profile = definePreferences({
  version: 0,
  schema: z.object({ name: z.string(), tax: z.object({ id: z.string(), country: z.string() }) }),
  defaults: { name: "", tax: { id: "", country: "" } },
  migrations: {},
  rules: { redact: ["/tax/id"] },
});

describe.each(KINDS)("another definition on %s", (kind) => {
  test("contents of redacted places are not on record, nor in a conflict's base", async () => {
    const storage = await sharedOn(kind, [profiles, ...prefsSideTables]);
    const prefs = createPreferences(profile, { storage, table: profiles });
    const user = newUser();
    await prefs.patch(user, { name: "A", tax: { id: "secret-1", country: "IN" } });
    await prefs.patch(user, { tax: { id: "secret-2" } });
    const records = await historyOf(prefs, user);
    expect(records.map(({ changes }) => changes)).toEqual([
      [
        { path: "/name", to: "A" },
        { path: "/tax/country", to: "IN" },
        { path: "/tax/id", redacted: true },
      ],
      [{ path: "/tax/id", redacted: true }],
    ]);
    const error = (await refusalOf(prefs.patch(user, { tax: { id: "secret-3" } }, { baseRevision: 1 }))) as PrefsError;
    expect(error.conflict?.fields).toEqual([{ path: "/tax/id", mine: "secret-3", theirs: "secret-2", redacted: true }]);
  });

  test("a document of a newer version can be read, and is not changed", async () => {
    const storage = await sharedOn(kind, [profiles, ...prefsSideTables]);
    const user = newUser();
    const schema = z.object({ name: z.string(), tax: z.string() });
    const newer = definePreferences({ version: 1, schema, defaults: { name: "", tax: "" }, migrations: { 0: (document) => document } });
    await createPreferences(newer, { storage, table: profiles }).patch(user, { name: "A", tax: "IN-1" });
    const prefs = createPreferences(profile, { storage, table: profiles });
    const answer = await prefs.get(user);
    expect(answer).toMatchObject({
      readOnly: true,
      schemaVersion: 1,
      unreadable: ["tax"],
      value: { name: "A", tax: { id: "", country: "" } },
    });
    expect(await refusalOf(prefs.patch(user, { name: "B" }))).toMatchObject({ code: "schema-too-new", facts: { stored: 1, known: 0 } });
    expect(await refusalOf(prefs.replace(user, { name: "B" }))).toMatchObject({ code: "schema-too-new" });
    expect(await prefs.get(user)).toEqual(answer);
  });

  test("an older document is migrated on read and stored on the next write, which says so on record", async () => {
    const storage = await sharedOn(kind, [profiles, ...prefsSideTables]);
    const user = newUser();
    const old = createPreferences(profile, { storage, table: profiles });
    await old.patch(user, { name: "A", tax: { country: "IN" } });
    const schema = z.object({ fullName: z.string(), tax: z.object({ id: z.string(), country: z.string() }) });
    const migrations = {
      0: ({ name, ...rest }: JsonObject): JsonObject => (name === undefined ? rest : { ...rest, fullName: name }),
    };
    const today = definePreferences({ version: 1, schema, defaults: { fullName: "", tax: { id: "", country: "" } }, migrations });
    const prefs = createPreferences(today, { storage, table: profiles });
    expect(await prefs.get(user)).toMatchObject({ schemaVersion: 1, revision: 1, value: { fullName: "A" }, explicit: ["fullName", "tax"] });
    expect(await storage.forUser(user).table(profiles).get({})).toMatchObject({ schemaVersion: 0 });
    const rebased = await prefs.patch(user, { tax: { id: "1" } }, { baseRevision: 1 });
    expect(rebased).toMatchObject({ revision: 2, value: { fullName: "A", tax: { id: "1", country: "IN" } } });
    expect(await storage.forUser(user).table(profiles).get({})).toMatchObject({ schemaVersion: 1, document: { fullName: "A" } });
    const error = (await refusalOf(prefs.patch(user, { fullName: "B", tax: { id: "2" } }, { baseRevision: 1 }))) as PrefsError;
    expect(error.conflict?.fields).toEqual([{ path: "/tax/id", mine: "2", theirs: "1" }]);
  });

  test("a migration that throws is a typed error, and the document stays", async () => {
    const storage = await sharedOn(kind, [profiles, ...prefsSideTables]);
    const user = newUser();
    await createPreferences(profile, { storage, table: profiles }).patch(user, { name: "A" });
    for (const step of [
      () => {
        throw new TypeError("no");
      },
      () => [] as never,
    ]) {
      const broken = definePreferences({
        version: 1,
        schema: profile.schema,
        defaults: { name: "", tax: { id: "", country: "" } },
        migrations: { 0: step },
      });
      const prefs = createPreferences(broken, { storage, table: profiles });
      expect(await refusalOf(prefs.get(user))).toMatchObject({ code: "migration-failed", facts: { from: 0 } });
      expect(await refusalOf(prefs.patch(user, { name: "B" }))).toMatchObject({ code: "migration-failed" });
    }
    expect(await storage.forUser(user).table(profiles).get({})).toMatchObject({ revision: 1, document: { name: "A" } });
  });

  test("a condition over several fields refuses a change as a whole, and a stored document that breaks it shows the defaults", async () => {
    const storage = await sharedOn(kind, [profiles, ...prefsSideTables]);
    const user = newUser();
    await createPreferences(profile, { storage, table: profiles }).patch(user, { name: "A", tax: { country: "IN" } });
    const schema = profile.schema.refine(({ name, tax }) => name === "" || tax.id !== "", "a name needs a tax id");
    const prefs = createPreferences({ ...profile, schema }, { storage, table: profiles });
    expect(await prefs.get(user)).toMatchObject({ value: { name: "", tax: { country: "" } }, unreadable: ["name", "tax"] });
    expect(await refusalOf(prefs.patch(user, { name: "B" }))).toMatchObject({
      issues: [{ pointer: "", message: "a name needs a tax id" }],
    });
    expect(await prefs.patch(user, { tax: { id: "1" } })).toMatchObject({
      value: { name: "A", tax: { id: "1", country: "IN" } },
      unreadable: [],
    });
    const other = newUser();
    const request = {
      schemaVersion: 0,
      preferences: { name: "C", tax: { id: "", country: "IN" } },
      watchlist: [],
      dismissed: [],
      unread: {},
    };
    const { report } = await prefs.importOnce(other, "1", request);
    expect(report.preferences).toMatchObject({ applied: ["tax"], rejected: [{ name: "name", message: "a name needs a tax id" }] });
  });

  test("what the schema refuses of a stored document shows its default, is named, and stays until it is replaced", async () => {
    const storage = await sharedOn(kind, [profiles, ...prefsSideTables]);
    const user = newUser();
    await createPreferences(profile, { storage, table: profiles }).patch(user, { name: "a name that became too long" });
    const schema = z.object({ ...profile.schema.shape, name: z.string().max(5) });
    const prefs = createPreferences({ ...profile, schema }, { storage, table: profiles });
    expect(await prefs.get(user)).toMatchObject({ value: { name: "" }, unreadable: ["name"], explicit: ["name"] });
    await prefs.patch(user, { tax: { country: "IN" } });
    expect(await storage.forUser(user).table(profiles).get({})).toMatchObject({ document: { name: "a name that became too long" } });
    expect(await prefs.patch(user, { name: "short" })).toMatchObject({ value: { name: "short" }, unreadable: [] });
  });
});

test("a column that no field can fill is refused when the preferences are made", async () => {
  const wide = preferencesTable("wide_profiles", { name: c.text(), age: c.int() });
  const storage = await sharedOn("sqlite", [wide, ...prefsSideTables]);
  expect(() => createPreferences(profile, { storage, table: wide })).toThrow(/column age of wide_profiles/);
  expect(() => preferencesTable("taken", { revision: c.int() })).toThrow(/column revision/);
});

test("a storage that is opened with the schema has the tables", async () => {
  const storage = await openStorage("sqlite::memory:", { schemas: [prefsSchema] });
  const prefs = createPreferences(tradingPreferences, { storage });
  expect(await prefs.patch("ann", { universe: "BANKNIFTY" })).toMatchObject({ revision: 1 });
  await storage.close();
});
