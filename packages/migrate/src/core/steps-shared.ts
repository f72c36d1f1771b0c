// The SQL of steps that both engines take.
import type { AnyTable, MigrationStep } from "@td/storage";
import { columnName } from "@td/storage/internal";
import { columnsOf } from "./migration-words.ts";

/** What a step has to know of the database. */
export interface StepContext {
  /** The history table from which the step brings values back; `undefined` when there is none. */
  readonly history: { readonly name: string; readonly columns: readonly string[] | null } | undefined;
  /** The primary key of the table. */
  readonly key: readonly string[];
  /** SQLite: the statements of the table's triggers, which go with the table that is made anew. */
  readonly triggers: readonly string[];
}

/** The statement that makes an index. */
export function indexSql(step: Extract<MigrationStep, { kind: "create-index" | "drop-index" }>, concurrently = ""): string {
  const columns = step.columns.map((property) => `"${columnName(property)}"`).join(", ");
  return `create ${step.unique ? "unique " : ""}index ${concurrently}"${step.table}_${step.name}" on "${step.table}" (${columns})`;
}

/** The statements that bring a table's rows back. */
export function putBackRows(table: AnyTable, history: StepContext["history"]): readonly string[] {
  if (history === undefined) return [];
  const columns = columnsOf(table.columns)
    .map((name) => `"${name}"`)
    .join(", ");
  return [`insert into "${table.name}" (${columns}) select ${columns} from "${history.name}"`];
}

/** The statements that bring back the values of columns, to the rows that are still there. */
export function putBackValues(table: string, columns: readonly string[], { history, key }: StepContext): readonly string[] {
  if (history === undefined) return [];
  const set = columns.map((name) => `"${name}" = h."${name}"`).join(", ");
  const on = key.map((name) => `"${table}"."${name}" = h."${name}"`).join(" and ");
  return [`update "${table}" set ${set} from "${history.name}" as h where ${on}`];
}
