// The tables and views that every td database has.
import { credentialTables } from "../credentials/tables.ts";
import type { View } from "../table/define-view.ts";
import { ledgerTables } from "../ledger/tables.ts";
import { ledgerViews } from "../ledger/views.ts";
import type { AnyTable } from "../table/types.ts";
import { counters } from "./counters.ts";
import { fills } from "./fills.ts";

/** The tables, in the order they are created. */
export const tdTables: readonly AnyTable[] = [counters, fills, ...ledgerTables, ...credentialTables];

/** The views. */
export const tdViews: readonly View[] = ledgerViews;
