// Where a run works: a copy of the arena that it may change, and beside it what it must remember. The input itself is only read.
import Database from "better-sqlite3";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { basename, join, relative, resolve } from "node:path";
import type { Choices } from "./args.ts";
import { InputError } from "@td/example-shared/failure";
import { writeLegacyArena } from "./legacy-arena.ts";
import type { ArenaTruth } from "./legacy-truth.ts";
import { survey, type Survey } from "./survey.ts";

/** The files of a run. */
export interface Workplace {
  readonly folder: string;
  /** The arena that was given or made. */
  readonly input: string;
  /** The copy that the bots trade on and that is slimmed. */
  readonly arena: string;
  /** The tables, on SQLite. */
  readonly database: string;
  /** Where what was taken out of the blob is kept. */
  readonly archive: string;
  /** Reports of the phases. */
  readonly reports: string;
  /** The arena as it was before anything happened. */
  readonly before: Survey;
  /** What is in a made arena; `null` for a person's own. */
  readonly truth: ArenaTruth | null;
}

/** Prepares it, or finds it as an earlier run left it. Throws an {@link InputError}. */
export async function workplace({ input, out, arena: made }: Choices): Promise<Workplace> {
  const folder = resolve(out, input === null ? `seed-${made.seed}${made.scale === 1 ? "" : `-scale-${made.scale}`}` : nameOf(input));
  const place = {
    folder,
    input: input === null ? join(folder, "made", "arena.db") : resolve(input),
    arena: join(folder, "arena.db"),
    database: join(folder, "td.db"),
    archive: join(folder, "taken-out"),
    reports: join(folder, "reports"),
  };
  const memory = join(folder, "arena.json");
  if (existsSync(memory)) return { ...place, ...remembered(memory) };
  if (input !== null && !existsSync(input)) throw new InputError("no-input", `There is no file ${input}.`);
  mkdirSync(folder, { recursive: true });
  const truth = input === null ? writeLegacyArena(join(folder, "made"), made) : null;
  const facts = { before: survey(place.input), truth };
  await copyWhole(place.input, place.arena);
  writeFileSync(`${memory}.part`, `${JSON.stringify(facts, null, 1)}\n`);
  renameSync(`${memory}.part`, memory);
  return { ...place, ...facts };
}

function remembered(path: string): Pick<Workplace, "before" | "truth"> {
  return JSON.parse(readFileSync(path, "utf8")) as Pick<Workplace, "before" | "truth">;
}

/** Copies a database with what is in its write-ahead log, while its owner may write to it. */
async function copyWhole(from: string, to: string): Promise<void> {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(to + suffix, { force: true });
  const database = new Database(from, { readonly: true, fileMustExist: true });
  try {
    await database.backup(to);
  } finally {
    database.close();
  }
}

/** The input's name and a few digits that tell inputs of one name apart. */
function nameOf(input: string): string {
  const path = resolve(input);
  const name =
    basename(path)
      .replace(/\.[^.]+$/, "")
      .replaceAll(/[^\w.-]+/g, "-") || "arena";
  return `${name}-${createHash("sha256").update(path).digest("hex").slice(0, 6)}`;
}

/** A path as a person at this folder would type it. */
export function typed(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}
