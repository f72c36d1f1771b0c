// The client without a browser: what it makes of every kind of answer. The API is the real one; what stands between is a bad network.
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createPreferencesClient, localArea, type ClientOptions, type PreferencesClient, type Snapshot } from "../src/browser/index.ts";
import { importOnce } from "../src/browser/import.ts";
import { type Api, startApi } from "./api.ts";
import { defaults, keys, type Prefs, seed } from "./browser-page.ts";
import { storageOf } from "./fake-storage.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

type Answer = (request: Request) => Promise<Response> | Response;

let users = 0;
/** A client of a new user, whose requests go through `between`. */
function clientOf(
  between: (ask: Answer, request: Request) => Promise<Response> | Response = (ask, request) => ask(request),
  more: Partial<ClientOptions & { user: string; version: number }> = {},
) {
  const user = more.user ?? `node${++users}`;
  const storage = storageOf(1e6);
  const asked: string[] = [];
  const client: PreferencesClient<Prefs> = createPreferencesClient<Prefs>(
    { version: more.version ?? 1, defaults },
    {
      account: user,
      baseUrl: "http://td/api/user",
      local: localArea(() => storage),
      retryMs: 5,
      fetch: async (url, init) => {
        const request = new Request(url, init);
        request.headers.set("Cookie", `user=${user}`);
        asked.push(`${request.method} ${new URL(url).pathname.replace("/api/user", "")}`);
        return between((own) => api.handler(own), request);
      },
      ...more,
    },
  );
  onTestFinished(() => client.close());
  return { client, user, storage, asked };
}

const problem = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify({ type: `urn:td:problem:${code}`, title: code, status, detail: `${code}, said the server`, code }), {
    status,
    headers: { "Content-Type": "application/problem+json", ...headers },
  });

/** The next snapshot of which the condition holds. */
function until(client: PreferencesClient<Prefs>, holds: (snapshot: Snapshot<Prefs>) => boolean): Promise<Snapshot<Prefs>> {
  if (holds(client.get())) return Promise.resolve(client.get());
  return new Promise((resolve) => {
    const end = client.subscribe((snapshot) => {
      if (!holds(snapshot)) return;
      end();
      resolve(snapshot);
    });
  });
}

describe("a change waits", () => {
  test.each<[string, Snapshot<Prefs>["connection"], () => Response | Promise<Response>]>([
    ["when the request fails", "offline", () => Promise.reject(new TypeError("fetch failed"))],
    ["when a proxy answers for a server that is away", "offline", () => new Response("<h1>Bad gateway</h1>", { status: 502 })],
    ["when a captive portal answers", "offline", () => new Response("<h1>Welcome</h1>", { headers: { "Content-Type": "text/html" } })],
    ["when an answer is cut off", "offline", () => new Response('{"value":', { headers: { "Content-Type": "application/json" } })],
    ["when the server fails", "offline", () => problem(500, "internal")],
    ["when the database is busy", "offline", () => problem(503, "unavailable", { "Retry-After": "0" })],
    ["when there were too many requests", "waiting", () => problem(429, "rate-limited", { "Retry-After": "0" })],
    ["when nobody is signed in", "signed-out", () => problem(401, "not-authenticated")],
    ["when somebody else is signed in", "signed-out", () => problem(409, "other-account")],
    ["when the page is older than the server", "outdated", () => problem(409, "client-too-old")],
    ["when a newer page has written the document", "outdated", () => problem(409, "schema-too-new")],
  ])("%s", async (_, connection, answer) => {
    let bad = true;
    const { client } = clientOf((ask, request) => (bad ? answer() : ask(request)));
    expect(await client.patch({ risk: "Aggressive" })).toEqual({ status: "queued", persistent: true });
    expect(client.get()).toMatchObject({ connection, pending: 1, value: { risk: "Aggressive" }, source: "defaults" });
    bad = false;
    expect(await client.load()).toMatchObject({ connection: "online", pending: 0, value: { risk: "Aggressive" }, source: "server" });
  });

  test("and is tried again by itself, later each time", async () => {
    let failures = 3;
    const { client, asked } = clientOf((ask, request) => (failures-- > 0 ? problem(503, "unavailable") : ask(request)));
    await client.watchlist.add({ symbol: "TCS" });
    await until(client, ({ pending }) => pending === 0);
    expect(asked.filter((line) => line.startsWith("PUT"))).toEqual(["PUT /watchlist/TCS"]);
  });

  test("but not when the page is closed", async () => {
    const { client, asked } = clientOf(() => Promise.reject(new TypeError("fetch failed")));
    await client.patch({ risk: "Aggressive" });
    client.close();
    const before = asked.length;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(asked).toHaveLength(before);
  });
});

