import { describe, expect, test } from "vitest";
import type { ImportReport } from "../src/index.ts";
import { contentHash } from "../src/core/content-hash.ts";
import { begin, confirm, isConfirmed, isOthers, readJournal } from "../src/core/import-journal.ts";
import { accountsFor, importRequests } from "../src/core/import-request.ts";
import type { ImportPlan } from "../src/core/import-plan.ts";

describe("the journal", () => {
  const blank = readJournal(undefined);

  test.each([undefined, "", "null", "{", "7", "[]", '{"claims":null}'])("is blank when it is %j", (stored) => {
    expect(readJournal(stored)).toEqual(blank);
  });

  test("knows whose text a key holds: this very text, and no other", () => {
    const journal = readJournal(JSON.stringify(begin(blank, "ann", { "app.risk": "h1" })));
    expect(isOthers(journal, "bob", "app.risk", "h1")).toBe(true);
    expect(isOthers(journal, "bob", "app.risk", "h2")).toBe(false);
    expect(isOthers(journal, "ann", "app.risk", "h1")).toBe(false);
    expect(isOthers(journal, "bob", "__proto__", "h1")).toBe(false);
  });

  test("has confirmed nothing that was only begun, and forgets no account over another", () => {
    const begun = begin(blank, "ann", { "app.risk": "h1" });
    expect(isConfirmed(begun, "ann", ["i1"])).toBe(false);
    const both = readJournal(JSON.stringify(confirm(confirm(begun, "ann", ["i1", "i2"]), "bob", ["i3"])));
    expect([isConfirmed(both, "ann", ["i2", "i1"]), isConfirmed(both, "ann", ["i1", "i3"]), isConfirmed(both, "bob", ["i3"])]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

const plan: ImportPlan = {
  fields: { risk: "Aggressive" },
  watchlist: [{ symbol: "TCS" }, { symbol: "RELIANCE", exchange: "NSE" }],
  dismissed: ["a", "b", "c"],
  whole: new Map(),
  empty: [],
  superseded: [],
  quarantined: [
    { key: "k1", reason: "expected JSON", partly: false },
    { key: "k2", reason: "expected JSON", partly: false },
  ],
};

describe("the requests of an import", () => {
  const textOf = (key: string): string => (key === "k1" ? "{broken" : "x".repeat(20_000));

  test("hold everything once, with the texts that could not be read as far as they are short", () => {
    const [first, second, ...more] = importRequests(plan, 3, 2, textOf).map(({ request }) => request);
    expect(more).toEqual([]);
    expect(first).toEqual({
      schemaVersion: 3,
      preferences: { risk: "Aggressive" },
      watchlist: plan.watchlist,
      dismissed: [{ id: "a" }, { id: "b" }],
      unread: { k1: "{broken" },
    });
    expect(second).toEqual({ schemaVersion: 3, preferences: {}, watchlist: [], dismissed: [{ id: "c" }], unread: {} });
  });

  test("have the same ids for the same content, and others for another", () => {
    const ids = (changed: Partial<ImportPlan>): string[] => importRequests({ ...plan, ...changed }, 3, 2, textOf).map(({ id }) => id);
    expect(ids({})).toEqual(ids({}));
    expect(ids({ dismissed: ["a", "b", "d"] })[0]).toBe(ids({})[0]);
    expect(ids({ dismissed: ["a", "b", "d"] })[1]).not.toBe(ids({})[1]);
    expect(ids({})[0]).toMatch(/^[0-9a-f]{28}$/);
  });

  test("are answered for only when each thing is in the report", () => {
    const part = (applied: string[], kept: string[] = []) => ({ applied, kept, removed: [], rejected: [] });
    const report: ImportReport = {
      importId: "i",
      at: "2026-01-01T00:00:00.000000Z",
      preferences: part([], ["risk"]),
      watchlist: part(["TCS", "NSE:RELIANCE"]),
      dismissed: part(["a", "b"]),
      unread: ["k1"],
    };
    const [{ request } = { request: undefined }] = importRequests(plan, 3, 2, textOf);
    if (request === undefined) throw new Error("there is no request");
    expect(accountsFor(report, request)).toBe(true);
    expect(accountsFor({ ...report, preferences: part([]) }, request)).toBe(false);
    expect(accountsFor({ ...report, watchlist: part(["TCS", "RELIANCE"]) }, request)).toBe(false);
    expect(accountsFor({ ...report, dismissed: part(["a"]) }, request)).toBe(false);
  });
});

test("contents that differ in a little have other hashes", () => {
  const texts = Array.from({ length: 20_000 }, (_, at) => `{"id":"hc|Swing|NIFTY50|${at}"}`);
  expect(new Set(texts.map(contentHash)).size).toBe(texts.length);
});
