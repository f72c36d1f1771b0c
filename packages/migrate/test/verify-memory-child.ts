// Fills or verifies a dual write between two databases: node verify-memory-child.ts fill|where|read FOLDER KEYS. "where" compares rows where they lie,
// "read" reads all of them. A verification prints what it found and the peak of its process's memory.
import { join } from "node:path";
import { dualWrite, dualWriteTables, repositoryStore, type RecordStore } from "@td/migrate";
import { c, defineTable, openStorage, type RowOf } from "@td/storage";
import { peakMemory } from "./peak-memory.ts";

const columns = { userId: c.text(), id: c.text(), price: c.decimal(38, 18) };
const quotes = defineTable("quotes", columns, { primaryKey: ["userId", "id"] });
const WHO = { by: "test", why: "memory" };
const [how = "", folder = "", count = "0"] = process.argv.slice(2);
const keys = Number(count);

interface Quote {
  readonly id: string;
  readonly price: string;
}
const keyOf = (at: number): string => `key-${String(at).padStart(8, "0")}`;
const toRow = ({ price }: Quote) => ({ price });
const fromRow = ({ id, price }: RowOf<typeof quotes>): Quote => ({ id, price: price.toFixed() });
/** The same, but td cannot know that. */
const fromOtherRow = ({ id, price }: RowOf<typeof quotes>): Quote => ({ id, price: price.toFixed() });

const [here, there] = [
  await openStorage(`sqlite:${join(folder, "here.db")}`, { tables: [...dualWriteTables, quotes] }),
  await openStorage(`sqlite:${join(folder, "there.db")}`, { tables: [quotes] }),
];
const control = here.forUser("u");
const legacy: RecordStore<Quote> = repositoryStore(control, quotes, { toRow, fromRow });
const next: RecordStore<Quote> = repositoryStore(there.forUser("u"), quotes, { toRow, fromRow: how === "read" ? fromOtherRow : fromRow });

if (how === "fill") {
  for (let from = 0; from < keys; from += 5000) {
    const rows = Array.from({ length: Math.min(5000, keys - from) }, (_, more) => ({ id: keyOf(from + more), price: `${more}.25` }));
    for (const storage of [here, there]) await storage.forUser("u").table(quotes).importMany(rows);
  }
  await there
    .forUser("u")
    .table(quotes)
    .delete({ id: keyOf(Math.floor(keys / 2)) });
} else {
  const dual = dualWrite({ name: how, legacy, next, control });
  await dual.advance(WHO);
  const { matched, missing } = await dual.verify();
  await dual.settled();
  process.stdout.write(JSON.stringify({ matched, missing, peakMB: peakMemory() }));
}
await Promise.all([here.close(), there.close()]);
