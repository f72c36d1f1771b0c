// Moves one file without ever overwriting another: as a second link on one device, as a verified copy across devices. Killed at any moment, the
// same call finishes the move.
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import type { BigIntStats } from "node:fs";
import { chmod, link, mkdir, rename, rm, unlink, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { MigrateError } from "../errors.ts";
import { errnoOf, sha256Of, statOf, syncFile, syncFolder } from "./durable.ts";

/** One move. */
export interface Move {
  /** Where the file is. */
  readonly from: string;
  /** Where it shall be. */
  readonly to: string;
  /** SHA-256 of its content. */
  readonly sha256: string;
  /** Whether it goes into an archive or out of it. */
  readonly way: "in" | "out";
}

/** Moves the file, or finishes a move that was killed. Throws `archive-conflict`, `archive-mismatch`, `source-changed`. */
export async function moveFile(move: Move): Promise<void> {
  const [source, target] = await Promise.all([statOf(move.from), statOf(move.to)]);
  if (target !== undefined) return finishMove(move, source, target);
  if (source === undefined) throw missing(move);
  await mkdir(dirname(move.to), { recursive: true, mode: 0o700 });
  await refuseChanged(move, move.from);
  await syncFile(move.from);
  if (!(await linked(move))) await copied(move, source);
  await syncFolder(dirname(move.to));
  await leaveSource(move, source);
}

// Both are there: a move was killed between its two steps, or something else stands in the way.
async function finishMove(move: Move, source: BigIntStats | undefined, target: BigIntStats): Promise<void> {
  const same = source !== undefined && source.dev === target.dev && source.ino === target.ino;
  if ((await contentOf(move.to, target)) !== move.sha256) throw source === undefined ? altered(move) : inTheWay(move);
  if (source === undefined) return;
  if (!same) await refuseChanged(move, move.from);
  await dropPartial(move, target);
  await unlink(move.from);
  await syncFolder(dirname(move.from));
}

// A copy that was killed between getting its name and losing its first one has both: the same file twice.
async function dropPartial(move: Move, target: BigIntStats): Promise<void> {
  const partial = await statOf(partialOf(move));
  if (partial?.dev === target.dev && partial.ino === target.ino) await rm(partialOf(move));
}

/** The name of a copy while it is written; with its content in it, so that no file of the host's has it. */
function partialOf({ to, sha256 }: Move): string {
  return `${to}.${sha256.slice(0, 12)}.partial`;
}

async function contentOf(path: string, stat: BigIntStats): Promise<string | undefined> {
  return stat.isFile() ? sha256Of(path) : undefined;
}

/** Whether the file has its second name now; false when the system cannot give it one there. */
async function linked({ from, to }: Move): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (["EXDEV", "EPERM", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "ENOSYS"].includes(errnoOf(error))) return false;
    throw error;
  }
}

async function copied(move: Move, { mode, atime, mtime }: BigIntStats): Promise<void> {
  const partial = partialOf(move);
  const sum = createHash("sha256");
  const source = createReadStream(move.from).on("data", (chunk) => sum.update(chunk));
  await pipeline(source, createWriteStream(partial, { mode: 0o600 }));
  if (sum.digest("hex") !== move.sha256) throw changed(move);
  await chmod(partial, Number(mode) & 0o777);
  await utimes(partial, atime, mtime);
  await syncFile(partial);
  if ((await sha256Of(partial)) !== move.sha256) throw altered(move);
  // A link never overwrites; where there are none, the name was free a moment ago.
  if (await linked({ ...move, from: partial })) await rm(partial);
  else await rename(partial, move.to);
}

// A writer that kept the file open may have written to it after it was read: the last look is right before the name goes.
async function leaveSource(move: Move, before: BigIntStats): Promise<void> {
  const now = await statOf(move.from);
  const untouched = now?.mtimeNs === before.mtimeNs && now.size === before.size;
  if (!untouched && now !== undefined && (await sha256Of(move.from)) !== move.sha256) {
    await unlink(move.to);
    throw changed(move);
  }
  await unlink(move.from).catch((error: unknown) => {
    // Another process that does the same was faster.
    if (errnoOf(error) !== "ENOENT") throw error;
  });
  await syncFolder(dirname(move.from));
}

async function refuseChanged(move: Move, path: string): Promise<void> {
  if ((await sha256Of(path)) !== move.sha256) throw changed(move);
}

function changed({ from, way }: Move): MigrateError {
  if (way === "out") return altered({ to: from });
  return new MigrateError(
    "source-changed",
    `${from} was written to after it had been read: it stays where it is. Stop what writes it, call undoArchive, and archive again.`,
    {
      facts: { path: from },
    },
  );
}

function inTheWay({ from, to }: Move): MigrateError {
  return new MigrateError("archive-conflict", `${to} is another file than ${from}: nothing was overwritten. Take another folder.`, {
    facts: { path: to },
  });
}

function altered({ to }: Pick<Move, "to">): MigrateError {
  return new MigrateError(
    "archive-mismatch",
    `${to} is not the file of the manifest: its SHA-256 is another one. Find out who changed it.`,
    {
      facts: { path: to },
    },
  );
}

function missing({ from, to }: Move): MigrateError {
  return new MigrateError(
    "archive-mismatch",
    `The file of the manifest is neither at ${from} nor at ${to}: it was moved by someone else.`,
    {
      facts: { path: from },
    },
  );
}
