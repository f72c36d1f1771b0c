// The numbers that td gives out: one row per user and counter. Never digested; never lowered, so that no number is given twice.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";

/** The counters of a user. */
export const counters = defineTable(
  "td_counters",
  {
    /** The user. */
    userId: c.text(),
    /** Which counter: a table's name. */
    name: c.text(),
    /** The last number given out. */
    value: c.int(),
  },
  { primaryKey: ["userId", "name"], digested: false },
);
