// Bodies that nobody sends in good faith, each with its stated status. Nothing is changed by any of them.
import { fc, test as prop } from "@fast-check/vitest";
import { expect, test } from "vitest";
import { readJson } from "../src/core/read-json.ts";
import { createPreferencesHandler } from "../src/index.ts";
import { authenticate, BASE, hostOn } from "./http-workbench.ts";
import { newUser, tradersOn } from "./workbench.ts";

const deep = (depth: number): string => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
const bytes = (...codes: readonly number[]): Uint8Array => Uint8Array.from(codes);

test.each<[string, string | Uint8Array, number, string]>([
  ["10 MB", `{"a":"${"x".repeat(10_000_000)}"}`, 413, "body-too-large"],
  ["one byte too many", `{"universe":"NIFTY50"}${" ".repeat(65_536 - 21)}`, 413, "body-too-large"],
  ["10,000 deep", deep(10_000), 400, "body-too-deep"],
  ["65 deep", deep(65), 400, "body-too-deep"],
  ["a key twice", '{"universe":"NIFTY50","universe":"NIFTY100"}', 400, "body-duplicate-key"],
  ["a key twice, deep inside and spelled differently", '{"tradingModes":{"Swing":true,"S\\u0077ing":false}}', 400, "body-duplicate-key"],
  ["no JSON", "{universe:1}", 400, "body-malformed"],
  ["nothing", "", 400, "body-malformed"],
  ["half a text", '{"universe":"NIF', 400, "body-malformed"],
  ["bytes that are not UTF-8", bytes(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 400, "body-malformed"],
  ["a byte order mark", bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d), 400, "body-malformed"],
  ["a number out of range", '{"fontSize":1e999}', 422, "value-rejected"],
  ["an integer that a double rounds", '{"accountNumber":12345678901234567890}', 422, "value-rejected"],
  ["a fraction that a double rounds", '{"threshold":0.10000000000000000001}', 422, "value-rejected"],
  ["NUL", '{"fontName":"a\\u0000b"}', 422, "value-rejected"],
  ["half a character", '{"fontName":"\\ud800"}', 422, "value-rejected"],
  ["a list", "[]", 422, "value-rejected"],
  ["null", "null", 422, "value-rejected"],
])("%s is answered with its status", async (_, text, status, code) => {
  const { ask } = await hostOn("sqlite");
  const answer = await ask("PATCH", "/preferences", { text });
  expect([answer.status, answer.body.code]).toEqual([status, code]);
  expect((await ask("GET", "/preferences")).body).toMatchObject({ revision: 0 });
});

test.each([
  ["PATCH", "/preferences", "application/json"],
  ["PATCH", "/preferences", "application/json-patch+json"],
  ["PUT", "/preferences", "application/merge-patch+json"],
  ["POST", "/watchlist", "text/plain"],
  ["POST", "/watchlist", "application/x-www-form-urlencoded"],
  ["POST", "/watchlist", "application/json; charset=utf-16"],
  ["PUT", "/watchlist/TCS", "text/plain"],
  ["POST", "/insights/a/dismiss", "text/plain"],
])("%s %s with %s is 415", async (method, path, type) => {
  const { ask } = await hostOn("sqlite");
  const { status, body } = await ask(method, path, { text: "{}", type, headers: { "if-match": "*" } });
  expect([status, body.code]).toEqual([415, "unsupported-media-type"]);
});

test("a body that is compressed is 415, one that says UTF-8 is taken", async () => {
  const { ask } = await hostOn("sqlite");
  expect((await ask("PATCH", "/preferences", { text: "{}", headers: { "content-encoding": "gzip" } })).status).toBe(415);
  expect((await ask("PATCH", "/preferences", { text: "{}", type: "Application/Merge-Patch+JSON; charset=UTF-8" })).status).toBe(200);
});

test("a body is read no further than the limit, whatever it says of its length", async () => {
  const { prefs } = await tradersOn("sqlite");
  const handler = createPreferencesHandler(prefs, { basePath: BASE, authenticate, maxBodyBytes: 1000 });
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 100;
      controller.enqueue(new Uint8Array(100).fill(0x20));
      if (sent > 100_000) controller.close();
    },
  });
  const headers = { "x-session": newUser(), "content-type": "application/merge-patch+json" };
  const streamed = { method: "PATCH", headers, body, duplex: "half" };
  const response = await handler(new Request(`http://localhost${BASE}/preferences`, streamed));
  expect(response.status).toBe(413);
  expect(sent).toBeLessThan(2000);
});

