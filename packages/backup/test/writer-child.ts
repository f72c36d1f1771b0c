// An application that commits as fast as it can: node writer-child.ts DATABASE. Each commit moves cents between accounts and is said on stdout when it is done.
import { writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

const database = new DatabaseSync(process.argv[2] ?? "");
database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=10000");
const insert = database.prepare("INSERT INTO entries (account, cents) VALUES (?, ?), (?, ?)");
for (let cents = 1; ; cents++) {
  insert.run("x", cents, "y", -cents);
  // Straight to the pipe: what the parent has read was committed before.
  writeSync(1, `${cents}\n`);
}
