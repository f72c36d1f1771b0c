// A blob is edited as text: what is not cut out stays byte for byte.
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutJson, pasteJson } from "../src/core/json-cut.ts";
import { readJsonPath, type JsonPath } from "../src/core/record-path.ts";
import { depth } from "./workbench.ts";

function paths(...texts: readonly string[]): readonly JsonPath[] {
  return texts.map((text) => {
    const path = readJsonPath(text);
    if (typeof path === "string") throw new TypeError(path);
    return path;
  });
}

const left = (text: string, ...cut: readonly string[]): string => cutJson(text, paths(...cut)).text;

describe("a JSON text without some of its values", () => {
  it("keeps digits, spaces, escapes and the order of keys of everything else", () => {
    const text = `{ "z": 1.10, "orders": [{"pnl": 1e2}],\n "a":9007199254740993 ,"\\u0061b" : "x\\"y, {[" }`;
    expect(left(text, "orders")).toBe(`{ "z": 1.10, "a":9007199254740993 ,"\\u0061b" : "x\\"y, {[" }`);
    expect(left(text, "ab")).toBe(`{ "z": 1.10, "orders": [{"pnl": 1e2}],\n "a":9007199254740993 }`);
  });

  it.each([
    ["a", `{"b":2,"c":3}`],
    ["b", `{"a":1,"c":3}`],
    ["c", `{"a":1,"b":2}`],
    ["a b", `{"c":3}`],
    ["b c", `{"a":1}`],
    ["a c", `{"b":2}`],
    ["a b c", "{}"],
  ])("is valid without the members %s", (gone, rest) => {
    expect(left(`{"a":1,"b":2,"c":3}`, ...gone.split(" "))).toBe(rest);
  });

  it("finds a path in each element, names where it stood, and counts what lay there", () => {
    const text = `{"bots":[{"orders":[1,2],"id":"a"},{"id":"b"},{"id":"c","orders":[]},{"orders":{"x":[],"y":1}}],"orders":[7]}`;
    const cut = cutJson(text, paths("bots[*].orders"));
    expect(cut.text).toBe(`{"bots":[{"id":"a"},{"id":"b"},{"id":"c"},{}],"orders":[7]}`);
    expect(cut.cuts.map(({ path, parts }) => [path, parts])).toEqual([
      ["bots[0].orders", 2],
      ["bots[2].orders", 0],
      ["bots[3].orders", 2],
    ]);
  });

  it("takes elements out of lists and members whose key is written with escapes, each time they come", () => {
    expect(left("[1,2,3]", "[1]")).toBe("[1,3]");
    expect(left(`{"m":{"a":1,"b":2}}`, "m.*")).toBe(`{"m":{}}`);
    expect(left(String.raw`{"\u006f":1,"o":2,"p":3}`, "o")).toBe(`{"p":3}`);
    expect(left(`{"a":"x"}`, "a.b", "none[*]")).toBe(`{"a":"x"}`);
  });

  it("takes the longer of two paths into one value with the shorter", () => {
    const cut = cutJson(`{"a":{"b":1},"c":2}`, paths("a.b", "a"));
    expect([cut.text, cut.cuts.length, cut.cuts[0]?.of]).toEqual([`{"c":2}`, 1, 1]);
  });

  test.prop([fc.json({ maxDepth: 4 }), fc.nat(3), fc.subarray(["a", "b", "[*]", "*", "[0]", "a.b", "[*].a", "*.*"])], {
    numRuns: depth(300, 20_000),
  })("is what JSON.parse says it should be, and the cuts put back give the text", (json, indent, chosen) => {
    const named = JSON.stringify(rename(JSON.parse(json)), null, indent);
    const cut = cutJson(named, paths(...chosen));
    expect(JSON.parse(cut.text)).toEqual(without(JSON.parse(named), chosen));
    expect(pasteJson(cut.text, cut.cuts)).toBe(named);
  });
});

/** Gives objects keys that the paths know. */
function rename(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rename);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([, inner]: [string, unknown], at) => ["abc".charAt(at) || `k${at}`, rename(inner)]));
}

/** The naive way: on values. */
function without(value: unknown, chosen: readonly string[]): unknown {
  const heads = new Set(chosen.filter((path) => !path.slice(1).includes(".")));
  const deeper = (key: string, list: boolean): readonly string[] =>
    chosen.flatMap((path) => {
      const [head = "", ...rest] = path.split(".");
      return rest.length > 0 && (list ? head === "[*]" : head === key || head === "*") ? [rest.join(".")] : [];
    });
  if (Array.isArray(value)) {
    if (heads.has("[*]")) return [];
    return value.flatMap((inner, at) => (at === 0 && heads.has("[0]") ? [] : [without(inner, deeper("", true))]));
  }
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !heads.has(key) && !heads.has("*"));
  return Object.fromEntries(kept.map(([key, inner]) => [key, without(inner, deeper(key, false))]));
}
