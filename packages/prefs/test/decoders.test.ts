// Every form in which applications have kept choices in localStorage: plain, quoted, JSON, flags, broken.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flag, ids, json, names, oneName, switches, symbols, text } from "../src/browser/import.ts";
import { decoded } from "../src/core/decoded.ts";

const MODES = { oneOf: ["Intraday", "Swing", "Options"], renamed: { Delivery: "Swing", Positional: "Swing" } } as const;
const value = (held: unknown, unread?: string[]) => ({ kind: "value", value: held, ...(unread === undefined ? {} : { unread }) });
const EMPTY = { kind: "empty" };
const unread = { kind: "unreadable" };

describe("a name, plain or quoted", () => {
  const read = oneName(MODES);
  test.each([
    ["Swing", value("Swing")],
    ['"Swing"', value("Swing")],
    [" Swing\n", value("Swing")],
    ["Positional", value("Swing")],
    ['"Delivery"', value("Swing")],
    ["", EMPTY],
    ["null", EMPTY],
    ['""', EMPTY],
    ['"Swing', unread],
    ["swing", unread],
    ["toString", unread],
    ["__proto__", unread],
    ["undefined", unread],
    ["[object Object]", unread],
  ])("%s", (stored, expected) => {
    expect(read(stored)).toMatchObject(expected);
  });

  test("says what was expected, and not what was there", () => {
    expect(read("my-secret")).toEqual({ kind: "unreadable", reason: "expected one of Intraday, Swing, Options" });
  });
});

test.each([
  ["1", value(true)],
  ["true", EMPTY],
  ["0", EMPTY],
  ['"1"', EMPTY],
  ["", EMPTY],
])("a flag: %s", (stored, expected) => {
  expect(flag(stored)).toEqual(expected);
});

describe("switches", () => {
  test.each([
    ['{"Intraday":true,"Delivery":true}', value({ Swing: true, Intraday: true })],
    ['{"Delivery":true,"Swing":false}', value({ Swing: false })],
    ['{"Swing":false,"Delivery":true}', value({ Swing: false })],
    ['{"Swing":"yes","Options":false}', value({ Options: false }, ["Swing"])],
    ['{"Scalping":true}', value({}, ["Scalping"])],
    ['"{\\"Swing\\":true}"', value({ Swing: true })],
    ["{}", value({})],
    ["null", EMPTY],
    ["[true]", unread],
    ["true", unread],
    ['{"Swing":tr', unread],
    ["[object Object]", unread],
  ])("%s", (stored, expected) => {
    expect(switches(MODES)(stored)).toEqual(expect.objectContaining(expected));
  });

  test("a key called __proto__ is a name like any other, and changes no object", () => {
    expect(switches(MODES)('{"__proto__":{"Swing":true},"Options":true}')).toEqual(value({ Options: true }, ["__proto__"]));
    expect(({} as Record<string, unknown>)["Swing"]).toBeUndefined();
  });
});

test.each([
  ['["Options"]', value(["Options"])],
  ['["Delivery","Swing","Options","Positional"]', value(["Swing", "Options"])],
  ['["Options",7,null]', value(["Options"], ["entry 2", "entry 3"])],
  ["[]", value([])],
  ["null", EMPTY],
  ['{"0":"Options"}', unread],
])("names: %s", (stored, expected) => {
  expect(names(MODES)(stored)).toMatchObject(expected);
});

test.each([
  ['{"hc|Swing|NIFTY50|2026-01-09T09:00:11Z":true}', value(["hc|Swing|NIFTY50|2026-01-09T09:00:11Z"])],
  ['{"a":true,"b":false,"c":true}', value(["a", "c"])],
  ['["a","b","a"]', value(["a", "b"])],
  ['{"a":true,"b":1}', value(["a"], ["entry 2"])],
  ['{"__proto__":true}', value(["__proto__"])],
  ["{}", value([])],
  ["null", EMPTY],
  ["7", unread],
])("ids: %s", (stored, expected) => {
  expect(ids(stored)).toEqual(expect.objectContaining(expected));
});

test.each([
  ['["reliance","TCS","RELIANCE"]', value([{ symbol: "RELIANCE" }, { symbol: "TCS" }])],
  [
    '["RELIANCE.NS","RELIANCE.BO"]',
    value([
      { symbol: "RELIANCE", exchange: "NSE" },
      { symbol: "RELIANCE", exchange: "BSE" },
    ]),
  ],
  ['[{"symbol":"brk.b","exchange":"nyse","notes":" value "}]', value([{ symbol: "BRK.B", exchange: "NYSE", notes: "value" }])],
  ['["BTC/USD","^NSEI",""]', value([{ symbol: "BTC/USD" }, { symbol: "^NSEI" }], ["entry 3"])],
  ["null", EMPTY],
  ['{"entries":[]}', unread],
])("symbols: %s", (stored, expected) => {
  expect(symbols(stored)).toMatchObject(expected);
});

test.each([
  ["any words", value("any words")],
  ['"any words"', value("any words")],
  ["1.50", value("1.50")],
])("a text: %s", (stored, expected) => {
  expect(text(stored)).toEqual(expected);
});

test("no text makes a decoder throw", () => {
  const decoders = [text, flag, oneName(MODES), names(MODES), switches(MODES), ids, symbols, json((held) => decoded(held))];
  const stored = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((inner) => JSON.stringify(inner)),
    fc.json().map((inner) => inner.slice(0, -1)),
  );
  fc.assert(
    fc.property(stored, fc.constantFrom(...decoders), (held, decode) => {
      expect(["value", "empty", "unreadable"]).toContain(decode(held).kind);
    }),
  );
});
