// The application of this story: it trades as fast as it can into a SQLite database and reads its mode and its credentials at start.
// node trading-app.ts DATA LAYOUT VERSION. Asked "health" by its parent, it says how many trades stand; on SIGTERM it closes and ends.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { placesOf } from "./places.ts";

const [root = "", layout = "", version = ""] = process.argv.slice(2);
const places = placesOf(layout);
const mode = (JSON.parse(readFileSync(join(root, places.mode), "utf8")) as { mode?: string }).mode;
if (mode !== "demo" && mode !== "prod") throw new Error("account mode is neither demo nor prod");
readFileSync(join(root, places.credentials), "utf8");

const database = new DatabaseSync(join(root, places.trades));
database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
if (version === "3") brokenUpdate(database);
const trade = database.prepare("INSERT INTO trades (account, cents) VALUES ('position', ?), ('cash', ?)");
const count = database.prepare("SELECT count(*) AS trades, coalesce(sum(cents), 0) AS cents FROM trades");

let price = 100;
const trading = setInterval(() => trade.run(++price, -price), 2);
process.on("message", () => process.send?.(count.get()));
process.on("disconnect", stop);
process.on("SIGTERM", stop);
process.send?.("ready");

function stop(): void {
  clearInterval(trading);
  database.close();
  process.exit(0);
}

// A migration as it should not be: it throws half of the book away, and then the application notices that the cash is gone.
function brokenUpdate(db: DatabaseSync): void {
  db.exec("DELETE FROM trades WHERE account = 'cash'");
  throw new Error("version 3: the book does not balance");
}