describe("a change that the server refuses", () => {
  test("is put aside with the server's words, and can be dropped", async () => {
    const { client } = clientOf((ask, request) => (request.method === "PATCH" ? problem(413, "body-too-large") : ask(request)));
    const outcome = await client.patch({ risk: "Aggressive", accepted: true });
    const issues = [{ pointer: "", message: "body-too-large, said the server" }];
    expect(outcome).toMatchObject({
      status: "refused",
      refused: [
        { what: "/risk", issues },
        { what: "/accepted", issues },
      ],
    });
    for (const { id } of client.get().refused) client.discard(id);
    expect(client.get()).toMatchObject({ refused: [], value: defaults, pending: 0 });
  });

  test("of a listing or an insight, too, and does not stop the others", async () => {
    const { client } = clientOf();
    await client.load();
    const long = "X".repeat(60);
    const [listing, insight, good] = await Promise.all([
      client.watchlist.add({ symbol: long, exchange: "nse" }),
      client.dismissed.dismiss("a", { until: "tomorrow" }),
      client.watchlist.add({ symbol: "TCS" }),
    ]);
    expect([listing, insight, good]).toMatchObject([
      { status: "refused", refused: [{ what: `NSE:${long}` }] },
      { status: "refused", refused: [{ what: "a" }] },
      { status: "saved" },
    ]);
    expect(client.get()).toMatchObject({ watchlist: [{ symbol: "TCS" }], dismissed: [], pending: 0 });
  });
});

describe("lists", () => {
  test("are changed one by one, and a listing on two exchanges is two", async () => {
    const { client } = clientOf();
    await client.watchlist.add({ symbol: "tcs", notes: "one" });
    await client.watchlist.add({ symbol: "TCS", exchange: "BSE" });
    await client.watchlist.add({ symbol: "BTC/USD" });
    expect(await client.watchlist.add({ symbol: "TCS", notes: null })).toEqual({ status: "saved" });
    await client.watchlist.remove({ symbol: "TCS", exchange: "bse" });
    const items = ({ watchlist }: Snapshot<Prefs>) => watchlist.map(({ symbol, exchange, notes }) => [symbol, exchange, notes]);
    expect(items(client.get())).toEqual([
      ["BTC/USD", null, null],
      ["TCS", null, null],
    ]);
    expect(items(await client.load())).toEqual(items(client.get()));
  });

  test("a listing that is taken off and put on again while offline has lost its notes", async () => {
    let down = false;
    const { client } = clientOf((ask, request) => (down ? problem(503, "unavailable") : ask(request)));
    await client.watchlist.add({ symbol: "TCS", notes: "old" });
    down = true;
    await client.watchlist.remove({ symbol: "TCS" });
    await client.watchlist.add({ symbol: "TCS" });
    expect(client.get().watchlist).toMatchObject([{ symbol: "TCS", notes: null }]);
    down = false;
    expect((await client.load()).watchlist).toMatchObject([{ symbol: "TCS", notes: null }]);
  });

  test("an insight is hidden until its time is over", async () => {
    const { client } = clientOf();
    expect(await client.dismissed.dismiss("soon", { until: "2099-01-01T00:00:00Z" })).toEqual({ status: "saved" });
    await client.dismissed.dismiss("ever");
    expect(client.get().dismissed.map(({ id }) => id)).toEqual(["ever", "soon"]);
    await client.dismissed.restore("ever");
    expect((await client.load()).dismissed).toMatchObject([{ id: "soon", until: expect.stringContaining("2099") as string }]);
  });
});

