import { describe, expect, expectTypeOf, test } from "vitest";
import { classifyKeys, decoded, flag, ids, type KeyRules, move, oneName, symbols, text } from "../src/browser/import.ts";
import { isEmptyPlan, planImport } from "../src/core/import-plan.ts";

interface Prefs {
  universe: "NIFTY50" | "NIFTY500";
  nickname: string;
  accepted: boolean;
}
const universe = oneName({ oneOf: ["NIFTY50", "NIFTY500"] });
const keys = classifyKeys<Prefs>(
  {
    "app.accepted.v1": move.field("accepted", flag),
    "app.newUniverse": move.field("universe", universe),
    "app.universe": move.field("universe", universe),
    "app.list": move.watchlist(symbols),
    "app.hidden": move.dismissed(ids),
    "app.cache.*": "local",
    "app.cache.token": "never",
    "app.to*": "never",
    "app.tour": "local",
  },
  { own: ["app."] },
);

const planOf = (stored: Readonly<Record<string, string>>) =>
  planImport(keys, (key) => (Object.hasOwn(stored, key) ? stored[key] : undefined));

describe("a key is", () => {
  test.each([
    ["app.universe", "move"],
    ["app.cache.prices", "local"],
    ["app.cache.token", "never"],
    ["app.tour", "local"],
    ["app.token_refresh", "never"],
    ["app.other", "unknown"],
    ["theirs.universe", undefined],
    ["__proto__", undefined],
    ["toString", undefined],
  ])("%s: %s", (key, expected) => {
    expect(keys.classOf(key)).toBe(expected);
  });

  test("unknown when the application has not said which keys are its own", () => {
    expect(classifyKeys<Prefs>({}).classOf("anything")).toBe("unknown");
  });

  test("not moved by its beginning", () => {
    expect(() => classifyKeys<Prefs>({ "app.*": move.field("nickname", text) })).toThrow(/one by one/);
  });
});

test("the reader of a key gives what its field holds", () => {
  expectTypeOf(classifyKeys<Prefs>({ a: move.field("universe", universe) })).toEqualTypeOf<KeyRules<Prefs>>();
  // @ts-expect-error a flag is no universe
  classifyKeys<Prefs>({ a: move.field("universe", flag) });
  // @ts-expect-error there is no such field
  classifyKeys<Prefs>({ a: move.field("universes", universe) });
});

test("what is there moves, what says nothing stays, what cannot be read is named", () => {
  const plan = planOf({ "app.accepted.v1": "0", "app.universe": "NIFTY500", "app.list": '["TCS"]', "app.hidden": '{"a":true' });
  expect(plan).toEqual({
    fields: { universe: "NIFTY500" },
    watchlist: [{ symbol: "TCS" }],
    dismissed: [],
    whole: new Map([
      ["app.universe", ["universe"]],
      ["app.list", []],
    ]),
    empty: ["app.accepted.v1"],
    superseded: [],
    quarantined: [{ key: "app.hidden", reason: "expected JSON", partly: false }],
  });
  expect(isEmptyPlan(plan)).toBe(false);
  expect(isEmptyPlan(planOf({ "app.hidden": "{", other: "1" }))).toBe(true);
});

test("of two keys of a field the first wins; the other one counts as moved only when it says the same", () => {
  expect(planOf({ "app.newUniverse": '"NIFTY50"', "app.universe": "NIFTY500" })).toMatchObject({
    fields: { universe: "NIFTY50" },
    whole: new Map([["app.newUniverse", ["universe"]]]),
    superseded: ["app.universe"],
  });
  expect(planOf({ "app.newUniverse": '"NIFTY50"', "app.universe": "NIFTY50" })).toMatchObject({
    whole: new Map([
      ["app.newUniverse", ["universe"]],
      ["app.universe", ["universe"]],
    ]),
    superseded: [],
  });
  expect(planOf({ "app.newUniverse": "broken", "app.universe": "NIFTY500" })).toMatchObject({
    fields: { universe: "NIFTY500" },
    whole: new Map([["app.universe", ["universe"]]]),
    quarantined: [{ key: "app.newUniverse" }],
  });
});

test("a key can fill several fields, and loses with any of them", () => {
  const both = move.fields((stored) => decoded({ accepted: true, nickname: stored }));
  const several = classifyKeys<Prefs>({ name: move.field("nickname", text), both });
  const plan = (texts: Readonly<Record<string, string>>) => planImport(several, (key) => texts[key]);
  expect(plan({ both: "a" })).toMatchObject({
    fields: { accepted: true, nickname: "a" },
    whole: new Map([["both", ["accepted", "nickname"]]]),
  });
  expect(plan({ both: "a", name: "b" })).toMatchObject({ fields: { accepted: true, nickname: "b" }, superseded: ["both"] });
});

test("a key of which a part could not be read moves the rest, and does not count as whole", () => {
  expect(planOf({ "app.hidden": '{"a":true,"b":"?"}' })).toMatchObject({
    dismissed: ["a"],
    whole: new Map([]),
    quarantined: [{ key: "app.hidden", reason: "not read: entry 2", partly: true }],
  });
});
