// The contract of the handlers: statuses, headers and bodies.
import { StorageError } from "@td/storage";
import { describe, expect, test } from "vitest";
import { createPreferences, createPreferencesHandler, type HandlerOptions, PrefsError, ROUTES } from "../src/index.ts";
import { tradingPreferences } from "../src/trading.ts";
import { authenticate, BASE, clientOf, hostOn } from "./http-workbench.ts";
import { KINDS, newUser, storageOn, tradersOn } from "./workbench.ts";

describe.each(KINDS)("preferences over HTTP on %s", (kind) => {
  test("GET answers the defaults to a new user, with a tag, for this user's cache alone", async () => {
    const { ask } = await hostOn(kind);
    const { status, headers, body } = await ask("GET", "/preferences");
    expect([status, body]).toMatchObject([200, { value: tradingPreferences.defaults, revision: 0, explicit: [] }]);
    expect(headers.get("etag")).toBe(body["etag"]);
    expect(headers.get("cache-control")).toBe("private, no-cache");
    expect(headers.get("vary")).toBe("Authorization, Cookie");
    expect(headers.get("content-type")).toBe("application/json");
  });

  test("PATCH changes a part and puts the request on record", async () => {
    const { ask, user } = await hostOn(kind);
    const { status, body } = await ask("PATCH", "/preferences", {
      body: { riskProfile: "Aggressive" },
      headers: { "x-request-id": "r-1" },
    });
    expect([status, body]).toMatchObject([200, { revision: 1, explicit: ["riskProfile"] }]);
    const history = await ask("GET", "/preferences/history?limit=1");
    expect(history.body).toMatchObject({
      entries: [{ actor: user, requestId: "r-1", changes: [{ path: "/riskProfile", to: "Aggressive" }] }],
      next: null,
    });
  });

  test("GET with the tag is 304 until something changes", async () => {
    const { ask } = await hostOn(kind);
    const { headers } = await ask("PATCH", "/preferences", { body: { riskProfile: "Aggressive" } });
    const etag = headers.get("etag") ?? "";
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, etag.replace(/"$/, '-gzip"')]) {
      const { status, body } = await ask("GET", "/preferences", { headers: { "if-none-match": tag } });
      expect([status, body]).toEqual([304, undefined]);
    }
    await ask("PATCH", "/preferences", { body: { riskProfile: "Moderate" } });
    expect((await ask("GET", "/preferences", { headers: { "if-none-match": etag } })).status).toBe(200);
  });

  test("PUT needs to say what it replaces", async () => {
    const { ask } = await hostOn(kind);
    const value = { riskProfile: "Aggressive" };
    expect(await ask("PUT", "/preferences", { body: value })).toMatchObject({ status: 428, body: { code: "precondition-required" } });
    const first = await ask("PUT", "/preferences", { body: value, headers: { "if-none-match": "*" } });
    expect(first).toMatchObject({ status: 200, body: { revision: 1 } });
    expect(await ask("PUT", "/preferences", { body: value, headers: { "if-none-match": "*" } })).toMatchObject({ status: 412 });
    const etag = first.headers.get("etag") ?? "";
    expect(await ask("PUT", "/preferences", { body: {}, headers: { "if-match": etag } })).toMatchObject({
      status: 200,
      body: { explicit: [] },
    });
    expect(await ask("PUT", "/preferences", { body: value, headers: { "if-match": "*" } })).toMatchObject({ status: 200 });
  });

  test("a stale If-Match is 412 with the current tag, what stands, and the fields in conflict", async () => {
    const { ask } = await hostOn(kind);
    const { headers } = await ask("PATCH", "/preferences", { body: { riskProfile: "Aggressive" } });
    const etag = headers.get("etag") ?? "";
    await ask("PATCH", "/preferences", { body: { riskProfile: "Conservative" } });
    for (const tag of [etag, `W/${etag}`, '"r1"']) {
      const answer = await ask("PATCH", "/preferences", { body: { riskProfile: "Moderate" }, headers: { "if-match": tag } });
      expect(answer).toMatchObject({
        status: 412,
        body: { type: "urn:td:problem:revision-conflict", status: 412, code: "revision-conflict" },
      });
      expect(answer.body.conflict).toMatchObject({ baseRevision: 1, current: { revision: 2, value: { riskProfile: "Conservative" } } });
      expect(answer.body.conflict?.fields).toEqual([
        { path: "/riskProfile", base: "Aggressive", mine: "Moderate", theirs: "Conservative" },
      ]);
      expect(answer.headers.get("etag")).toBe(answer.body.conflict?.current.etag);
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
    }
    for (const tag of ['"r2"', 'W/"r2"', "*"]) {
      expect((await ask("PATCH", "/preferences", { body: { riskProfile: "Conservative" }, headers: { "if-match": tag } })).status).toBe(
        200,
      );
    }
    for (const tag of ['"r7"', '"x"', "r2", '"r2.wrong"']) {
      expect(await ask("PATCH", "/preferences", { body: { riskProfile: "Moderate" }, headers: { "if-match": tag } })).toMatchObject({
        status: 412,
      });
    }
  });

  test("baseRevision puts a patch on top of other changes, and is 409 for the same fields", async () => {
    const { ask } = await hostOn(kind);
    await ask("PATCH", "/preferences", { body: { universe: "NIFTY100" } });
    await ask("PATCH", "/preferences", { body: { universe: "NIFTY500" } });
    expect(await ask("PATCH", "/preferences?baseRevision=1", { body: { riskProfile: "Aggressive" } })).toMatchObject({
      status: 200,
      body: { revision: 3 },
    });
    const answer = await ask("PATCH", "/preferences?baseRevision=1", { body: { universe: "BANKNIFTY" } });
    expect(answer).toMatchObject({ status: 409, body: { code: "field-conflict" } });
    expect(answer.body.conflict?.fields).toEqual([{ path: "/universe", base: "NIFTY100", mine: "BANKNIFTY", theirs: "NIFTY500" }]);
    expect((await ask("PATCH", "/preferences?baseRevision=x", { body: {} })).status).toBe(400);
    expect((await ask("PATCH", "/preferences?baseRevision=1", { body: {}, headers: { "if-match": '"r3"' } })).status).toBe(400);
  });

  test("what the schema refuses is 422 with a pointer to each place", async () => {
    const { ask } = await hostOn(kind);
    const answer = await ask("PATCH", "/preferences", { body: { riskProfile: "Reckless", tradingModes: { Swing: 1 } } });
    expect(answer).toMatchObject({ status: 422, body: { code: "value-rejected" } });
    expect(answer.body.issues?.map(({ pointer }) => pointer).toSorted()).toEqual(["/riskProfile", "/tradingModes/Swing"]);
    expect(await ask("PATCH", "/preferences", { body: [1] })).toMatchObject({ status: 422 });
  });

  test("an older client is told to load anew, a newer one is served", async () => {
    const { ask } = await hostOn(kind);
    const patch = (version: string): Promise<{ status: number }> =>
      ask("PATCH", "/preferences", { body: { riskProfile: "Aggressive" }, headers: { "td-schema-version": version } });
    expect(await patch("1")).toMatchObject({ status: 409, body: { code: "client-too-old" } });
    expect(await patch("2")).toMatchObject({ status: 200 });
    expect(await patch("3")).toMatchObject({ status: 200 });
    expect(await patch("new")).toMatchObject({ status: 400 });
  });

  test("the watchlist is read, added to, replaced and emptied", async () => {
    const { ask } = await hostOn(kind);
    const added = await ask("POST", "/watchlist", { body: { symbol: "tcs", exchange: "nse" } });
    expect(added).toMatchObject({ status: 201, body: { symbol: "TCS", exchange: "NSE", notes: null } });
    expect(await ask("POST", "/watchlist", { body: { symbol: "TCS", exchange: "NSE" } })).toMatchObject({ status: 200, body: added.body });
    const list = await ask("GET", "/watchlist");
    expect(list.body).toEqual({ items: [added.body], etag: list.headers.get("etag") });
    const etag = list.headers.get("etag") ?? "";
    expect((await ask("GET", "/watchlist", { headers: { "if-none-match": etag } })).status).toBe(304);
    expect((await ask("PUT", "/watchlist", { body: { items: [] } })).status).toBe(428);
    const replaced = await ask("PUT", "/watchlist", { body: { items: [{ symbol: "INFY" }] }, headers: { "if-match": `W/${etag}` } });
    expect(replaced).toMatchObject({ status: 200, body: { items: [{ symbol: "INFY" }] } });
    expect(await ask("PUT", "/watchlist", { body: { items: [] }, headers: { "if-match": etag } })).toMatchObject({
      status: 412,
      body: { code: "revision-conflict" },
    });
    expect(await ask("DELETE", "/watchlist", { headers: { "if-match": etag } })).toMatchObject({ status: 412 });
    expect(await ask("DELETE", "/watchlist")).toMatchObject({ status: 204, body: undefined });
    expect((await ask("PUT", "/watchlist", { body: { items: [{ symbol: "A" }] }, headers: { "if-none-match": "*" } })).status).toBe(200);
    expect((await ask("PUT", "/watchlist", { body: { items: [] }, headers: { "if-none-match": "*" } })).status).toBe(412);
  });

  test.each([
    ["BRK.B", "BRK.B"],
    ["BTC%2FUSD", "BTC/USD"],
    ["%5Ensei", "^NSEI"],
    ["M%26M", "M&M"],
    ["check", "CHECK"],
  ])("the listing %s is a resource", async (path, symbol) => {
    const { ask } = await hostOn(kind);
    expect((await ask("GET", `/watchlist/${path}`)).status).toBe(404);
    expect(await ask("GET", `/watchlist/${path}/check`)).toMatchObject({
      status: 200,
      body: { symbol, inWatchlist: false, exchanges: [] },
    });
    expect(await ask("PUT", `/watchlist/${path}`)).toMatchObject({ status: 201, body: { symbol, exchange: null } });
    expect(await ask("PUT", `/watchlist/${path}`, { body: { notes: "n" } })).toMatchObject({ status: 200, body: { notes: "n" } });
    expect(await ask("PUT", `/watchlist/${path}?exchange=bse`, { body: {} })).toMatchObject({ status: 201, body: { exchange: "BSE" } });
    expect(await ask("GET", `/watchlist/${path}`)).toMatchObject({ status: 200, body: { notes: "n" } });
    expect(await ask("GET", `/watchlist/${path}/check`)).toMatchObject({ body: { inWatchlist: true, exchanges: [null, "BSE"] } });
    expect((await ask("DELETE", `/watchlist/${path}`)).status).toBe(204);
    expect((await ask("DELETE", `/watchlist/${path}`)).status).toBe(204);
    expect((await ask("GET", `/watchlist/${path}?exchange=BSE`)).status).toBe(200);
  });

  test("an insight is dismissed, with and without a body, and shown again", async () => {
    const { ask } = await hostOn(kind);
    const path = `/insights/${encodeURIComponent("hc|Swing|NIFTY50|2026-01-09T09:00:11Z")}/dismiss`;
    expect(await ask("POST", path)).toMatchObject({ status: 201, body: { id: "hc|Swing|NIFTY50|2026-01-09T09:00:11Z", until: null } });
    expect(await ask("POST", path, { body: { until: "2199-01-01T00:00:00Z" } })).toMatchObject({
      status: 200,
      body: { until: "2199-01-01T00:00:00.000000Z" },
    });
    for (const until of ["soon", "2999-01-01T00:00:00Z", 7])
      expect(await ask("POST", path, { body: { until } })).toMatchObject({ status: 422 });
    expect((await ask("GET", "/insights/dismissed")).body).toMatchObject({ insights: [{ until: "2199-01-01T00:00:00.000000Z" }] });
    expect((await ask("DELETE", path)).status).toBe(204);
    expect((await ask("DELETE", path)).status).toBe(204);
    expect((await ask("GET", "/insights/dismissed")).body).toEqual({ insights: [] });
  });

  test("an import is made once and read back", async () => {
    const { ask } = await hostOn(kind);
    const body = {
      schemaVersion: 0,
      preferences: { arise_risk: "Aggressive" },
      watchlist: [{ symbol: "TCS.NS" }],
      dismissed: [],
      unread: { x: "?" },
    };
    expect((await ask("GET", "/imports/d1")).status).toBe(404);
    const first = await ask("PUT", "/imports/d1", { body });
    expect(first).toMatchObject({ status: 201, body: { importId: "d1", preferences: { applied: ["riskProfile"] }, unread: ["x"] } });
    expect(await ask("PUT", "/imports/d1", { body })).toMatchObject({ status: 200, body: first.body });
    expect(await ask("GET", "/imports/d1")).toMatchObject({ status: 200, body: first.body });
    expect(await ask("PUT", "/imports/d1", { body: { ...body, unread: {} } })).toMatchObject({
      status: 409,
      body: { code: "import-conflict" },
    });
    expect((await ask("PUT", "/imports/d%202", { body })).status).toBe(400);
    expect((await ask("PUT", "/imports/d2", { body: { ...body, schemaVersion: 3 } })).status).toBe(409);
    expect((await ask("PUT", "/imports/d2", { body: { ...body, extra: 1 } })).status).toBe(422);
  });
});

