// Tries to open files and reports with which error code each was refused.
import { openStorage, StorageError } from "../src/index.ts";
import { childTask } from "./child.ts";

// Loaded before root is given up: the packages may lie where only root can read.
await (await openStorage("sqlite::memory:")).close();
const files = childTask()["files"] as readonly string[];
const codes = await Promise.all(
  files.map((file) =>
    openStorage(`sqlite:${file}`).then(
      () => "opened",
      (error: unknown) => (error instanceof StorageError ? error.code : String(error)),
    ),
  ),
);
console.log(JSON.stringify(codes));
