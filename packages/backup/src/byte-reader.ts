// Takes exact numbers of bytes from a stream of chunks.

const NOTHING = new Uint8Array();

/** Reads a stream in pieces of a wanted size. One caller at a time. */
export class ByteReader {
  /** Bytes taken so far. */
  taken = 0;
  #held: Uint8Array = NOTHING;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Exactly this many bytes, or nothing when the stream has fewer. */
  async take(count: number): Promise<Uint8Array | undefined> {
    const bytes = await this.takeUpTo(count);
    return bytes.length === count ? bytes : undefined;
  }

  /** This many bytes, fewer only at the end of the stream. */
  async takeUpTo(count: number): Promise<Uint8Array> {
    if (!(await this.#fill())) return NOTHING;
    if (this.#held.length >= count) return this.#cut(count);
    const parts: Uint8Array[] = [];
    for (let missing = count; missing > 0 && (await this.#fill());) {
      const part = this.#cut(Math.min(missing, this.#held.length));
      parts.push(part);
      missing -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** The next bytes as they come, at most this many; none at the end of the stream. */
  async takeSome(most: number): Promise<Uint8Array> {
    return (await this.#fill()) ? this.#cut(Math.min(most, this.#held.length)) : NOTHING;
  }

  /** Bytes up to and with the next line feed; nothing when there is none within `most` bytes. */
  async takeLine(most: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    for (let size = 0; size <= most && (await this.#fill());) {
      const end = this.#held.indexOf(10);
      const part = this.#cut(end === -1 ? this.#held.length : end + 1);
      parts.push(part);
      size += part.length;
      if (end !== -1) return Buffer.concat(parts);
    }
    return undefined;
  }

  /** Looks at the next bytes without taking them; fewer at the end of the stream. */
  async peek(count: number): Promise<Uint8Array> {
    const bytes = await this.takeUpTo(count);
    this.#held = Buffer.concat([bytes, this.#held]);
    this.taken -= bytes.length;
    return bytes;
  }

  /** All that is left, as it comes. */
  async *rest(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const bytes = await this.takeSome(Number.MAX_SAFE_INTEGER);
        if (bytes.length === 0) return;
        yield bytes;
      }
    } finally {
      await this.close();
    }
  }

  /** Ends the stream before its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#held.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#held = next.value;
    }
    return true;
  }

  #cut(count: number): Uint8Array {
    const bytes = this.#held.subarray(0, count);
    this.#held = this.#held.subarray(count);
    this.taken += count;
    return bytes;
  }
}
