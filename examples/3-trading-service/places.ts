// Where a run keeps its things.
import { join, relative, resolve } from "node:path";
import type { Choices } from "./args.ts";

/** The places; absolute. */
export interface Places {
  readonly out: string;
  /** The tree that is worked on. */
  readonly tree: string;
  /** What each file of the tree was before anything was done. */
  readonly before: string;
  /** The SQLite file, unused on PostgreSQL. */
  readonly database: string;
  /** The key that seals the credentials. */
  readonly key: string;
  /** The reports of the phases. */
  readonly reports: string;
  /** Where the old files go. */
  readonly archive: string;
  /** Where the last of them goes in the end. */
  readonly lastArchive: string;
}

/** The places of a run. */
export function placesOf({ out }: Pick<Choices, "out">): Places {
  const at = (...names: readonly string[]) => join(resolve(out), ...names);
  return {
    out: at(),
    tree: at("tree"),
    before: at("before.json"),
    database: at("td.db"),
    key: at("keyring.json"),
    reports: at("reports"),
    archive: at("tree/data/archive/files"),
    lastArchive: at("tree/data/archive/pending_orders"),
  };
}

/** A path as a person at this folder would type it. */
export function typed(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}
