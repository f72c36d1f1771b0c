// Writes an archive under a name with `.partial`; it gets its own name when every byte is on the disk.
import { createHash } from "node:crypto";
import { manifestText, MANIFEST_NAME, type Manifest } from "./core/manifest.ts";
import { END, padding, tarHeader } from "./core/tar.ts";
import { createFile, moveDurably, remove } from "./disk.ts";
import { encryptingSink, type Encryption } from "./encrypt.ts";
import { BackupError } from "./errors.ts";
import { sealText } from "./seal.ts";
import { gathering, type Sink } from "./sink.ts";
import { prefixChunks, type StagedFile } from "./stage-sources.ts";
import { PACK_BYTES, zstdSink } from "./zstd.ts";

/** How an archive is written. */
export interface WriteOptions {
  readonly encrypt: Encryption;
  /** zstd level, 1 to 19. */
  readonly level: number;
  readonly signal?: AbortSignal;
  /** Bytes of files written so far. */
  readonly progress: (bytes: number, path: string) => void;
  /** Awaited when all is written and before the archive gets its name; what it throws ends the writing. */
  readonly approve: () => Promise<void>;
}

/** A file was not what it was when its hash was taken. */
export class ChangedFile extends Error {
  /** Name in the archive. */
  readonly path: string;

  constructor(path: string) {
    super(path);
    this.path = path;
  }
}

/** Writes the archive to `partial`, then renames it to `target`. Leaves nothing behind when it throws. */
export async function writeArchive(
  partial: string,
  target: string,
  manifest: Manifest,
  staged: readonly StagedFile[],
  options: WriteOptions,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const file = await createFile(partial);
  const hash = createHash("sha256");
  let bytes = 0;
  const end: Sink = {
    write: async (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
      await file.write(chunk);
    },
    end: file.close,
    discard: file.discard,
  };
  let sink: Sink = end;
  try {
    sink = gathering(PACK_BYTES, zstdSink(options.level, await encryptingSink(options.encrypt, end)));
    await writeTar(sink, manifest, staged, options);
    await sink.end();
    await options.approve();
    await moveDurably(partial, target);
    return { bytes, sha256: hash.digest("hex") };
  } catch (error) {
    await sink.discard();
    await remove(partial).catch(() => undefined);
    throw error;
  }
}

async function writeTar(sink: Sink, manifest: Manifest, staged: readonly StagedFile[], options: WriteOptions): Promise<void> {
  const text = new TextEncoder().encode(sealText(manifestText(manifest)));
  await writeEntry(sink, tarHeader({ path: MANIFEST_NAME, bytes: text.length, modified: 0 }), [text], text.length);
  let done = 0;
  for (const file of staged) {
    const content = checkedContent(file, options.signal, (count) => options.progress((done += count), file.path));
    await writeEntry(sink, tarHeader(file), content, file.bytes);
  }
  await sink.write(END);
}

async function writeEntry(
  sink: Sink,
  header: Uint8Array,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<void> {
  await sink.write(header);
  for await (const chunk of content) await sink.write(chunk);
  if (padding(bytes) > 0) await sink.write(new Uint8Array(padding(bytes)));
}

// A file that is read in place is hashed again while it is written: the archive holds what its manifest says, or is not published.
async function* checkedContent(
  file: StagedFile,
  signal: AbortSignal | undefined,
  progress: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const hash = file.own ? undefined : createHash("sha256");
  for await (const chunk of prefixChunks(file.source, file.bytes, signal)) {
    if (chunk === undefined) throw shortened(file);
    hash?.update(chunk);
    yield chunk;
    progress(chunk.length);
  }
  if (hash !== undefined && hash.digest("hex") !== file.sha256) throw new ChangedFile(file.path);
}

function shortened(file: StagedFile): Error {
  return file.own ? new BackupError("io-failed", `The staged copy of ${file.path} is shorter than it was.`) : new ChangedFile(file.path);
}
