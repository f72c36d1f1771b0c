// The object that hosts hold: everything about the backups of one tree.
import { createArchive, type BackupInfo, type CreateOptions } from "./create.ts";
import { planRestoreOf, type PlanOptions, type RestorePlan } from "./plan-restore.ts";
import { listPrevious, removePrevious, type PreviousTree } from "./previous.ts";
import { recoverTree, type RecoveryReport } from "./recover.ts";
import { restoreArchive, type RestoreOptions, type RestoreReport } from "./restore.ts";
import { resolveSetup, type BackupSetup } from "./setup.ts";

/** Makes and restores the backups of one tree. */
export interface Backup {
  /** Makes an archive while the application works. Throws `BackupError`; then nothing is left of it. */
  readonly create: (options: CreateOptions) => Promise<BackupInfo>;
  /** Says what a restore would do. Reads the manifest only: that the archive is good is known by `verifyBackup`. */
  readonly planRestore: (file: string, options?: PlanOptions) => Promise<RestorePlan>;
  /** Puts the archive in place of the tree, wholly or not at all. Throws a refusal with everything untouched, or `rolled-back`. */
  readonly restore: (file: string, options?: RestoreOptions) => Promise<RestoreReport>;
  /** Finishes or undoes a restore that was interrupted. Call it when the host starts, before anything opens the tree. */
  readonly recover: () => Promise<RecoveryReport>;
  /** The trees that restores have put aside, oldest first. */
  readonly previous: () => Promise<readonly PreviousTree[]>;
  /** Removes one of them. Throws `not-found`. */
  readonly discardPrevious: (id: string) => Promise<void>;
}

/** Sets up the backups of a tree; touches nothing yet. Throws `invalid-option`. */
export function createBackup(setup: BackupSetup): Backup {
  const resolved = resolveSetup(setup);
  return {
    create: (options) => createArchive(resolved, options),
    planRestore: async (file, options = {}) => planRestoreOf(await resolved.area(), file, options),
    restore: async (file, options = {}) => restoreArchive(await resolved.area(), resolved.services, file, options),
    recover: async () => recoverTree(await resolved.area(), resolved.services),
    previous: async () => listPrevious(await resolved.area()),
    discardPrevious: async (id) => removePrevious(await resolved.area(), id),
  };
}
