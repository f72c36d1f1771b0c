// What the handlers cost beside a bare Hono handler that does the same SQL by hand, and how long requests take when 1,000 users ask at once.
// In one process, without sockets: what is measured is the handlers. SQLite file, durability normal.
// Run: pnpm bench http [calls per round=300] [rounds=7] [waves=10]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPreferencesHandler } from "@td/prefs";
import { counted, noteRatio } from "@td/testkit/bench";
import Database from "better-sqlite3";
import { Hono } from "hono";
import { compare, filled, patchOf, quantile, rawSqlite, userOf } from "./support.ts";

const CALLS = Number(process.argv[2] ?? 300);
const ROUNDS = Number(process.argv[3] ?? 7);
const WAVES = Number(process.argv[4] ?? 10);
const USERS = 1000;

const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
const path = join(folder, "prefs.db");
const { storage, prefs } = await filled(`sqlite:${path}`, USERS);
const db = new Database(path);
db.pragma("synchronous = normal");
const raw = rawSqlite(db);

const userIn = (request: Request): string => request.headers.get("authorization") ?? "";
const handler = createPreferencesHandler(prefs, { basePath: "/api/user", authenticate: (request) => ({ userId: userIn(request) }) });
const td = new Hono().all("/api/user/*", (context) => handler(context.req.raw));
const bare = new Hono()
  .get("/api/user/preferences", (context) => context.json(raw.get(userIn(context.req.raw))))
  .patch("/api/user/preferences", async (context) => {
    const change = await context.req.json<Readonly<Record<string, string>>>();
    raw.patch(userIn(context.req.raw), change);
    return context.json(raw.get(userIn(context.req.raw)));
  });

const URL_OF = "http://localhost/api/user/preferences";
const user = (at: number): string => userOf((at * 7919) % USERS);

async function ask(app: Hono, at: number, method: "GET" | "PATCH"): Promise<void> {
  const headers = { authorization: user(at), "content-type": "application/merge-patch+json" };
  const init = method === "GET" ? { headers } : { method, headers, body: JSON.stringify(patchOf(Math.floor(at / USERS) + at)) };
  const response = await app.request(URL_OF, init);
  if (response.status !== 200) throw new Error(`answered ${response.status}: ${await response.text()}`);
  await response.text();
}

for (const method of ["GET", "PATCH"] as const) {
  const works = { "Hono, SQL by hand": (at: number) => ask(bare, at, method), "Hono, td's handlers": (at: number) => ask(td, at, method) };
  await compare(`${method} preferences, one after the other`, works, CALLS, ROUNDS);
}

/** One request of each user at one moment, one in ten of them a change: how long each took. */
async function wave(app: Hono, round: number): Promise<readonly number[]> {
  return Promise.all(
    Array.from({ length: USERS }, async (_, at) => {
      const start = performance.now();
      await ask(app, round * USERS + at, at % 10 === 0 ? "PATCH" : "GET");
      return performance.now() - start;
    }),
  );
}

/** 1,000 users of whom each asks once a second, evenly: how long each request took from the moment it was due. */
async function paced(app: Hono, forSeconds: number): Promise<readonly number[]> {
  const asked: Promise<number>[] = [];
  const start = performance.now();
  for (let at = 0; at < USERS * forSeconds; at++) {
    const due = start + (at * 1000) / USERS;
    while (performance.now() < due) await new Promise((resolve) => setImmediate(resolve));
    asked.push(ask(app, at, at % 10 === 0 ? "PATCH" : "GET").then(() => performance.now() - due));
  }
  return Promise.all(asked);
}

const APPS = [
  ["bare", bare],
  ["td", td],
] as const;

function say(title: string, name: string, latencies: readonly number[]): void {
  const [half, most] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  console.log(`  ${name.padEnd(6)} ${title}  p50 ${half.toFixed(1)} ms  p99 ${most.toFixed(1)} ms`);
}

console.log(`${USERS} users, each asks once a second, one request in ten a change, 5 seconds`);
for (const [name, app] of APPS) say("", name, await paced(app, 5));

console.log(`${USERS} requests at one moment, one in ten a change, ${WAVES} times`);
const latencies = { bare: [] as number[], td: [] as number[] };
const seconds = { bare: 0, td: 0 };
for (let round = 0; round < WAVES; round++) {
  for (const [name, app] of APPS) {
    const start = performance.now();
    latencies[name].push(...(await wave(app, round)));
    seconds[name] += (performance.now() - start) / 1000;
  }
}
noteRatio({
  what: "prefs handlers: time for a wave of requests",
  size: `${counted(USERS)} at one moment, one in ten a change`,
  against: "a bare Hono handler with the same SQL",
  ratio: seconds.td / seconds.bare,
});
for (const [name] of APPS) say(`${Math.round((USERS * WAVES) / seconds[name])} requests/s`, name, latencies[name]);
db.close();
await storage.close();
rmSync(folder, { recursive: true });