describe("the handlers", () => {
  test("answer 401 to everybody when the host gave no authenticate, and never data", async () => {
    const { prefs } = await tradersOn("sqlite");
    const options = { basePath: BASE } as HandlerOptions;
    const ask = clientOf(createPreferencesHandler(prefs, options), newUser());
    for (const { path, methods } of Object.values(ROUTES)) {
      for (const method of methods) {
        const { status, body } = await ask(method, path.replace(/\{\w+\}/, "x"));
        expect([status, body.code]).toEqual([401, "not-authenticated"]);
      }
    }
  });

  test.each([
    ["nobody", null],
    ["nothing", undefined],
    ["an empty id", { userId: "" }],
    ["an id that is no text", { userId: 7 }],
    ["an id that no database can hold", { userId: "a\0" }],
    ["an id that is too long", { userId: "a".repeat(201) }],
    ["an actor that is none", { userId: "a", actor: "" }],
  ])("answer 401 when authenticate says %s", async (_, identity) => {
    const { ask } = await hostOn("sqlite", { authenticate: () => identity as never });
    expect((await ask("GET", "/preferences")).status).toBe(401);
    expect((await ask("GET", "/nowhere")).status).toBe(401);
  });

  test("put the actor of the host on record, not the user", async () => {
    const { ask } = await hostOn("sqlite", { authenticate: async () => ({ userId: "ann", actor: "support" }) });
    await ask("PATCH", "/preferences", { body: { riskProfile: "Aggressive" } });
    expect((await ask("GET", "/preferences/history")).body).toMatchObject({ entries: [{ actor: "support" }] });
  });

  test("answer 409 to a page that was made for another user, when the page says for whom", async () => {
    let account: string | undefined = "Ann Ä";
    const { ask } = await hostOn("sqlite", { authenticate: () => ({ userId: "ann", ...(account !== undefined && { account }) }) });
    const as = async (name: string): Promise<unknown> => {
      const { status, body } = await ask("GET", "/watchlist", { headers: { "td-account": encodeURIComponent(name) } });
      return [status, body.code];
    };
    expect(await as("Ann Ä")).toEqual([200, undefined]);
    expect(await as("Bob")).toEqual([409, "other-account"]);
    expect((await ask("GET", "/watchlist")).status).toBe(200);
    account = undefined; // then it is the user's id
    expect(await as("Bob")).toEqual([409, "other-account"]);
    expect(await as("ann")).toEqual([200, undefined]);
  });

  test("answer 404 off their paths and 405 with Allow to other methods", async () => {
    const { ask } = await hostOn("sqlite");
    for (const path of [
      "",
      "/",
      "/preferences/",
      "/preferences/x",
      "/watchlist/",
      "/watchlist/a/b",
      "/watchlist//check",
      "/PREFERENCES",
      "/imports",
    ]) {
      expect(await ask("GET", path)).toMatchObject({ status: 404, body: { code: "not-found" } });
    }
    for (const { path, methods } of Object.values(ROUTES)) {
      for (const method of ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"].filter(
        (one) => !(methods as readonly string[]).includes(one),
      )) {
        const { status, headers } = await ask(method, path.replace(/\{\w+\}/, "x"));
        expect([method, path, status]).toEqual([method, path, 405]);
        expect(
          headers
            .get("allow")
            ?.split(", ")
            .filter((one) => one !== "HEAD"),
        ).toEqual(methods);
      }
    }
    expect((await ask("GET", "/watchlist/%FF")).status).toBe(400);
  });

  test("answer HEAD as GET, without a body", async () => {
    const { ask } = await hostOn("sqlite");
    for (const path of ["/preferences", "/watchlist", "/watchlist/TCS", "/insights/dismissed"]) {
      const [head, get] = [await ask("HEAD", path), await ask("GET", path)];
      expect([head.status, head.body, head.headers.get("etag")]).toEqual([get.status, undefined, get.headers.get("etag")]);
    }
  });

  test("ask the host's rate limit who, where and how, and answer 429 with Retry-After", async () => {
    const asked: unknown[] = [];
    const { ask, user } = await hostOn("sqlite", {
      rateLimit: (request) => {
        asked.push(request);
        return asked.length === 1 ? { ok: true } : { ok: false, retryAfterSeconds: 1.2 };
      },
    });
    expect((await ask("GET", "/watchlist")).status).toBe(200);
    const { status, headers, body } = await ask("POST", "/watchlist", { body: { symbol: "A" } });
    expect([status, headers.get("retry-after"), body.code]).toEqual([429, "2", "rate-limited"]);
    expect(asked).toEqual([
      { userId: user, route: "watchlist", method: "GET" },
      { userId: user, route: "watchlist", method: "POST" },
    ]);
  });

  test("answer 500 without details when the host's own code throws, and tell the host", async () => {
    const told: unknown[] = [];
    const fail = (): never => {
      throw new Error("secret of the host");
    };
    for (const options of [{ authenticate: fail }, { rateLimit: fail }]) {
      const { ask } = await hostOn("sqlite", { ...options, onError: (error) => told.push(error) });
      const { status, body } = await ask("GET", "/preferences");
      expect(status).toBe(500);
      expect(JSON.stringify(body)).not.toMatch(/secret/);
    }
    expect(told).toMatchObject([{ message: "secret of the host" }, { message: "secret of the host" }]);
    const { ask } = await hostOn("sqlite", { rateLimit: fail, onError: fail });
    expect((await ask("GET", "/preferences")).status).toBe(500);
  });

  test("answer 500 when the storage is closed", async () => {
    const storage = await storageOn("sqlite");
    const prefs = createPreferences(tradingPreferences, { storage });
    const ask = clientOf(createPreferencesHandler(prefs, { basePath: BASE, authenticate }), newUser());
    await storage.close();
    expect((await ask("GET", "/preferences")).status).toBe(500);
  });

  test.each([
    [new StorageError("busy", "held by process 7", { retryable: true }), 503, "1"],
    [new StorageError("value-rejected", "refused a row"), 422, null],
    [new StorageError("corrupt", "page 7"), 500, null],
    [new PrefsError("migration-failed", "the step from 0 threw"), 500, null],
  ])("answer %s with its status, and without its words", async (error, status, retryAfter) => {
    const { prefs } = await tradersOn("sqlite");
    const fail = async (): Promise<never> => {
      throw error;
    };
    const broken = { ...prefs, get: fail };
    const answer = await clientOf(createPreferencesHandler(broken, { basePath: BASE, authenticate }), newUser())("GET", "/preferences");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retryAfter]);
    expect(JSON.stringify(answer.body)).not.toContain(error.message);
  });

  test.each([
    { basePath: "api" },
    { basePath: "/api/" },
    { basePath: "/api?x" },
    { maxBodyBytes: 0 },
    { maxBodyBytes: 1.5 },
    { maxBodyBytes: 10_000_001 },
  ])("refuse to be mounted with %j", async (options) => {
    const { prefs } = await tradersOn("sqlite");
    expect(() => createPreferencesHandler(prefs, { basePath: BASE, authenticate, ...options })).toThrow(TypeError);
  });

  test("may be mounted at the root", async () => {
    const { prefs } = await tradersOn("sqlite");
    const handler = createPreferencesHandler(prefs, { basePath: "", authenticate });
    expect((await handler(new Request("http://localhost/preferences", { headers: { "x-session": "ann" } }))).status).toBe(200);
  });

  test("a storage without the tables is the host's mistake", async () => {
    const storage = await storageOn("sqlite", []);
    const told: unknown[] = [];
    const prefs = createPreferences(tradingPreferences, { storage });
    const handler = createPreferencesHandler(prefs, { basePath: BASE, authenticate, onError: (error) => told.push(error) });
    expect((await clientOf(handler, "ann")("GET", "/preferences")).status).toBe(500);
    expect(told).toMatchObject([{ code: "unknown-table" }]);
  });
});
