// The digest of a table on PostgreSQL: rows in chunks, spelled canonically.
import { collectDigest } from "../digest.ts";
import type { TableDigest } from "../digest.ts";
import { canonicalOrder, canonicalStored } from "../table/canonical.ts";
import { layoutOf } from "../table/layout.ts";
import type { AnyTable } from "../table/types.ts";
import { storedRow } from "./wire.ts";
import type { WireRow } from "./wire.ts";

/** The digest of arrays of rows. */
export async function digestWire(table: AnyTable, chunks: AsyncIterable<readonly WireRow[]>): Promise<TableDigest> {
  const order = canonicalOrder(layoutOf(table).columns);
  const collector = collectDigest(table.name);
  for await (const rows of chunks) for (const row of rows) collector.add(canonicalStored(order, storedRow(table, row)));
  return collector.result();
}
