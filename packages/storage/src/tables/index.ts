// The tables and views that every td database has.
import { credentialTables } from "../credentials/tables.ts";
import { StorageError } from "../errors.ts";
import type { View } from "../table/define-view.ts";
import { ledgerTables } from "../ledger/tables.ts";
import { ledgerViews } from "../ledger/views.ts";
import type { AnyTable } from "../table/types.ts";
import { counters } from "./counters.ts";
import { tradesTotals } from "./trades-totals.ts";
import { userTables } from "./user-tables.ts";

/** The tables, in the order they are created. */
export const tdTables: readonly AnyTable[] = [counters, ...userTables, tradesTotals, ...ledgerTables, ...credentialTables];

/** The views. */
export const tdViews: readonly View[] = ledgerViews;

/** td's tables and further ones. Throws `table-definition` when two have one name. */
export function checkedTables(extra: readonly AnyTable[]): readonly AnyTable[] {
  const tables = [...new Set([...tdTables, ...extra])];
  const twice = tables.find((table, at) => tables.findIndex(({ name }) => name === table.name) !== at);
  if (twice === undefined) return tables;
  throw new StorageError("table-definition", `Two different tables are named ${twice.name}: rename one.`, { facts: { table: twice.name } });
}
