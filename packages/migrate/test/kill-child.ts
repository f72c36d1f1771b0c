// One life of an import that is about to be killed: node kill-child.ts URL USER SOURCE BATCH. Says after each batch how far it is.
import { importTables, jsonLines, runImport } from "@td/migrate";
import { openStorage } from "@td/storage";
import { tradeRecordImport } from "./spot-bot-job.ts";

const [url = "", name = "", source = "", batchSize = ""] = process.argv.slice(2);
const storage = await openStorage(url, { tables: importTables, durability: "normal" });
process.send?.(0);
await runImport(storage.forUser(name), tradeRecordImport(jsonLines(source)), {
  batchSize: Number(batchSize),
  onProgress: ({ read }) => process.send?.(read),
});
await storage.close();
process.disconnect();
