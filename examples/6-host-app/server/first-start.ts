// What happens to a user's old files at the host's first start: imported and verified, then the ledger is computed from them.
import { importRuns, runImport, verifyImport, type ImportJob } from "@td/migrate";
import type { AnyTable, Scope } from "@td/storage";
import type { z } from "zod";
import type { Clock } from "./clock.ts";
import { DESK, equityImport, tradeLogImport } from "./imports.ts";
import { writeOldFiles } from "./old-files.ts";
import type { Places } from "./places.ts";

/** Imports what is not imported yet. A kill at any moment leaves an import that the next start goes on with. */
export async function importOldFiles(me: Scope, places: Places, clock: Clock): Promise<void> {
  writeOldFiles(places, me.userId, clock.now());
  await me.bots.importMany([{ id: DESK, name: "Desk" }]);
  await importOnce(me, tradeLogImport(places.tradeLog(me.userId)));
  await importOnce(me, equityImport(places.equity(me.userId)));
  await me.ledger.compute({ triggeredBy: "first start" });
}

async function importOnce<T extends AnyTable, S extends z.ZodType>(me: Scope, job: ImportJob<T, S>): Promise<void> {
  const [last] = (await me.table(importRuns).page({ where: { name: job.name }, orderBy: "by_name", direction: "desc", limit: 1 })).rows;
  if (last?.verification === "passed") return;
  if (last?.status !== "completed") await runImport(me, job);
  const { verified, problems } = await verifyImport(me, job);
  if (!verified) throw new Error(`The import ${job.name} of ${me.userId} does not stand: ${problems} problems`);
}