describe("preferences", () => {
  test("a patch of nothing is saved without a request; an empty object where an object is changes nothing", async () => {
    const { client, asked } = clientOf();
    expect(await client.patch({})).toEqual({ status: "saved" });
    expect(await client.patch({ modes: {} })).toEqual({ status: "saved" });
    expect(asked).toEqual([]);
  });

  test("a choice that is taken back shows the default, here and on the server", async () => {
    const { client } = clientOf();
    await client.patch({ risk: "Aggressive", modes: { Intraday: true } });
    expect(await client.patch({ risk: null, modes: { Intraday: null } })).toEqual({ status: "saved" });
    expect(client.get()).toMatchObject({ value: defaults, explicit: ["modes"] });
  });

  test("fifty changes at once lose nothing, and need few requests", async () => {
    const { client, asked } = clientOf();
    const names = Array.from({ length: 50 }, (_, at) => `Mode${at}`);
    await Promise.all(names.map((name) => client.patch({ modes: { [name]: true } })));
    expect(Object.keys((await client.load()).value.modes)).toHaveLength(51);
    expect(asked.filter((line) => line.startsWith("PATCH")).length).toBeLessThan(5);
  });

  test("twenty clients of one user lose nothing of what they change in different places", async () => {
    const first = clientOf();
    const clients = Array.from({ length: 20 }, () => clientOf(undefined, { user: first.user }).client);
    await Promise.all(clients.map((client) => client.load()));
    const outcomes = await Promise.all(clients.map((client, at) => client.patch({ modes: { [`Mode${at}`]: true } })));
    await Promise.all(clients.map((client) => until(client, ({ pending }) => pending === 0)));
    expect(outcomes.filter(({ status }) => status === "conflict")).toEqual([]);
    expect(Object.keys((await first.client.load()).value.modes)).toHaveLength(21);
  });

  test("twenty clients of one user that change the same place end with one, and nineteen typed conflicts", async () => {
    const first = clientOf();
    const clients = Array.from({ length: 20 }, () => clientOf(undefined, { user: first.user }).client);
    await first.client.patch({ auxiliary: ["Options"] });
    await Promise.all(clients.map((client) => client.load()));
    const lists: Prefs["auxiliary"][] = clients.map((_, at) => Array.from({ length: at + 2 }, () => "Swing"));
    const outcomes = await Promise.all(clients.map((client, at) => client.patch({ auxiliary: lists[at] ?? [] })));
    const saved = outcomes.findIndex(({ status }) => status === "saved");
    const conflicts = outcomes.flatMap((outcome) => (outcome.status === "conflict" ? outcome.conflicts : []));
    expect(conflicts).toHaveLength(19);
    for (const conflict of conflicts) expect(conflict).toMatchObject({ path: "/auxiliary", base: ["Options"], theirs: lists[saved] });
  });

  test.each([
    ["mine", "Aggressive"],
    ["theirs", "Conservative"],
  ] as const)("a conflict ends with %s", async (choice, expected) => {
    const one = clientOf();
    const second = clientOf(undefined, { user: one.user }).client;
    await Promise.all([one.client.load(), second.load()]);
    await second.patch({ risk: "Conservative" });
    expect(await one.client.patch({ risk: "Aggressive" })).toMatchObject({ status: "conflict", conflicts: [{ path: "/risk" }] });
    expect(await one.client.resolve("/risk", choice)).toEqual({ status: "saved" });
    expect((await second.load()).value.risk).toBe(expected);
  });

  test("who signs out leaves nothing behind, and no change is lost without a word", async () => {
    const { client, storage } = clientOf((ask, request) => (request.method === "PATCH" ? problem(503, "unavailable") : ask(request)));
    await client.load();
    await client.patch({ risk: "Aggressive" });
    expect([client.forget(), storage.length > 0]).toEqual([false, true]);
    expect([client.forget({ loseChanges: true }), storage.length]).toEqual([true, 0]);
  });

  test("changes and answers of another version of the page are neither sent nor shown", async () => {
    const { client, user, storage } = clientOf((ask, request) => (request.method === "PATCH" ? problem(503, "unavailable") : ask(request)));
    await client.load();
    await client.patch({ risk: "Aggressive" });
    client.close();
    const next = clientOf(undefined, { user, version: 2, local: localArea(() => storage) });
    expect(next.client.get()).toMatchObject({
      source: "defaults",
      value: { risk: "Moderate" },
      pending: 0,
      refused: [{ what: "/risk", issues: [{ pointer: "/risk", message: expect.stringContaining("another version") as string }] }],
    });
  });
});

