// The slimming's own file is imported, because it starts ten times faster than the package: more kills in the same time.
// One life of a slimming that is about to be killed: node slim-child.ts out|in OPTIONS, a JSON file of the options. Says when it begins.
import { readFileSync } from "node:fs";
import { slimBlob, undoSlim, type SlimOptions } from "../src/slim/slim-blob.ts";

const [way, path = ""] = process.argv.slice(2);
const options = JSON.parse(readFileSync(path, "utf8")) as SlimOptions;
process.send?.(0);
await (way === "out" ? slimBlob(options) : undoSlim(options));
process.disconnect();
