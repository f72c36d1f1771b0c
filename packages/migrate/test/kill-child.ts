// One life of a job that is about to be killed: node kill-child.ts URL USER SOURCE BATCH [import|verify|rollback|retry] [AT]. Says after each batch how far it
// is, a retry after some records; one with AT kills itself at that batch or record.
import { importRuns, importTables, jsonLines, retryRejects, rollbackImport, runImport, verifyImport } from "@td/migrate";
import { openStorage } from "@td/storage";
import { mended, tradeRecordImport } from "./spot-bot-job.ts";

const [url = "", name = "", source = "", batchSize = "", what = "import", at] = process.argv.slice(2);
const storage = await openStorage(url, { tables: importTables, durability: "normal" });
const me = storage.forUser(name);
const job = tradeRecordImport(jsonLines(source));
let [told, tried] = [0, 0];
const onProgress = (progress: { readonly read?: number; readonly removed?: number }): void => {
  if (++told === Number(at)) process.kill(process.pid, "SIGKILL");
  process.send?.(progress.read ?? progress.removed);
};
process.send?.(0);
if (what === "import") await runImport(me, job, { batchSize: Number(batchSize), onProgress });
else if (what === "verify") await verifyImport(me, job, { onProgress });
else if (what === "retry")
  await retryRejects(me, job, {
    mend: (kept) => {
      if (++tried === Number(at)) process.kill(process.pid, "SIGKILL");
      if (tried % 10 === 0) process.send?.(tried);
      return mended(kept);
    },
  });
else {
  const { rows } = await me.table(importRuns).page({ where: { name: job.name }, orderBy: "by_name", direction: "desc", limit: 1 });
  await rollbackImport(me, rows[0]?.runId ?? "", { onProgress });
}
await storage.close();
process.disconnect();
