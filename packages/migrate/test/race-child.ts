// One of two processes that start the same import: node race-child.ts URL USER SOURCE WAIT. Starts when it is told to, and says what came of it.
import { importTables, jsonLines, MigrateError, runImport } from "@td/migrate";
import { openStorage } from "@td/storage";
import { tradeRecordImport } from "./spot-bot-job.ts";

const [url = "", name = "", source = "", wait = ""] = process.argv.slice(2);
const storage = await openStorage(url, { tables: importTables, durability: "normal" });
process.once("message", () => void race());
process.send?.("ready");

async function race(): Promise<void> {
  const outcome = await runImport(storage.forUser(name), tradeRecordImport(jsonLines(source)), { batchSize: 20, wait: Number(wait) }).catch(
    (error: unknown) =>
      error instanceof MigrateError ? { code: error.code, message: error.message, facts: error.facts } : { code: String(error) },
  );
  await storage.close();
  process.send?.(outcome);
  process.disconnect();
}
