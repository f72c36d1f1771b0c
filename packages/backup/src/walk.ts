// Lists a directory tree: every file and directory, dot files included, in the order of their names.
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { BackupError, errnoOf } from "./errors.ts";

/** A regular file below a root. */
export interface TreeFile {
  /** Path below the root, with `/`. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** Whole seconds since 1970. */
  readonly modified: number;
}

/** What stands below a root. */
export interface Tree {
  /** All regular files. */
  readonly files: readonly TreeFile[];
  /** All directories. */
  readonly directories: readonly string[];
  /** Links, sockets, pipes and devices, and names that are not UTF-8. */
  readonly others: readonly string[];
}

/** Walks a tree. What `skip` names is left away with all below it. Throws `not-found` when the root is missing. Follows no link. */
export async function walkTree(root: string, skip: (path: string) => boolean = () => false): Promise<Tree> {
  const tree: { files: TreeFile[]; directories: string[]; others: string[] } = { files: [], directories: [], others: [] };
  const visit = async (folder: string): Promise<void> => {
    const names = await readdir(join(root, folder), { withFileTypes: true, encoding: "buffer" }).catch((cause: unknown) =>
      vanished(root, folder, cause),
    );
    for (const entry of names) {
      const name = entry.name.toString();
      const path = folder === "" ? name : `${folder}/${name}`;
      if (skip(path)) continue;
      if (!entry.name.equals(Buffer.from(name)) || !(entry.isDirectory() || entry.isFile())) tree.others.push(path);
      else if (entry.isDirectory()) {
        tree.directories.push(path);
        await visit(path);
      } else await add(path);
    }
  };
  const add = async (path: string): Promise<void> => {
    const facts = await lstat(join(root, path)).catch(missing);
    // A file that is gone since the directory was read was deleted by the application: as if it had been a moment earlier.
    if (facts?.isFile() === true) tree.files.push({ path, bytes: facts.size, modified: Math.max(0, Math.floor(facts.mtimeMs / 1000)) });
  };
  await visit("");
  const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
  return { files: tree.files.sort(byPath), directories: tree.directories.sort(), others: tree.others.sort() };
}

function missing(error: unknown): undefined {
  if (errnoOf(error) === "ENOENT") return undefined;
  throw error;
}

function vanished(root: string, folder: string, cause: unknown): [] {
  if (errnoOf(cause) !== "ENOENT") throw cause;
  if (folder === "") throw new BackupError("not-found", `${root} does not exist.`, { facts: { path: root }, cause });
  return [];
}
