// zstd through node:zlib, with the settings under which it loses nothing silently.
import { constants, createZstdCompress, createZstdDecompress, type ZstdCompress } from "node:zlib";
import { frameScanner } from "./core/zstd-frame.ts";
import { BackupError } from "./errors.ts";
import { throughTransform, type Sink } from "./sink.ts";

const CHUNK = 2 ** 18;
/** Memory for the window of a frame that is read: 128 MiB at most, whatever the frame asks for. */
const WINDOW_LOG = 27;

/** Bytes that the compressor is best given at once: two jobs, one for each of its threads. */
export const PACK_BYTES = 2 ** 22;
const THREADS = 2;
/** Above this level each thread would take tens of megabytes. */
const MAX_THREADED_LEVEL = 6;

/** Compresses what is written into one frame with a checksum. `level` is 1 to 19. */
export function zstdSink(level: number, next: Sink): Sink {
  const zstd = packer(level);
  const sink = throughTransform(zstd, framed(next));
  let given = 0;
  return {
    ...sink,
    write: (bytes) => {
      given += bytes.length;
      return sink.write(bytes);
    },
    end: async () => {
      await sink.end();
      if (zstd.bytesWritten !== given) throw unframed();
    },
  };
}

function packer(level: number): ZstdCompress {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 };
  if (level > MAX_THREADED_LEVEL) return createZstdCompress({ chunkSize: CHUNK, params });
  const threaded = { ...params, [constants.ZSTD_c_nbWorkers]: THREADS, [constants.ZSTD_c_jobSize]: PACK_BYTES / THREADS };
  try {
    // Each write is flushed: with threads, zstd may else leave a part of a write for later, which node:zlib takes for the end of the stream.
    return createZstdCompress({ chunkSize: CHUNK, params: threaded, flush: constants.ZSTD_e_flush });
  } catch {
    return createZstdCompress({ chunkSize: CHUNK, params }); // a zstd that was built without threads
  }
}

// An archive that would be refused for its framing never gets its name.
function framed(next: Sink): Sink {
  const frame = frameScanner();
  return {
    write: (bytes) => {
      if (frame.push(bytes) !== undefined) throw unframed();
      return next.write(bytes);
    },
    end: () => {
      if (!frame.complete()) throw unframed();
      return next.end();
    },
    discard: next.discard,
  };
}

function unframed(): BackupError {
  return new BackupError(
    "io-failed",
    "The compressor of this Node did not write one whole frame: nothing was published. Use another version of Node.",
  );
}

/** Unpacks exactly one frame. Throws `archive-truncated`, `archive-damaged` or `trailing-data`. */
export async function* unzstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const stream = createZstdDecompress({
    chunkSize: CHUNK,
    rejectGarbageAfterEnd: true,
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
  });
  const feeding = feed(packed, (bytes) => {
    return new Promise<void>((resolve, reject) => {
      stream.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }).then(
    () => stream.end(),
    (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  try {
    for await (const chunk of stream) yield chunk as Uint8Array;
    await feeding;
  } catch (error) {
    throw zstdError(error);
  } finally {
    stream.destroy();
  }
}

async function feed(packed: AsyncIterable<Uint8Array>, write: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const frame = frameScanner();
  for await (const bytes of packed) {
    const problem = frame.push(bytes);
    if (problem === "trailing") throw trailing();
    if (problem !== undefined)
      throw new BackupError(
        "archive-damaged",
        `The compressed data ${problem === "no-checksum" ? "has no checksum" : "is not zstd"}: take another copy.`,
      );
    await write(bytes);
  }
  if (!frame.complete()) throw truncated();
}

function zstdError(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "Z_BUF_ERROR")
    return new BackupError("archive-truncated", "The archive ends before its end: take another copy.", { cause: error });
  if (code === "ERR_TRAILING_JUNK_AFTER_STREAM_END") return trailing();
  if (code.startsWith("ZSTD_") || code.startsWith("ERR_ZSTD") || code.startsWith("Z_"))
    return new BackupError("archive-damaged", `The compressed data is damaged (${code}): take another copy.`, { cause: error });
  return error;
}

function trailing(): BackupError {
  return new BackupError("trailing-data", "There is something after the end of the archive, which td never writes: take another copy.");
}

function truncated(): BackupError {
  return new BackupError("archive-truncated", "The archive ends before its end: take another copy.");
}
