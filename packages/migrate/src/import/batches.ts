// Groups records into what is committed together.
import type { RawRecord } from "../sources/contract.ts";

/** Bytes of source that are enough for a batch, however few records they hold: a batch is in memory as a whole. */
const BATCH_BYTES = 1 << 22;

/** Groups of `size` records, or of fewer long ones, whatever arrays they come in. */
export async function* batches(arrays: AsyncIterable<readonly RawRecord[]>, size: number): AsyncGenerator<readonly RawRecord[]> {
  let batch: RawRecord[] = [];
  let bytes = 0;
  for await (const records of arrays) {
    for (const record of records) {
      batch.push(record);
      bytes += record.next.byteOffset - record.byteOffset;
      if (batch.length < size && bytes < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}
