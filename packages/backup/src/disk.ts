// All that td does to a disk besides reading: new private files, fsync, renames, removal. One place, so that tests can fail or kill at each step.
import { chmod, lchown, mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** A step that changes the disk. */
export type DiskStep = "mkdir" | "create" | "write" | "sync" | "rename" | "remove" | "mode";

let watcher: ((step: DiskStep, path: string) => void) | undefined;

/** For tests: called before each step; what it throws is what the step throws. */
export function watchDisk(watch: ((step: DiskStep, path: string) => void) | undefined): void {
  watcher = watch;
}

/** A file being written; its bytes are on the disk when `close` resolves. */
export interface OutFile {
  /** Appends all of the bytes. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Flushes to the disk and closes. */
  readonly close: () => Promise<void>;
  /** Closes without flushing, after a failure. Never throws. */
  readonly discard: () => Promise<void>;
}

/** Bytes after which a file being written is flushed behind its writer: the disk works meanwhile, and has little left to do at the end. */
const FLUSH_BYTES = 2 ** 24;

/** Creates a file with mode 600. Throws `EEXIST` when there is one. */
export async function createFile(path: string, modified?: number): Promise<OutFile> {
  watcher?.("create", path);
  const handle = await open(path, "wx", 0o600);
  const flushing = flusher(handle, path);
  const close = async (): Promise<void> => {
    try {
      watcher?.("sync", path);
      await flushing.done();
      if (modified !== undefined) await handle.utimes(modified, modified);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  const write = async (bytes: Uint8Array): Promise<void> => {
    await writeAll(handle, path, bytes);
    flushing.written(bytes.length);
  };
  const discard = async (): Promise<void> => {
    await flushing.done().catch(() => undefined);
    await handle.close().catch(() => undefined);
  };
  return { write, close, discard };
}

// A short write is not an error of the system call: the rest must be tried again.
async function writeAll(handle: FileHandle, path: string, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    watcher?.("write", path);
    at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
  }
}

interface Flusher {
  /** So many bytes more were written. */
  readonly written: (bytes: number) => void;
  /** Resolves when no flush runs. Throws what one of them threw: the system says only once that it could not write. */
  readonly done: () => Promise<void>;
}

function flusher(handle: FileHandle, path: string): Flusher {
  let waiting = 0;
  let running = false;
  let flushed: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    watcher?.("sync", path);
    await handle.datasync();
    running = false; // after a failure none begins any more
  };
  return {
    written: (bytes) => {
      waiting += bytes;
      if (running || waiting < FLUSH_BYTES) return;
      [waiting, running] = [0, true];
      flushed = flush();
      flushed.catch(() => undefined); // `done` throws it
    },
    done: () => flushed,
  };
}

/** Makes a directory and those above it that are missing, all with mode 700. */
export async function makeDirectory(path: string): Promise<void> {
  watcher?.("mkdir", path);
  await mkdir(path, { recursive: true, mode: 0o700 });
}

/** Makes the entries of a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  watcher?.("sync", path);
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Renames, and makes the rename durable. */
export async function moveDurably(from: string, to: string): Promise<void> {
  watcher?.("rename", from);
  await rename(from, to);
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
}

/** Removes a file or a whole directory; nothing there is fine. */
export async function remove(path: string): Promise<void> {
  watcher?.("remove", path);
  // Tried again while the helper of a killed process, which ends soon after it, still makes a file there.
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
}

/** Replaces a small file so that after a crash it is the old or the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await remove(fresh);
  const file = await createFile(fresh);
  try {
    await file.write(new TextEncoder().encode(text));
    await file.close();
  } catch (error) {
    await file.discard();
    await remove(fresh).catch(() => undefined);
    throw error;
  }
  await moveDurably(fresh, path);
}

/** Sets the mode bits. */
export async function setMode(path: string, mode: number): Promise<void> {
  watcher?.("mode", path);
  await chmod(path, mode);
}

/** Gives a file or link to an owner. */
export async function setOwner(path: string, uid: number, gid: number): Promise<void> {
  watcher?.("mode", path);
  await lchown(path, uid, gid);
}

/** Whether there is something at this path. */
export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Makes the content of a file durable. */
export async function syncFile(path: string): Promise<void> {
  watcher?.("sync", path);
  const handle = await open(path, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
