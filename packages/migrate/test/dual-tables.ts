// Tables for the two sides of a dual write, for tests and for the programs that they start.
import { dualWriteTables, repositoryStore, type RecordStore } from "@td/migrate";
import { c, defineTable, type RowOf, type Scope } from "@td/storage";
import type { Quote } from "./store-conformance.ts";

const columns = { userId: c.text(), id: c.text(), symbol: c.text(), price: c.decimal(40, 20), note: c.text().nullable() };
/** Where records go. */
export const quotes = defineTable("test_quotes", columns, { primaryKey: ["userId", "id"] });
/** Where records have been, when that is in the same database. */
export const oldQuotes = defineTable("test_old_quotes", columns, { primaryKey: ["userId", "id"] });
/** What a storage is opened with. */
export const TABLES = [...dualWriteTables, quotes, oldQuotes];

const fromRow = ({ id, symbol, price, note }: RowOf<typeof quotes>): Quote => ({ id, symbol, price: price.toFixed(), note });

/** A store over one of these tables. Two of them are compared where they lie. It refuses records of the price `refused`. */
export function rowStore(me: Scope, table: typeof quotes | typeof oldQuotes = quotes, refused?: string): RecordStore<Quote> {
  const toRow = ({ symbol, price, note }: Quote) => ({ symbol, price: price === refused ? "no number" : price, note });
  return repositoryStore(me, table as typeof quotes, { toRow, fromRow });
}