describe("the import", () => {
  const plant = (storage: ReturnType<typeof storageOf>): void => {
    for (const [key, text] of Object.entries(seed)) storage.setItem(key, text);
  };

  test("removes nothing when the second request does not find what the first one has sent", async () => {
    const { client, storage } = clientOf((ask, request) =>
      request.method === "GET" && request.url.includes("/imports/") ? problem(404, "not-found") : ask(request),
    );
    plant(storage);
    expect(await importOnce(client, keys, { afterImport: "remove" })).toMatchObject({ status: "unconfirmed", moved: [], removed: [] });
    expect(Object.fromEntries(storage.held)).toMatchObject(seed);
  });

  test("removes nothing when the report leaves something out", async () => {
    const { client, storage } = clientOf(async (ask, request) => {
      const answer = await ask(request);
      if (request.method !== "GET" || !request.url.includes("/imports/")) return answer;
      return Response.json({ ...((await answer.json()) as object), dismissed: { applied: [], kept: [], removed: [], rejected: [] } });
    });
    plant(storage);
    expect(await importOnce(client, keys, { afterImport: "remove" })).toMatchObject({ status: "unconfirmed", removed: [] });
  });

  test("removes nothing when the account cannot be seen afterwards", async () => {
    let imported = false;
    const { client, storage } = clientOf((ask, request) => {
      imported ||= request.url.includes("/imports/");
      return imported && request.url.includes("/watchlist") ? problem(503, "unavailable") : ask(request);
    });
    await client.patch({ risk: "Conservative" }); // what was seen before is not what is there now
    plant(storage);
    expect(await importOnce(client, keys, { afterImport: "remove" })).toMatchObject({ status: "imported", removed: [] });
    expect(Object.fromEntries(storage.held)).toMatchObject(seed);
  });

  test("keeps a key that another tab has changed meanwhile", async () => {
    const { client, storage } = clientOf((ask, request) => {
      if (request.method === "PUT") storage.setItem("app_universe", "NIFTY50");
      return ask(request);
    });
    plant(storage);
    const { removed } = await importOnce(client, keys, { afterImport: "remove" });
    expect(removed).not.toContain("app_universe");
    expect(storage.getItem("app_universe")).toBe("NIFTY50");
  });

  test("says when the server refuses it, and what the server has rejected", async () => {
    const refusing = clientOf((ask, request) => (request.method === "PUT" ? problem(413, "body-too-large") : ask(request)));
    plant(refusing.storage);
    expect(await importOnce(refusing.client, keys)).toMatchObject({ status: "unconfirmed" });
    const { client, storage } = clientOf();
    storage.setItem("app_watchlist", JSON.stringify(["TCS", "X".repeat(60)]));
    const outcome = await importOnce(client, keys, { afterImport: "remove" });
    expect(outcome).toMatchObject({
      status: "imported",
      reports: [{ watchlist: { applied: ["TCS"], rejected: [{ name: "X".repeat(60) }] } }],
      removed: [],
    });
    expect(storage.getItem("app_watchlist")).not.toBeNull();
  });

  test("is refused for what is no client", () => {
    expect(() => importOnce({} as PreferencesClient<Prefs>, keys)).toThrow(/not a client/);
  });
});

test("a listener hears of each change until it ends, and gets a new object each time", async () => {
  const { client } = clientOf();
  const heard: Snapshot<Prefs>[] = [];
  const end = client.subscribe((snapshot) => heard.push(snapshot));
  expect(client.get()).toBe(client.get());
  await client.patch({ risk: "Aggressive" });
  end();
  const count = heard.length;
  await client.patch({ risk: "Moderate" });
  expect([count > 0, heard.length, new Set(heard).size]).toEqual([true, count, count]);
});

test("a listener that throws holds up neither the others nor what is sent, and its error is reported as uncaught", async () => {
  const { client } = clientOf();
  const uncaught: unknown[] = [];
  const handlers = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException").on("uncaughtException", (error) => uncaught.push(error));
  onTestFinished(() => {
    process.removeAllListeners("uncaughtException");
    for (const handler of handlers) process.on("uncaughtException", handler);
  });
  const heard: Snapshot<Prefs>[] = [];
  client.subscribe(() => {
    throw new Error("the page's own");
  });
  client.subscribe((snapshot) => heard.push(snapshot));
  expect(await client.patch({ risk: "Aggressive" })).toEqual({ status: "saved" });
  expect([heard.length > 0, uncaught.length]).toEqual([true, heard.length]);
  expect(uncaught[0]).toEqual(new Error("the page's own"));
});
