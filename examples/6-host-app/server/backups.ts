// The nightly backup: made, verified, then old ones are removed by plan. On record as a task of the host's operations.
import { rm } from "node:fs/promises";
import {
  createBackup,
  listBackups,
  planRetention,
  postgresDatabase,
  sqliteDatabases,
  verifyBackup,
  type BackupInfo,
  type RetentionPlan,
} from "@td/backup";
import type { Scope, TaskOutcome } from "@td/storage";
import type { Clock } from "./clock.ts";
import type { HostConfig } from "./config.ts";
import type { Places } from "./places.ts";

/** The name of the task in the record. */
export const BACKUP_TASK = "nightly_backup";

/** First part of an archive's name. */
const NAME = "host";

/** A week of days, a month of weeks, half a year of months. */
const POLICY = { keepLast: 3, daily: 7, weekly: 4, monthly: 6 };

/** What a backup came to. */
export interface BackupReport {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Rows in all of its databases. */
  readonly rows: number;
  /** Archives that were removed. */
  readonly removed: readonly string[];
}

/** The host's backups. */
export interface Backups {
  /** Makes one now, verifies it and removes what the plan does not keep. */
  run(): Promise<TaskOutcome<BackupReport>>;
  /** Those that are there, the newest first, each with why it is kept. */
  list(): Promise<
    readonly { readonly name: string; readonly verified: boolean; readonly createdAt: string; readonly because: readonly string[] }[]
  >;
}

/** Ends a restore that was interrupted, before anything opens the data: its tree is then the old one or the new one, whole. */
export async function recoverData({ data }: Pick<Places, "data">): Promise<void> {
  await createBackup({ root: data }).recover();
}

/** The backups of a host; the record is kept under `operations`. */
export function createBackups(config: HostConfig, places: Places, operations: Scope, clock: Clock): Backups {
  const databases =
    config.databaseUrl === undefined ? [sqliteDatabases("databases/*.db")] : [postgresDatabase({ url: config.databaseUrl })];
  const backup = createBackup({ root: places.data, databases });
  const recipients = config.backupRecipients ?? [];
  const make = async (): Promise<BackupReport> => {
    const info = await backup.create({ to: places.backups, name: NAME, encrypt: recipients.length === 0 ? "none" : { recipients } });
    // Sealed for others, it cannot be opened here: they verify it where the key is.
    if (recipients.length === 0) await verified(info.file);
    return { file: info.file, bytes: info.bytes, sha256: info.sha256, rows: rowsIn(info), removed: await prune(places.backups) };
  };
  return {
    run: () =>
      operations.services.runTask(
        BACKUP_TASK,
        async ({ details }) => {
          const report = await make();
          details(report);
          return report;
        },
        { service: "operations", now: () => clock.now() },
      ),
    list: async () => {
      const { archives, plan } = await planned(places.backups);
      const because = new Map(plan.keep.map((kept) => [kept.id, kept.because]));
      return archives.map(({ file, id, verified: good, createdAt }) => ({
        name: nameOf(file),
        verified: good,
        createdAt,
        because: because.get(id) ?? [],
      }));
    },
  };
}

async function verified(file: string): Promise<void> {
  const { ok, problems } = await verifyBackup(file, { level: "drill" });
  if (!ok) throw new Error(`The backup ${file} is not good: ${problems[0]?.message ?? "no reason was given"}`);
}

/** td says what may go and why; the host removes it. */
async function prune(folder: string): Promise<readonly string[]> {
  const { plan } = await planned(folder);
  for (const file of plan.remove) {
    await rm(file);
    await rm(`${file}.verified.json`, { force: true });
  }
  return plan.remove.map(nameOf);
}

async function planned(
  folder: string,
): Promise<{ readonly archives: Awaited<ReturnType<typeof listBackups>>; readonly plan: RetentionPlan }> {
  const archives = await listBackups(folder, NAME);
  return { archives: archives.toSorted((a, b) => (a.createdAt > b.createdAt ? -1 : 1)), plan: planRetention(archives, POLICY) };
}

function rowsIn({ databases }: BackupInfo): number {
  return databases.flatMap(({ tables }) => tables).reduce((sum, { rows }) => sum + rows, 0);
}

const nameOf = (file: string): string => file.slice(file.lastIndexOf("/") + 1);
