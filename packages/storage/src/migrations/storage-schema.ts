// td's own schema. Its history begins with the first form that stood on a disk; a table of which no migration speaks has never changed.
import { tdTables, tdViews } from "../tables/index.ts";
import { defineSchema } from "./define-schema.ts";
import {
  firstAllocations,
  firstComputationLog,
  firstCurrentVersion,
  secondAllocations,
  secondComputationLog,
  secondCurrentVersion,
} from "./first-ledger.ts";
import { DROP_TOTALS_TRIGGERS } from "../tables/trades-totals.ts";
import { firstTradesTotals } from "./first-trades-totals.ts";
import { createIndex, createTable, dropTable, rebuildTable, sql } from "./steps.ts";
import type { ManagedSchema } from "./types.ts";

/** The tables and views of @td/storage, and the migrations that bring databases of its older versions there. */
export const storageSchema: ManagedSchema = defineSchema({
  name: "td.storage",
  tables: tdTables,
  views: tdViews,
  migrations: [
    {
      id: "0001-fills-by-order",
      before: {
        sqlite: { fills: "db98987a13bcfbe2cffc15780c2fd0bb8fb2ca66d6871caa1706a6fd69e36c0c" },
        postgres: { fills: "866afe24d36140b9ce0d6237884456dc33621d15b1760a1df142b7fd6e4b29a5" },
      },
      up: [createIndex("fills", "by_order", ["userId", "orderId"])],
    },
    {
      // The ledger is derived from the fills: its versions are gone, as after a rollback to version 0, and the next computation makes one anew.
      id: "0002-ledger-in-runs",
      before: {
        sqlite: { fifo_allocations: "042357c4ddb86409afa74a8dfc897873dfa1f7534d841fda5819daa07b09d592" },
        postgres: { fifo_allocations: "8b5b41707813c57ce47eec62f566a8f0c8f62446e740c43edbbddfd628766060" },
      },
      up: [
        dropTable(firstAllocations),
        createTable(secondAllocations),
        dropTable(firstCurrentVersion),
        createTable(secondCurrentVersion),
        rebuildTable(firstComputationLog, secondComputationLog),
        sql({
          does: "mark the versions that are gone as rolled back, and take away their open lots",
          up: [
            `update "fifo_computation_log" set "status" = 'rolled_back' where "status" = 'completed'`,
            `delete from "fifo_inventory_snapshot"`,
          ],
          down: [`update "fifo_computation_log" set "status" = 'completed' where "status" = 'rolled_back'`],
          touches: ["fifo_computation_log"],
          destroys: ["fifo_inventory_snapshot"],
          backfill: true,
        }),
      ],
    },
    {
      // Empty: maintain() adds closes up. The triggers come with the newest form, whether it is made or reached.
      id: "0003-totals-of-trades",
      up: [
        createTable(firstTradesTotals),
        sql({ does: "let changes of trades take their totals away", up: [], down: DROP_TOTALS_TRIGGERS, destroys: [], backfill: true }),
      ],
    },
  ],
});
