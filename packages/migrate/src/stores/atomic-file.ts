// A file that is replaced as a whole: what a reader opens is the old content or the new, also after a power loss.
import { constants } from "node:fs";
import { open, readFile, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { MigrateError } from "../errors.ts";
import { withFileLock, type FileLock } from "./file-lock.ts";
import type { TextDocument, VersionedText } from "./text-document.ts";

/** The text file at a path; made by the first edit when it is absent. Throws `store-unreadable`, `store-busy`; what the disk refuses passes through. */
export function fileDocument(path: string, lock: FileLock): TextDocument {
  let last: VersionedText | undefined;
  const read = async (): Promise<VersionedText | undefined> => {
    const mark = await markOf(path);
    if (mark === undefined) return undefined;
    if (last?.mark === mark) return last;
    const text = decoded(await readFile(path), path);
    // Taken before the read: a change in between shows as another mark next time.
    return (last = { text, mark });
  };
  return {
    name: path,
    read,
    edit: (edit) =>
      withFileLock(path, lock, async () => {
        const current = await read();
        const text = edit(current);
        if (text === undefined || text === current?.text) return;
        await replaceFile(path, text);
        last = { text, mark: (await markOf(path)) ?? "" };
      }),
  };
}

/** Writes a text beside the file, makes it durable, and gives it the file's name. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path); // a link stays a link
  const beside = join(dirname(target), `.${basename(target)}.td-new`); // one name: whoever holds the lock may overwrite what a killed process left
  try {
    const mode = (await stat(target).catch(() => undefined))?.mode;
    const file = await open(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
    try {
      await file.writeFile(text);
      await file.chmod(mode === undefined ? 0o600 : mode & 0o7777);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, target);
    await syncFolder(dirname(target));
  } catch (error) {
    await unlink(beside).catch(() => undefined);
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What changes whenever the content of a file does: inode, size, times in nanoseconds. */
async function markOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new MigrateError("store-malformed", `${path} is not UTF-8 text: convert it, or mend the bytes that are none.`, {
      facts: { path },
      cause,
    });
  }
}
