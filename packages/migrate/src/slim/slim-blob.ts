// Takes what has been imported out of a JSON document, and nothing that has not.
import type { Scope } from "@td/storage";
import { expectOption, has } from "../core/expect-option.ts";
import { pasteJson } from "../core/json-cut.ts";
import type { JsonPath } from "../core/record-path.ts";
import { readJsonPath } from "../core/record-path.ts";
import { MigrateError } from "../errors.ts";
import type { MigrateErrorCode } from "../errors.ts";
import { notOneDocument, openBlob } from "./blob-place.ts";
import type { BlobDatabase, BlobPlace, OpenBlob } from "./blob-place.ts";
import { refuseFallen } from "./held-proofs.ts";
import { flawOf } from "./proof.ts";
import type { ImportProof } from "./proof.ts";
import { keepParts, readParts } from "./slim-archive.ts";
import { prepareSlim, readPaths, sha256OfText } from "./slim-plan.ts";
import type { PreparedSlim, SlimPlan } from "./slim-plan.ts";

/** What is to be taken out of which document. */
export interface SlimRequest {
  /** The document. */
  readonly blob: BlobPlace;
  /** The values that go, as path expressions: `bots[*].orders`. */
  readonly remove: readonly string[];
}

/** How it is done. */
export interface SlimOptions extends SlimRequest {
  /** The proofs that everything that goes has been imported: one per path at least; several for imports that shared a path. */
  readonly proof: ImportProof | readonly ImportProof[];
  /** The users whose imports these are, one scope of each: a proof counts while its run stands, verified and not rolled back. */
  readonly imports: Scope | readonly Scope[];
  /** The folder that keeps what goes, made when absent; it cannot hold anything else of td's. */
  readonly archive: string;
  /** The `confirm` of the plan. */
  readonly confirm: string;
  /** Records among those of the proofs that were in conflict or rejected, and therefore are in no table, at most. From 0; default 0. */
  readonly acceptRejects?: number;
  /** `vacuum`: give the room back; rewrites the file or the table, which nobody can use meanwhile. Default `none`. */
  readonly reclaim?: "none" | "vacuum";
}

/** What slimming did. */
export interface SlimReport extends Omit<SlimPlan, "confirm"> {
  /** SHA-256 of the document as it is now. */
  readonly sha256After: string;
  /** The manifest of what went. */
  readonly manifest: string;
  /** Size in bytes of the file (SQLite) or table (PostgreSQL) before. */
  readonly storedBytes: number;
  /** The same afterwards; without `reclaim` about the same, as the room is kept for reuse. */
  readonly storedBytesAfter: number;
}

/**
 * What {@link slimBlob} would take out of a document. Changes nothing. Throws `invalid-option`, `blob-refused`, `driver-missing`, and `source-missing`,
 * `not-a-database` or `source-unreadable` for a database that cannot be opened or refuses a statement.
 */
export async function planSlim(request: SlimRequest): Promise<SlimPlan> {
  expectOption(has(request), "planSlim", "say which blob, and what to remove");
  const { blob, remove } = request;
  const paths = readPaths(remove);
  return using(blob, (database) => database.transaction(async (open) => prepareSlim(blob, paths, await open.read()).plan));
}

/**
 * Takes values out of a JSON document, in one transaction, when the proofs say that each of their elements was imported from exactly this
 * document. The document is cut as text: the digits of every other number, spaces and the order of keys stay. What goes is written to `archive`,
 * with a manifest, and is durable before the document changes; {@link undoSlim} puts it back. Killed at any moment, the document is either as
 * before or slimmed, and the same call can be repeated.
 *
 * Throws `not-confirmed`, `proof-refused` when a proof is altered, is of another document, does not cover what goes, or when its run does not stand any
 * more, `archive-conflict`, and what {@link planSlim} throws.
 */
export async function slimBlob(options: SlimOptions): Promise<SlimReport> {
  expectOption(has(options, "proof", "archive"), "slimBlob", "give it the proofs, and the folder that keeps what goes");
  const { blob, remove, archive, imports, reclaim = "none" } = options;
  const paths = readPaths(remove);
  const proofs = [options.proof].flat() as readonly ImportProof[];
  checkOptions(options);
  return using(blob, async (database) => {
    const storedBytes = await database.size();
    const done = await database.transaction(async (open) => {
      const prepared = prepareSlim(blob, paths, await open.read());
      refuseStale(prepared.plan, options);
      refuseUnproved(prepared, proofs, options);
      await refuseFallen(proofs, imports);
      const sha256After = sha256OfText(prepared.cut.text);
      const about = { table: blob.table, column: blob.column, before: prepared.plan.sha256, after: sha256After };
      const manifest = await keepParts(archive, about, prepared.cut.cuts);
      await replaceExactly(blob, open, prepared.cut.text);
      const { confirm: _confirm, ...plan } = prepared.plan;
      return { ...plan, sha256After, manifest };
    });
    if (reclaim === "vacuum") await database.vacuum();
    return { ...done, storedBytes, storedBytesAfter: await database.size() };
  });
}

