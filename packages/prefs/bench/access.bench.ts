// What get and patch cost beside raw drivers on the same rows: wall and CPU microseconds per call, medians over interleaved rounds in one process.
// Raw does by hand what must be done: read, merge, compare and set, audit row, one transaction; no schema, no defaults by key, no tags.
// Run: pnpm bench access [calls per round=300] [rounds=7]
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPreferences, mergePatch, prefsTables } from "@td/prefs";
import { tradingPreferences } from "@td/prefs/trading";
import { openStorage } from "@td/storage";
import { provisionPostgres } from "@td/storage/postgres";
import { startPostgres } from "@td/testkit/postgres";
import Database from "better-sqlite3";
import postgres from "postgres";
import { compare, filled, patchOf, rawSqlite, userOf } from "./support.ts";

const CALLS = Number(process.argv[2] ?? 300);
const ROUNDS = Number(process.argv[3] ?? 7);
const USERS = 1000;
const user = (at: number): string => userOf((at * 7919) % USERS);

const folder = mkdtempSync(join(tmpdir(), "td-bench-"));
const path = join(folder, "prefs.db");
{
  const { storage, prefs } = await filled(`sqlite:${path}`, USERS);
  const db = new Database(path);
  db.pragma("synchronous = normal");
  const raw = rawSqlite(db);
  await compare(
    `SQLite file, get, ${USERS} users`,
    { "better-sqlite3, parsed": (at) => raw.get(user(at)), "prefs.get": (at) => prefs.get(user(at)) },
    CALLS,
    ROUNDS,
  );
  await compare(
    "SQLite file, patch",
    { "better-sqlite3, by hand": (at) => raw.patch(user(at), patchOf(at)), "prefs.patch": (at) => prefs.patch(user(at), patchOf(at + 1)) },
    CALLS,
    ROUNDS,
  );
  db.close();
  await storage.close();
}
rmSync(folder, { recursive: true });

const server = await startPostgres();
{
  await provisionPostgres({ ownerUrl: server.url, appRole: "app", password: "app", tables: prefsTables });
  const url = new URL(server.url);
  [url.username, url.password] = ["app", "app"];
  const storage = await openStorage(url.href, { tables: prefsTables });
  const prefs = createPreferences(tradingPreferences, { storage });
  for (let at = 0; at < USERS; at++) await prefs.patch(userOf(at), { universe: "NIFTY500", tradingModes: { Intraday: true } });
  const owner = postgres(server.url, { max: 1, fetch_types: false });
  const sql = postgres(url.href, { max: 1, fetch_types: false });
  await owner.unsafe("vacuum analyze user_preferences");
  const prepared = { prepare: true } as const;
  const READ = "select schema_version, document, explicit_fields, revision, updated_at::text from user_preferences where user_id = $1";
  const keys = await owner<{ key: string }[]>`select encode(key, 'hex') as key from td_scope_key`;
  const key = Buffer.from(keys[0]?.key ?? "", "hex");
  const scoped = async (id: string): Promise<unknown> => {
    const proof = createHash("sha256").update(key).update(id).update(key).digest("hex");
    const set = sql.unsafe("select set_config('app.user_id', $1, true), set_config('app.user_proof', $2, true)", [id, proof], prepared);
    return Promise.all([sql.unsafe("begin"), set, sql.unsafe(READ, [id], prepared), sql.unsafe("commit")]);
  };
  const patchByHand = (id: string, change: Readonly<Record<string, string>>): Promise<unknown> =>
    owner.begin(async (tx) => {
      const [row] = await tx.unsafe(`${READ} for update`, [id], prepared);
      const before = row?.["document"] as Readonly<Record<string, string>>;
      const after = JSON.stringify(mergePatch(before, change));
      const revision = Number(row?.["revision"]);
      const now = new Date().toISOString();
      const update = `update user_preferences set document = $1::jsonb, risk_profile = $2, revision = revision + 1, updated_at = $3
        where user_id = $4 and revision = $5`;
      await tx.unsafe(update, [after, change["riskProfile"] ?? "", now, id, revision], prepared);
      const audit = `insert into user_preference_audit (user_id, id, seq, area, subject, revision, schema_version, at, actor, changes)
        values ($1, $2, $3, 'preferences', '', $4, 2, $5, $1, $6::jsonb)`;
      const changes = JSON.stringify([{ path: "/riskProfile", from: before["riskProfile"], to: change["riskProfile"] }]);
      await tx.unsafe(audit, [id, randomUUID(), 1_000_000 + revision, revision + 1, now, changes], prepared);
    });
  await compare(
    `PostgreSQL, get, ${USERS} users`,
    {
      "postgres.js, superuser": (at) => owner.unsafe(READ, [user(at)], prepared),
      "postgres.js, bound to the user": (at) => scoped(user(at)),
      "prefs.get": (at) => prefs.get(user(at)),
    },
    CALLS,
    ROUNDS,
  );
  await compare(
    "PostgreSQL, patch",
    {
      "postgres.js, superuser, by hand": (at) => patchByHand(user(at), patchOf(at)),
      "prefs.patch": (at) => prefs.patch(user(at), patchOf(at + 1)),
    },
    Math.ceil(CALLS / 3),
    ROUNDS,
  );
  await Promise.all([owner.end(), sql.end(), storage.close()]);
}
await server.stop();
