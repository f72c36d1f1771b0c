// Takes away the totals of stretches in which closes were written. A trigger would do so as well; but any trigger after an insert makes SQLite keep
// a journal per statement, which costs half of an insert again.
import { layoutOf } from "../table/layout.ts";
import type { LayoutColumn } from "../table/layout.ts";
import type { AnyTable } from "../table/types.ts";
import { trades } from "../tables/trades.ts";
import { overlappingTotals } from "../tables/trades-totals.ts";
import type { Connection, StoredRow } from "./connection.ts";

/** The closes that were written: by user, the first and the last moment. */
export type WrittenCloses = Map<string, { first: number; last: number }>;

const placeOf = (property: string): number =>
  layoutOf(trades).columns.find((column: LayoutColumn) => column.property === property)?.at ?? -1;
const [USER, ACTION, AT] = [placeOf("userId"), placeOf("action"), placeOf("executedAt")];

/** What notes the written rows of a table; `undefined` for a table without totals. */
export function writtenCloses(table: AnyTable): WrittenCloses | undefined {
  return table === trades ? new Map() : undefined;
}

/** Notes a row that was written. */
export function noteClose(closes: WrittenCloses, row: StoredRow): void {
  if (row[ACTION] !== "CLOSE") return;
  const [user, at] = [String(row[USER]), Number(row[AT])];
  const found = closes.get(user);
  if (found === undefined) closes.set(user, { first: at, last: at });
  else if (at < found.first) found.first = at;
  else if (at > found.last) found.last = at;
}

/** Takes the totals of what was noted away, in the transaction of the writes. */
export function forgetTotals(connection: Connection, closes: WrittenCloses): void {
  for (const [user, { first, last }] of closes) connection.run(FORGET, [user, user, first, first, last, first]);
}

const FORGET = `delete from "trades_totals" where ${overlappingTotals("?", "?", "?")}`;
