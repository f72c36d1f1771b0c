// The handlers in real servers: Hono, Express 5 and node:http, over real sockets.
import { once } from "node:events";
import { createServer, request as httpRequest, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import express from "express";
import { Hono } from "hono";
import { afterAll, describe, expect, test } from "vitest";
import { createPreferencesHandler, toNodeListener, type PreferencesHandler } from "../src/index.ts";
import { authenticate, BASE, readAnswer } from "./http-workbench.ts";
import { newUser, tradersOn } from "./workbench.ts";

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server of node:http, and where it listens. */
async function listening(server: Server): Promise<string> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function handlerOf(told: unknown[] = []): Promise<PreferencesHandler> {
  const { prefs } = await tradersOn("sqlite");
  return createPreferencesHandler(prefs, { basePath: BASE, authenticate, onError: (error) => told.push(error) });
}

type Fetch = (path: string, init?: RequestInit) => Promise<Response>;

const BRIDGES: readonly (readonly [string, () => Promise<Fetch>])[] = [
  [
    "Hono",
    async () => {
      const handler = await handlerOf();
      const app = new Hono().all(`${BASE}/*`, (context) => handler(context.req.raw));
      return async (path, init) => app.request(path, init);
    },
  ],
  [
    "Hono behind node:http",
    async () => {
      const handler = await handlerOf();
      const app = new Hono().all(`${BASE}/*`, (context) => handler(context.req.raw));
      const origin = await listening(createServer(toNodeListener(async (request) => app.fetch(request))));
      return (path, init) => fetch(origin + path, init);
    },
  ],
  [
    "Express, mounted on the path",
    async () => {
      const app = express().use(BASE, toNodeListener(await handlerOf()));
      const origin = await listening(createServer(app));
      return (path, init) => fetch(origin + path, init);
    },
  ],
  [
    "Express, for all of a pattern",
    async () => {
      const app = express().all(`${BASE}/*path`, toNodeListener(await handlerOf()));
      const origin = await listening(createServer(app));
      return (path, init) => fetch(origin + path, init);
    },
  ],
  [
    "node:http",
    async () => {
      const origin = await listening(createServer(toNodeListener(await handlerOf(), { origin: "https://td.example" })));
      return (path, init) => fetch(origin + path, init);
    },
  ],
];

describe.each(BRIDGES)("through %s", (_, open) => {
  test("a conversation comes through whole", async () => {
    const ask = await open();
    const session = { "x-session": newUser() };
    const call = async (
      method: string,
      path: string,
      body?: unknown,
      headers: Readonly<Record<string, string>> = {},
    ): ReturnType<typeof readAnswer> => {
      const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      return readAnswer(await ask(BASE + path, { method, headers: { ...session, "content-type": type, ...headers }, ...content }));
    };
    expect((await readAnswer(await ask(`${BASE}/preferences`))).status).toBe(401);
    const first = await call("PATCH", "/preferences", { riskProfile: "Aggressive" });
    expect(first).toMatchObject({ status: 200, body: { revision: 1 } });
    const etag = first.headers.get("etag") ?? "";
    expect(await call("GET", "/preferences", undefined, { "if-none-match": etag })).toMatchObject({ status: 304, body: undefined });
    expect(await call("PATCH", "/preferences", { riskProfile: "Moderate" }, { "if-match": '"r0"' })).toMatchObject({ status: 412 });
    expect(await call("PUT", "/watchlist/BTC%2FUSD", { notes: "€ ✓" })).toMatchObject({
      status: 201,
      body: { symbol: "BTC/USD", notes: "€ ✓" },
    });
    expect(await call("GET", "/watchlist/BTC%2FUSD/check")).toMatchObject({ status: 200, body: { inWatchlist: true } });
    expect(await call("HEAD", "/watchlist")).toMatchObject({ status: 200, body: undefined });
    expect(await call("DELETE", "/watchlist/BTC%2FUSD")).toMatchObject({ status: 204, body: undefined });
    expect(await call("POST", `/insights/${encodeURIComponent("a|b:c")}/dismiss`)).toMatchObject({ status: 201, body: { id: "a|b:c" } });
    expect(await call("PATCH", "/preferences", { x: "y".repeat(70_000) })).toMatchObject({ status: 413 });
  });
});

test("a body parser before the handlers is answered with 500, and the host is told why", async () => {
  const told: unknown[] = [];
  const app = express()
    .use(express.json({ type: "*/*" }))
    .use(BASE, toNodeListener(await handlerOf(told)));
  const origin = await listening(createServer(app));
  const headers = { "x-session": newUser(), "content-type": "application/json" };
  const response = await fetch(`${origin}${BASE}/watchlist`, { method: "POST", headers, body: '{"symbol":"A"}' });
  expect(response.status).toBe(500);
  expect(String(told[0])).toMatch(/before any body parser/);
});

test("an upload that is refused does not hold the connection", async () => {
  const origin = await listening(createServer(toNodeListener(await handlerOf())));
  const headers = { "x-session": newUser(), "content-type": "application/merge-patch+json", "transfer-encoding": "chunked" };
  const upload = httpRequest(`${origin}${BASE}/preferences`, { method: "PATCH", headers });
  upload.on("error", () => undefined);
  const answered = once(upload, "response");
  upload.write(" ".repeat(100_000));
  const [response] = (await answered) as [{ statusCode: number; headers: Readonly<Record<string, string>>; resume: () => void }];
  response.resume();
  expect([response.statusCode, response.headers["connection"]]).toEqual([413, "close"]);
  upload.destroy();
});

test.each(["GET //evil.example/preferences HTTP/1.1", "GET http://evil.example/api/user/preferences HTTP/1.1", "OPTIONS * HTTP/1.1"])(
  "a request line that names no path of the host is refused: %s",
  async (line) => {
    const origin = new URL(await listening(createServer(toNodeListener(await handlerOf()))));
    const socket = connect(Number(origin.port), origin.hostname);
    socket.write(`${line}\r\nHost: localhost\r\nx-session: ann\r\nConnection: close\r\n\r\n`);
    let answer = "";
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
  },
);
