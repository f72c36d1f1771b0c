// Reading files: in chunks, hashed, without following a link at the end of the path.
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";

const CHUNK = 2 ** 20;
/** Buffers that no reader uses now; a tree of small files would else make and drop two for each. */
const spare: Buffer[] = [];
const MOST_SPARE = 4;

/** The bytes of a file in chunks of at most 1 MiB. Each chunk is the caller's to keep. */
export async function* fileChunks(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  yield* chunksInto(() => Buffer.allocUnsafe(CHUNK), path, signal);
}

/** The bytes of a file in chunks of at most 1 MiB, each valid until the next is asked for: the memory is used again. */
export async function* passingChunks(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const pair = [spare.pop() ?? Buffer.allocUnsafe(CHUNK), spare.pop() ?? Buffer.allocUnsafe(CHUNK)] as const;
  let turn = 0;
  try {
    yield* chunksInto(() => pair[turn++ % 2 === 0 ? 0 : 1], path, signal);
  } finally {
    if (spare.length < MOST_SPARE) spare.push(...pair);
  }
}

// While the caller works at one chunk, the next is read.
async function* chunksInto(buffer: () => Buffer, path: string, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const read = (): Promise<Uint8Array> =>
    handle.read(buffer(), 0, CHUNK).then(({ bytesRead, buffer: into }) => into.subarray(0, bytesRead));
  let next = read();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const chunk = await next;
      if (chunk.length === 0) return;
      next = read();
      next.catch(() => undefined);
      yield chunk;
    }
  } finally {
    await next.catch(() => undefined); // it writes into a buffer that somebody else will have
    await handle.close();
  }
}

/** Size and SHA-256 of a file. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of passingChunks(path, signal)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
