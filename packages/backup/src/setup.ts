// What `createBackup` is given, checked once.
import { areaOf, type Area } from "./area.ts";
import { BackupError } from "./errors.ts";
import { onlyKeys } from "./options.ts";
import type { Services } from "./services.ts";
import type { DatabaseSource } from "./sources.ts";
import type { UserData } from "./user-data.ts";

/** What a backup is about. */
export interface BackupSetup {
  /** The directory to back up, or a `userData`. */
  readonly root: string | UserData;
  /** Databases that must be there; SQLite files are found without being named. */
  readonly databases?: readonly DatabaseSource[];
  /** Patterns over paths below the root that are left away, such as `state/cache/**`. */
  readonly exclude?: readonly string[];
  /** The application's processes; needed for a restore over a running application. A backup needs none. */
  readonly services?: Services;
}

/** A setup with its defaults. */
export interface Setup {
  readonly area: () => Promise<Area>;
  readonly databases: readonly DatabaseSource[];
  readonly exclude: readonly string[];
  readonly services: Services | undefined;
}

/** Throws `invalid-option`. */
export function resolveSetup(setup: BackupSetup): Setup {
  onlyKeys(setup, ["root", "databases", "exclude", "services"], "createBackup");
  const root = typeof setup.root === "string" ? setup.root : setup.root.root;
  if (typeof root !== "string" || root === "") throw new BackupError("invalid-option", "createBackup needs the root of the tree.");
  return { area: () => areaOf(root), databases: setup.databases ?? [], exclude: setup.exclude ?? [], services: setup.services };
}
