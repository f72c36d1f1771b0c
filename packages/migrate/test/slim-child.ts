// The slimming's own file is imported, because it starts ten times faster than the package: more kills in the same time.
// One life of a slimming that is about to be killed: node slim-child.ts out|in OPTIONS BOOKS: a JSON file of the options, the database of the imports. Says when
// it begins.
import { readFileSync } from "node:fs";
import { openStorage } from "@td/storage";
import { importTables } from "../src/import/tables.ts";
import { slimBlob, undoSlim, type SlimOptions } from "../src/slim/slim-blob.ts";

const [way, path = "", books = ""] = process.argv.slice(2);
const storage = await openStorage(`sqlite:${books}`, { tables: importTables });
const options = { ...(JSON.parse(readFileSync(path, "utf8")) as Omit<SlimOptions, "imports">), imports: storage.forUser("ada") };
process.send?.(0);
await (way === "out" ? slimBlob(options) : undoSlim(options));
await storage.close();
process.disconnect();
