// What storages of a copy are opened with: also by the programs that are killed, so nothing of vitest is in here.
import { importTables } from "@td/migrate";
import { c, defineTable, type StorageOptions } from "@td/storage";

/** A host's own table, whose key has one column of each kind that must sort alike on both engines. */
export const marks = defineTable(
  "marks",
  { userId: c.text(), at: c.instant(), level: c.decimal(20, 8), n: c.int(), name: c.text(), up: c.bool(), note: c.json().nullable() },
  { primaryKey: ["userId", "at", "level", "n", "name", "up"] },
);

/** A host's own table that refers to {@link pages}; declared before it. */
export const lines = defineTable(
  "a_lines",
  { userId: c.text(), id: c.text(), page: c.text() },
  { primaryKey: ["userId", "id"], foreignKeys: [{ columns: ["userId", "page"], references: "z_pages", to: ["userId", "id"] }] },
);

/** What {@link lines} refer to. */
export const pages = defineTable("z_pages", { userId: c.text(), id: c.text(), seq: c.sequence() }, { primaryKey: ["userId", "id"] });

/** The tables beside td's own, in the order of making: what is referred to first. */
export const TABLES = [...importTables, marks, pages, lines];

/** The key that seals the credentials of both sides: bytes that a test may know. */
const KEYRING = { active: { id: "k1", key: Uint8Array.from({ length: 32 }, (_, at) => at * 5) } };

/** How every storage of a copy is opened. */
export const OPTIONS = { tables: TABLES, durability: "normal", keyring: KEYRING } satisfies StorageOptions;
