// Follows the framing of zstd (RFC 8878) without unpacking: where the one frame ends, and whether it has a checksum.
// node:zlib says neither: older versions take a frame without its last bytes, and all of them stop in silence at the end of the first.

/** What is wrong with the framing so far. */
export type FrameProblem = "trailing" | "no-checksum" | "not-zstd";

/** Follows one frame. */
export interface FrameScanner {
  /** Takes the next bytes; tells what is wrong, if anything is. */
  readonly push: (bytes: Uint8Array) => FrameProblem | undefined;
  /** Whether the frame has ended. */
  readonly complete: () => boolean;
}

const DICTIONARY_ID = [0, 1, 2, 4];
const CONTENT_SIZE = [0, 2, 4, 8];
const CHECKSUM_BYTES = 4;

/** A scanner at the beginning of a frame. */
export function frameScanner(): FrameScanner {
  let skip = 0;
  let phase: "head" | "block" | "last" | "done" = "head";
  let held: number[] = [];
  let problem: FrameProblem | undefined;
  // The next header is complete: what follows it is skipped.
  const header = (): void => {
    if (phase === "head") {
      const [size, wrong] = frameHead(held);
      [skip, problem, phase] = [size, wrong, "block"];
    } else {
      const word = (held[0] ?? 0) | ((held[1] ?? 0) << 8) | ((held[2] ?? 0) << 16);
      const isRunLength = ((word >> 1) & 3) === 1;
      skip = isRunLength ? 1 : word >> 3;
      if ((word & 1) === 1) [skip, phase] = [skip + CHECKSUM_BYTES, "last"];
    }
    held = [];
  };
  return {
    push: (bytes) => {
      for (let at = 0; at < bytes.length && problem === undefined;) {
        if (skip > 0) {
          const step = Math.min(skip, bytes.length - at);
          [skip, at] = [skip - step, at + step];
        } else if (phase === "done") problem = "trailing";
        else {
          held.push(bytes[at++] ?? 0);
          if (held.length === (phase === "head" ? 5 : 3)) header();
        }
        if (skip === 0 && phase === "last") phase = "done";
      }
      return problem;
    },
    complete: () => phase === "done",
  };
}

// Bytes of the frame header after the first five, and what is wrong with it.
function frameHead([a, b, c, d, descriptor = 0]: readonly number[]): readonly [number, FrameProblem | undefined] {
  if (a !== 0x28 || b !== 0xb5 || c !== 0x2f || d !== 0xfd || (descriptor & 0b1_1000) !== 0) return [0, "not-zstd"];
  const single = (descriptor & 0b10_0000) !== 0;
  const content = descriptor >> 6 === 0 ? Number(single) : (CONTENT_SIZE[descriptor >> 6] ?? 0);
  const size = (single ? 0 : 1) + (DICTIONARY_ID[descriptor & 3] ?? 0) + content;
  return [size, (descriptor & 0b100) === 0 ? "no-checksum" : undefined];
}
