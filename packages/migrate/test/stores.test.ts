// The stores of td, each held to the same cases.
import { join } from "node:path";
import { csvStore, jsonColumnStore, jsonFileStore, memoryStore, repositoryStore, type CsvRecord, type RecordStore } from "@td/migrate";
import { c, defineTable, type Scope } from "@td/storage";
import Driver from "better-sqlite3";
import { describe } from "vitest";
import { describeStore, type Quote } from "./store-conformance.ts";
import { folder, KINDS, userOn } from "./workbench.ts";

const quotes = defineTable(
  "test_quotes",
  { userId: c.text(), id: c.text(), symbol: c.text(), price: c.decimal(40, 20), note: c.text().nullable() },
  { primaryKey: ["userId", "id"] },
);

function rowStore(me: Scope): RecordStore<Quote> {
  return repositoryStore(me, quotes, {
    toRow: (value: Quote) => value,
    fromRow: ({ id, symbol, price, note }): Quote => ({ id, symbol, price: price.toFixed(), note }),
  });
}

describe("memoryStore", () => {
  describeStore("beside the record", async () => ({ store: memoryStore<Quote>() }));
});

describe.each([
  ["a list", "in the record", { key: "id" }],
  ["an object", "beside the record", { empty: "object" }],
  ["a wrapped list", "in the record", { key: "id", at: "quotes" }],
  ["a wrapped object", "beside the record", { at: "quotes", empty: "object" }],
] as const)("jsonFileStore over %s", (_what, keyLies, options) => {
  describeStore(keyLies, async () => {
    const path = join(folder(), "quotes.json");
    const open = (): RecordStore<Quote> => jsonFileStore<Quote>(path, options);
    return { store: open(), again: async () => open() };
  });
});

describe("jsonColumnStore", () => {
  describeStore("in the record", async () => {
    const file = join(folder(), "arena.db");
    const database = new Driver(file);
    database.exec(
      `create table arena_state (id integer primary key, state text not null); insert into arena_state values (1, '{"bots": []}')`,
    );
    database.close();
    const open = (): RecordStore<Quote> =>
      jsonColumnStore<Quote>({ file, table: "arena_state", column: "state", where: { id: 1 }, at: "quotes", key: "id" });
    return { store: open(), again: async () => open() };
  });
});

describe("csvStore", () => {
  describeStore("in the record", async () => {
    const path = join(folder(), "quotes.csv");
    const open = (): RecordStore<Quote> =>
      csvStore(path, { key: "id", columns: ["id", "symbol", "price", "note"] }) as unknown as RecordStore<Quote & CsvRecord>;
    return { store: open(), again: async () => open() };
  });
});

describe.each(KINDS)("repositoryStore on %s", (kind) => {
  describeStore("in the record", async () => {
    const me = await userOn(kind, [quotes]);
    return { store: rowStore(me), again: async () => rowStore(me) };
  });
});
