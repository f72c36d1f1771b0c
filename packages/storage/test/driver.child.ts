// Opens a storage where the driver is not installed.
import { registerHooks } from "node:module";
import type { StorageError } from "../src/index.ts";

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === "better-sqlite3") throw new Error("Cannot find package 'better-sqlite3'");
    return next(specifier, context);
  },
});
const { openStorage } = await import("../src/index.ts");
const error = await openStorage("sqlite::memory:").catch((reason: unknown) => reason as StorageError);
console.log(JSON.stringify(error instanceof Error ? [error.code, error.message] : ["opened"]));