/**
 * Puts back what {@link slimBlob} has taken out, so that the document is byte for byte what it was. A document that has changed since is
 * refused: then the parts are in `removed.json` for a person to put back. Gives the SHA-256 of the document.
 *
 * Throws `not-an-archive`, `archive-mismatch`, `archive-conflict`.
 */
export async function undoSlim({ blob, archive }: Pick<SlimOptions, "blob" | "archive">): Promise<string> {
  const { manifest, cuts } = await readParts(archive);
  return using(blob, (database) =>
    database.transaction(async (open) => {
      const text = await open.read();
      if (sha256OfText(text) === manifest.before) return manifest.before;
      if (sha256OfText(text) !== manifest.after)
        throw refused(
          "archive-conflict",
          blob,
          "it has changed since it was slimmed: put back by hand what removed.json of the archive holds",
        );
      const whole = pasteJson(text, cuts);
      if (sha256OfText(whole) !== manifest.before) throw refused("archive-mismatch", blob, "the archived parts do not make it what it was");
      await replaceExactly(blob, open, whole);
      return manifest.before;
    }),
  );
}

async function using<R>(blob: BlobPlace, work: (database: BlobDatabase) => Promise<R>): Promise<R> {
  const database = await openBlob(blob);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

// A trigger, a rule or a cast may make something else of it: then the transaction is taken back.
async function replaceExactly(blob: BlobPlace, open: OpenBlob, text: string): Promise<void> {
  await open.replace(text);
  if ((await open.read()) !== text) throw notOneDocument(blob, "the database holds something else than what was written to it");
}

function refuseStale(plan: SlimPlan, { blob, confirm }: SlimOptions): void {
  if (plan.confirm === confirm) return;
  throw refused(
    "not-confirmed",
    blob,
    "the confirmation is not that of a plan for these paths and the document as it is now: read planSlim again",
  );
}

function checkOptions({ imports, acceptRejects = 0, reclaim = "none" }: SlimOptions): void {
  // A host without types may have left it out.
  if ((imports as unknown) === undefined)
    throw invalid("imports holds the scopes of the users whose imports prove that the records are kept");
  if (!Number.isSafeInteger(acceptRejects) || acceptRejects < 0)
    throw invalid(`acceptRejects is a whole number from 0, not ${acceptRejects}`);
  if (reclaim !== "none" && reclaim !== "vacuum") throw invalid("reclaim is none or vacuum");
}

function invalid(rule: string): MigrateError {
  return new MigrateError("invalid-option", `slimBlob: ${rule}.`);
}

function refuseUnproved({ plan, paths }: PreparedSlim, proofs: readonly ImportProof[], { blob, acceptRejects = 0 }: SlimOptions): void {
  for (const one of proofs) {
    const flaw =
      flawOf(one) ??
      (one.sourceSha256 === plan.sha256 ? undefined : "it is of another document, or the document has changed since: import it again");
    if (flaw !== undefined) throw refused("proof-refused", blob, `the proof of run ${one.runId} does not count: ${flaw}`);
  }
  for (const [at, part] of plan.removed.entries()) {
    const { parts, matches } = readOf(paths[at], proofs);
    const whole = parts === 0 ? matches === part.matches : matches === 0 && parts === part.parts;
    if (whole && part.matches > 0) continue;
    const found = `${part.path} holds ${part.parts} records in ${part.matches} places`;
    throw refused("proof-refused", blob, `${found}, and the proofs for it are of ${parts + matches} read`);
  }
  const kept = proofs.reduce((sum, { counts }) => sum + counts.conflict + counts.rejected, 0);
  if (kept > acceptRejects)
    throw refused(
      "proof-refused",
      blob,
      `${kept} records are in no table, in conflict or rejected, and ${acceptRejects} are accepted: see listRejects`,
    );
}

/** Records read by the imports of a path, of its elements or members and of the value itself. A run counts once. */
function readOf(removed: JsonPath | undefined, proofs: readonly ImportProof[]): { readonly parts: number; readonly matches: number } {
  const read = { parts: 0, matches: 0 };
  for (const { path, counts } of new Map(proofs.map((proof) => [`${proof.runId} ${proof.path}`, proof])).values()) {
    const covered = removed === undefined ? undefined : coverage(path, removed);
    if (covered !== undefined) read[covered] += counts.read;
  }
  return read;
}

function coverage(text: string, removed: JsonPath): "parts" | "matches" | undefined {
  const path = readJsonPath(text);
  if (typeof path === "string" || path.ofKey) return undefined;
  if (!removed.steps.every((step, at) => JSON.stringify(step) === JSON.stringify(path.steps[at]))) return undefined;
  const [further, ...more] = path.steps.slice(removed.steps.length);
  if (further === undefined) return "matches";
  return more.length === 0 && (further.kind === "elements" || further.kind === "members") ? "parts" : undefined;
}

function refused(code: MigrateErrorCode, { table, column }: BlobPlace, why: string): MigrateError {
  return new MigrateError(code, `${table}.${column} was not changed: ${why}.`, { facts: { table, column } });
}
