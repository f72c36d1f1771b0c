// The host's own table, declared as td declares its: it gets the same repository, isolation and migrations.
import { migrateSchema } from "@td/migrate";
import { prefsSchema } from "@td/prefs";
import { c, defineSchema, defineTable, storageSchema, type ManagedSchema } from "@td/storage";

/** Prices at which a user wants to be told. They are still being moved here from a JSON file. */
export const priceAlerts = defineTable(
  "price_alerts",
  {
    userId: c.text(),
    id: c.text(),
    /** The market, as fills name it. */
    symbol: c.text(),
    direction: c.oneOf("above", "below"),
    price: c.decimal(38, 18),
    note: c.text().default(""),
    /** Grows with each update. */
    revision: c.int().assigned().default(1),
  },
  { primaryKey: ["userId", "id"], checks: { price_positive: { column: "price", is: ">", value: "0" } } },
);

/** What the host adds to td's own schema. A later change of `priceAlerts` is a migration here. */
export const ownSchemas: readonly ManagedSchema[] = [migrateSchema, prefsSchema, defineSchema({ name: "host", tables: [priceAlerts] })];

/** All schemas, in the order in which they build on each other. */
export const schemas: readonly ManagedSchema[] = [storageSchema, ...ownSchemas];
