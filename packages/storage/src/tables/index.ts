// The tables and views that every td database has.
import type { View } from "../table/define-view.ts";
import type { AnyTable } from "../table/types.ts";
import { counters } from "./counters.ts";
import { fills } from "./fills.ts";

/** The tables, in the order they are created. */
export const tdTables: readonly AnyTable[] = [counters, fills];

/** The views. */
export const tdViews: readonly View[] = [];
