// As whom the throwaway server runs: PostgreSQL refuses to run as root, so root hands it to `nobody`.
import { readFileSync, statSync } from "node:fs";
import { lchown } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

/** A user and a group by number. */
export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Whom to become to run the server; undefined when the user of this process may run it. */
export function serverIds(): Ids | undefined {
  return process.getuid?.() === 0 ? nobody() : undefined;
}

function nobody(): Ids {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync("/etc/passwd", "utf8"));
  return { uid: Number(entry?.[1] ?? 65534), gid: Number(entry?.[2] ?? 65534) };
}

/** Makes a file or a directory (not what is in it) belong to the server's user. */
export async function give(path: string, ids: Ids | undefined): Promise<void> {
  if (ids !== undefined) await lchown(path, ids.uid, ids.gid);
}

/** The directory for temporary files, or `/tmp` when the server's user could not get into it. */
export function temporaryRoot(ids: Ids | undefined): string {
  return ids === undefined || othersMayEnter(tmpdir()) ? tmpdir() : "/tmp";
}

/** Whether every user may pass through all directories of a path, and execute it when it is a file. */
export function othersMayEnter(path: string): boolean {
  const parent = dirname(path);
  return (statSync(path).mode & 0o001) !== 0 && (parent === path || othersMayEnter(parent));
}
