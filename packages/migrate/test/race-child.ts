// One of two processes that start the same import: node race-child.ts URL USER SOURCE WAIT GATE. Starts when it is told to, holds still after its first
// batch until the file GATE is there, and says what came of it.
import { existsSync } from "node:fs";
import { importTables, jsonLines, MigrateError, runImport } from "@td/migrate";
import { openStorage } from "@td/storage";
import { tradeRecordImport } from "./spot-bot-job.ts";

const [url = "", name = "", source = "", wait = "", gate = ""] = process.argv.slice(2);
const clock = new Int32Array(new SharedArrayBuffer(4));
const onProgress = (): void => {
  while (!existsSync(gate)) Atomics.wait(clock, 0, 0, 5);
};
const storage = await openStorage(url, { tables: importTables, durability: "normal" });
process.once("message", () => void race());
process.send?.("ready");

async function race(): Promise<void> {
  const options = { batchSize: 20, wait: Number(wait), onProgress };
  const outcome = await runImport(storage.forUser(name), tradeRecordImport(jsonLines(source)), options).catch((error: unknown) =>
    error instanceof MigrateError ? { code: error.code, message: error.message, facts: error.facts } : { code: String(error) },
  );
  await storage.close();
  process.send?.(outcome);
  process.disconnect();
}
