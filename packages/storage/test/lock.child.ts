// Writes a row in a transaction that it leaves open, says so, and holds the file's write lock until it is killed.
import { writeSync } from "node:fs";
import Database from "better-sqlite3";
import { childTask } from "./child.ts";

const { file } = childTask() as unknown as { readonly file: string };
const database = new Database(file);
database.exec("begin immediate; insert into td_counters (user_id, name, value) values ('child', 'child', 1)");
writeSync(1, "held\n");
process.stdin.resume();
