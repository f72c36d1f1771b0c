// A chain of steps that bytes are pushed through: tar -> zstd -> age -> file. Each `write` waits for the next step, so memory stays bounded.
import type { Duplex } from "node:stream";

/** Takes bytes. */
export interface Sink {
  /** Takes all of these bytes; resolves when more may come. The bytes are not kept. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Says that there are no more; resolves when all have reached the end of the chain. */
  readonly end: () => Promise<void>;
  /** Gives up after a failure; releases what the chain holds. Never throws. */
  readonly discard: () => Promise<void>;
}

/**
 * A Node transform as a step before `next`.
 *
 * Every write is awaited before the next and before the end: node:zlib closes a second, empty frame when `end()` meets a queued write.
 */
export function throughTransform(transform: Duplex, next: Sink): Sink {
  const pumped = pump(transform, next);
  pumped.catch((error: unknown) => transform.destroy(error instanceof Error ? error : new Error(String(error))));
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        transform.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    end: async () => {
      transform.end();
      await pumped;
      await next.end();
    },
    discard: async () => {
      transform.destroy();
      await pumped.catch(() => undefined);
      await next.discard();
    },
  };
}

/** Hands small writes on together, as many bytes as `size` at once; while these are taken, the next are gathered. */
export function gathering(size: number, next: Sink): Sink {
  const pair = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)] as const;
  let [held, other] = pair;
  let filled = 0;
  let taken: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await taken;
    taken = next.write(held.subarray(0, filled));
    taken.catch(() => undefined); // awaited by the next flush, or by the end
    [held, other] = [other, held];
    filled = 0;
  };
  return {
    write: async (bytes) => {
      for (let at = 0; at < bytes.length;) {
        const part = bytes.subarray(at, at + size - filled);
        held.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === size) await flush();
      }
    },
    end: async () => {
      if (filled > 0) await flush();
      await taken;
      await next.end();
    },
    discard: async () => {
      await next.discard();
      await taken.catch(() => undefined);
    },
  };
}

async function pump(transform: Duplex, next: Sink): Promise<void> {
  for await (const chunk of transform) await next.write(chunk as Uint8Array);
}