test("an import may be sixteen times as large as another body", async () => {
  const { ask } = await hostOn("sqlite", { maxBodyBytes: 1000 });
  const unread = (length: number): object => ({
    schemaVersion: 2,
    preferences: {},
    watchlist: [],
    dismissed: [],
    unread: { key: "x".repeat(length) },
  });
  expect((await ask("PUT", "/imports/large", { body: unread(15_000) })).status).toBe(201);
  expect((await ask("PUT", "/imports/larger", { body: unread(16_000) })).status).toBe(413);
});

test("keys such as __proto__ in a body change no prototype", async () => {
  const { ask } = await hostOn("sqlite");
  const text =
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"tradingModes":{"__proto__":{"polluted":true}}}';
  expect((await ask("PATCH", "/preferences", { text })).status).toBe(200);
  expect((await ask("POST", "/watchlist", { text: '{"symbol":"A","__proto__":{"notes":"x"}}' })).status).not.toBe(500);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test("a body that breaks off is 400, and no failure of the host's", async () => {
  const { prefs } = await tradersOn("sqlite");
  const told: unknown[] = [];
  const handler = createPreferencesHandler(prefs, { basePath: BASE, authenticate, onError: (error) => told.push(error) });
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("the client has gone")) });
  const headers = { "x-session": newUser(), "content-type": "application/merge-patch+json" };
  const streamed = { method: "PATCH", headers, body, duplex: "half" };
  const response = await handler(new Request(`http://localhost${BASE}/preferences`, streamed));
  expect([response.status, told]).toEqual([400, []]);
});

test("a body that somebody else has read is 500, and said to the host", async () => {
  const { prefs } = await tradersOn("sqlite");
  const told: unknown[] = [];
  const handler = createPreferencesHandler(prefs, { basePath: BASE, authenticate, onError: (error) => told.push(error) });
  const headers = { "x-session": newUser(), "content-type": "application/merge-patch+json" };
  const request = new Request(`http://localhost${BASE}/preferences`, { method: "PATCH", headers, body: "{}" });
  await request.text();
  expect((await handler(request)).status).toBe(500);
  expect(String(told[0])).toMatch(/before any body parser/);
});

prop.prop([fc.json({ maxDepth: 5 })])("JSON that has each key once is read as JSON.parse reads it", (text) => {
  expect(readJson(text)).toEqual({ value: JSON.parse(text) as unknown });
});

prop.prop([fc.double({ noNaN: true, noDefaultInfinity: true }), fc.bigInt(), fc.nat(30), fc.stringMatching(/^[0-9]{1,25}$/)])(
  "a number is taken exactly when its digits are kept",
  (double, integer, places, fraction) => {
    expect(readJson(JSON.stringify(double)).problem).toBeUndefined();
    expect(readJson(`[${double.toExponential()}]`).problem).toBeUndefined();
    expect(readJson(String(integer)).problem === undefined).toBe(shortest(integer));
    expect(readJson(`1.5${"0".repeat(places)}`).problem).toBeUndefined();
    const [text, read] = [`0.${fraction}`, Number(`0.${fraction}`)];
    if (fraction.length <= 15) expect(readJson(text).problem).toBeUndefined();
    expect(readJson(text).problem === undefined).toBe(digits(text) === digits(String(read)));
  },
);

/** Whether the double is written with the integer's digits: written again, nothing is lost. */
const shortest = (integer: bigint): boolean => digits(String(Number(integer))) === digits(String(integer));

/** All digits written out. */
function digits(text: string): string {
  const [mantissa = "", power = "0"] = text.replace("-", "").split("e");
  const [whole = "", part = ""] = mantissa.split(".");
  const scaled = BigInt(whole + part) * 10n ** BigInt(400 + Number(power) - part.length);
  return String(scaled);
}

prop.prop([fc.string()])("text that is no JSON is said to be none, and nothing is thrown", (text) => {
  const { problem } = readJson(text);
  const isJson = ((): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  })();
  expect(problem === "body-malformed").toBe(!isJson);
});

prop.prop([fc.string(), fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), fc.nat(5)])(
  "a key that stands twice is found, wherever it stands",
  (key, one, two, depth) => {
    const name = JSON.stringify(key);
    const object = `{${name} : ${JSON.stringify(one)}, ${name}: ${JSON.stringify(two)}}`;
    expect(readJson(`${"[".repeat(depth)}${object}${"]".repeat(depth)}`)).toEqual({ problem: "body-duplicate-key" });
  },
);

prop.prop([fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom("PATCH", "PUT", "POST")])(
  "no JSON object is answered with 500",
  async (body, method) => {
    const { ask } = await hostOn("sqlite");
    const path = method === "POST" ? "/watchlist" : "/preferences";
    const { status } = await ask(method, path, { body, headers: { "if-match": "*" } });
    expect([200, 201, 400, 413, 422]).toContain(status);
  },
);
