// Finds what is to be archived: every file below the given paths, with its hash. Nothing but files and folders is taken.
import { readdir } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import type { ArchivedFile } from "../core/archive-plan.ts";
import { firstCollision } from "../core/archive-plan.ts";
import { MigrateError } from "../errors.ts";
import { sha256Of, statOf } from "./durable.ts";

/** What SQLite keeps beside a database: without it the last commits would be lost. */
const COMPANIONS = ["-wal", "-shm", "-journal"];

/** What lies at and below the given paths. */
export interface Survey {
  /** The files, by place. */
  readonly files: readonly ArchivedFile[];
  /** The folders, the deepest first. */
  readonly folders: readonly string[];
}

/** Reads what is to be archived. Throws `source-missing`, `source-not-a-file`, `archive-conflict`, `invalid-option`. */
export async function survey(sources: readonly string[], to: string): Promise<Survey> {
  const found = new Map<string, string>();
  const folders = new Set<string>();
  for (const source of sources) {
    if (isBelow(to, source))
      throw new MigrateError("invalid-option", `The archive ${to} lies in ${source}: choose a folder outside of it.`, {
        facts: { path: to },
      });
    await collect(source, basename(source), found, folders);
    for (const end of COMPANIONS) {
      if (await statOf(source + end)) await collect(source + end, basename(source) + end, found, folders);
    }
  }
  const files = [...found].map(([from, name]) => ({ from, to: name }));
  const twice = firstCollision([...files, { from: "the manifest", to: MANIFEST_NAME }]);
  if (twice !== undefined) throw sameName(twice);
  const hashed: ArchivedFile[] = [];
  for (const { from, to: name } of files) hashed.push({ from, to: name, ...(await measured(from)) });
  return { files: hashed, folders: [...folders].toSorted((a, b) => b.length - a.length) };
}

/** The name of the manifest in an archive. */
export const MANIFEST_NAME = "manifest.json";

async function collect(path: string, name: string, files: Map<string, string>, folders: Set<string>): Promise<void> {
  const stat = await statOf(path);
  if (stat === undefined) throw new MigrateError("source-missing", `There is nothing at ${path}: nothing was moved.`, { facts: { path } });
  if (stat.isFile()) {
    files.set(path, name.split(sep).join("/"));
  } else if (stat.isDirectory()) {
    folders.add(path);
    for (const entry of (await readdir(path)).toSorted()) await collect(join(path, entry), join(name, entry), files, folders);
  } else {
    throw new MigrateError("source-not-a-file", `${path} is a link, a pipe or a device: nothing was moved. Archive what it points to.`, {
      facts: { path },
    });
  }
}

async function measured(path: string): Promise<Pick<ArchivedFile, "bytes" | "sha256">> {
  const sha256 = await sha256Of(path);
  return { bytes: Number((await statOf(path))?.size ?? 0), sha256 };
}

function isBelow(path: string, folder: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way === "" || !(way === ".." || way.startsWith(`..${sep}`));
}

function sameName([one, other]: readonly [string, string]): MigrateError {
  return new MigrateError("archive-conflict", `${one} and ${other} would have one name in the archive: archive them into two folders.`, {
    facts: { one, other },
  });
}
