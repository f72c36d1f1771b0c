// Retention for hosts: the pure plan with its refusals as errors, and the list of archives in a directory.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { retention, type RetainedArchive, type RetentionPlan, type RetentionPolicy } from "./core/retention.ts";
import { BackupError } from "./errors.ts";

/** Says which archives to keep and why. Removes nothing. Throws `invalid-option` for an empty policy. */
export function planRetention(archives: readonly RetainedArchive[], policy: RetentionPolicy): RetentionPlan {
  const plan = retention(archives, policy);
  if (typeof plan === "string") throw new BackupError("invalid-option", plan);
  return plan;
}

/** An archive in a directory. */
export interface ListedArchive extends RetainedArchive {
  /** Path of the archive; also its `id`. */
  readonly file: string;
}

const NAME = /^(?<stem>.+)_(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)_(?<h>\d\d)(?<i>\d\d)(?<s>\d\d)(_\d+)?\.tar\.zst(\.age|\.gpg)?$/;

/** The archives of one tree in a directory, by their names and the verifications recorded beside them. Those of other trees are left away. */
export async function listBackups(directory: string, name: string): Promise<readonly ListedArchive[]> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new BackupError("not-found", `${directory} cannot be listed.`, { facts: { path: directory }, cause });
  });
  const archives = names.flatMap((file) => {
    const parts = NAME.exec(file)?.groups;
    if (parts === undefined || parts["stem"] !== name) return [];
    const { y, m, d, h, i, s } = parts;
    return [{ file: join(directory, file), createdAt: `${y}-${m}-${d}T${h}:${i}:${s}Z` }];
  });
  return Promise.all(archives.map(async ({ file, createdAt }) => ({ id: file, file, createdAt, ...(await readVerification(file)) })));
}

// The name has the second; the recorded verification has the time to the millisecond, which tells two backups of one second apart.
async function readVerification(file: string): Promise<{ readonly verified: boolean; readonly createdAt?: string }> {
  try {
    const { ok, createdAt } = JSON.parse(await readFile(`${file}.verified.json`, "utf8")) as { ok?: unknown; createdAt?: unknown };
    return { verified: ok === true, ...(typeof createdAt === "string" && { createdAt }) };
  } catch {
    return { verified: false };
  }
}
