// At the end the lists go out of the blob: each one against an import of exactly this document, verified.
import {
  importRuns,
  planSlim,
  proofOfRun,
  runImport,
  slimBlob,
  verifyImport,
  type BlobPlace,
  type ImportProof,
  type SlimReport,
} from "@td/migrate";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "@td/example-shared/failure";
import { LISTS, type ListName } from "./facts.ts";
import { entriesPath, listJob } from "./import.ts";
import { pairTrades, type Pairs } from "./pairs.ts";
import type { Side } from "./sides.ts";
import { survey, type SurveyedBot } from "./survey.ts";

/** What was taken out, and where it is. */
export interface Slimmed {
  readonly bytes: number;
  readonly bytesAfter: number;
  /** Lists and entries that went. */
  readonly lists: number;
  readonly entries: number;
  /** Bytes of the file before and after. */
  readonly fileBytes: number;
  readonly fileBytesAfter: number;
  /** The folder that holds what went, with a manifest. */
  readonly archive: string;
}

/** The blob of an arena as a place for slimming. */
function blobPlace(path: string): BlobPlace {
  return { database: `sqlite:${path}`, table: "arena_state", column: "state", where: { id: 1 } };
}

/** Lists that hold something. Empty ones cost nothing and stay. */
function fullLists(bots: readonly SurveyedBot[], side: Side): readonly { readonly bot: SurveyedBot; readonly list: ListName }[] {
  const mine = new Set(side.bots.map(({ id }) => id));
  return bots
    .filter(({ id }) => mine.has(id))
    .flatMap((bot) => LISTS.filter((list) => (bot.lists[list] ?? 0) > 0).map((list) => ({ bot, list })));
}

/** Whether nothing is left to be taken out. */
export function isSlim(path: string): boolean {
  return survey(path).bots.every(({ lists }) => LISTS.every((list) => (lists[list] ?? 0) === 0));
}

/** Imports every list once more, reads it back, and takes out what is proved. Nobody may write the blob meanwhile: a proof is of one document. */
export async function slim(path: string, sides: readonly Side[], archive: string, signal: AbortSignal): Promise<Slimmed> {
  const { bots } = survey(path);
  const proofs: ImportProof[] = [];
  const remove: string[] = [];
  for (const side of sides) {
    const pairs = await side.pairs();
    for (const { bot, list } of fullLists(bots, side)) {
      signal.throwIfAborted();
      proofs.push(await prove(path, side, bot, list, pairs.get(bot.id) ?? pairTrades([], [])));
      remove.push(entriesPath(bot, list).slice(0, -"[*]".length));
    }
  }
  const blob = blobPlace(path);
  const plan = await planSlim({ blob, remove });
  const keptAside = proofs.reduce((sum, { counts }) => sum + counts.rejected + counts.conflict, 0);
  const to = folderFor(archive, plan.sha256);
  const report = await slimBlob({
    blob,
    remove,
    proof: proofs,
    imports: sides.map(({ me }) => me),
    archive: to,
    confirm: plan.confirm,
    acceptRejects: keptAside,
    reclaim: "vacuum",
  });
  return summary(report, to);
}

async function prove(path: string, side: Side, bot: SurveyedBot, list: ListName, pairs: Pairs): Promise<ImportProof> {
  const job = listJob(path, bot, list, pairs);
  const { runId } = await runImport(side.me, job, { restart: true });
  const { verified, firstProblems } = await verifyImport(side.me, job, { runId });
  if (!verified)
    throw new InputError(
      "not-verified",
      `${job.name} is not in the tables as it is in the blob (${firstProblems[0]?.place.path ?? "somewhere"}): nothing was taken out.`,
    );
  const run = await side.me.table(importRuns).get({ runId });
  if (run === null) throw new InputError("not-verified", `The run ${runId} is gone: nothing was taken out.`);
  return proofOfRun(run, entriesPath(bot, list));
}

/** A folder holds what one slimming took out; lists that were put back may be taken out again. One that was killed goes on with its own. */
function folderFor(archive: string, sha256: string): string {
  for (let at = 1; ; at++) {
    const folder = at === 1 ? archive : `${archive}-${at}`;
    const manifest = join(folder, "manifest.json");
    if (!existsSync(manifest) || (JSON.parse(readFileSync(manifest, "utf8")) as { readonly before?: string }).before === sha256)
      return folder;
  }
}

function summary({ bytes, bytesAfter, removed, storedBytes, storedBytesAfter }: SlimReport, archive: string): Slimmed {
  const entries = removed.reduce((sum, { parts }) => sum + parts, 0);
  return { bytes, bytesAfter, lists: removed.length, entries, fileBytes: storedBytes, fileBytesAfter: storedBytesAfter, archive };
}
