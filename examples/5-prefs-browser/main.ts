// The story S5: node main.ts [DIRECTORY]. Without a directory it keeps the database in a temporary one and removes it at the end.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildPage } from "./build-page.ts";
import { startServer } from "./server.ts";

const given = process.argv[2];
const place = given === undefined ? mkdtempSync(join(tmpdir(), "td-prefs-")) : resolve(given);
mkdirSync(place, { recursive: true });
const site = join(place, "site");
await buildPage(site);
const database = join(place, "prefs.db");
const server = await startServer({ database, site, port: Number(process.env["PORT"] ?? 5180) });
console.log(`Open ${server.url} and end with Ctrl-C. The database is ${database}`);

process.once("SIGINT", () => {
  void server.close().then(() => given === undefined && rmSync(place, { recursive: true }));
});
