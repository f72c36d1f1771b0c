// 100 users at once on each engine for a bounded time: p50 and p99 of reads and writes, errors, and the user who was served least, while another
// user holds a transaction open for 200 ms at a time (on SQLite 20 ms: it has one writer). Run: pnpm bench load, or with seconds and users.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPostgres } from "@td/testkit/postgres";
import { openStorage } from "../src/index.ts";
import { provisionPostgres } from "../src/postgres/index.ts";
import { load } from "./load.ts";

const SECONDS = Number(process.argv[2] ?? 60);
const USERS = Number(process.argv[3] ?? 100);

const folder = mkdtempSync(join(tmpdir(), "td-load-"));
const sqlite = await openStorage(`sqlite:${join(folder, "td.db")}`, { durability: "normal" });
console.log("sqlite  ", await load(sqlite, USERS, SECONDS * 1000, 20));
await sqlite.close();
rmSync(folder, { recursive: true });

const server = await startPostgres();
await provisionPostgres({ ownerUrl: server.url, appRole: "app", password: "app" });
const url = new URL(server.url);
[url.username, url.password] = ["app", "app"];
const postgres = await openStorage(url.href);
console.log("postgres", await load(postgres, USERS, SECONDS * 1000, 200));
await postgres.close();
await server.stop();
