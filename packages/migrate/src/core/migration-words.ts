// What a step does, in words, and what it takes away.
import type { MigrationStep } from "@td/storage";
import { columnName, isWider } from "@td/storage/internal";

/** What a step does. */
export function describeStep(step: MigrationStep): string {
  switch (step.kind) {
    case "create-table":
      return `create the table ${step.table.name}`;
    case "drop-table":
      return `drop the table ${step.table.name}`;
    case "add-column":
      return `add ${columnsOf(step.columns).join(", ")} to ${step.table}`;
    case "drop-column":
      return `drop ${columnsOf(step.columns).join(", ")} of ${step.table}`;
    case "create-index":
      return `create the ${step.unique ? "unique " : ""}index ${step.table}_${step.name}`;
    case "drop-index":
      return `drop the index ${step.table}_${step.name}`;
    case "rebuild-table":
      return `bring ${step.before.name} to another form`;
    case "sql":
      return step.does;
  }
}

/** Part of a table. */
export interface TablePart {
  /** The table. */
  readonly table: string;
  /** Columns; null for whole rows. */
  readonly columns: readonly string[] | null;
}

/** What a step takes away: rows, or the values of columns. */
export function destroyedBy(step: MigrationStep): readonly TablePart[] {
  switch (step.kind) {
    case "drop-table":
      return [{ table: step.table.name, columns: null }];
    case "drop-column":
      return [{ table: step.table, columns: columnsOf(step.columns) }];
    case "rebuild-table": {
      const columns = lostColumns(step);
      return columns.length === 0 ? [] : [{ table: step.before.name, columns }];
    }
    case "sql":
      return step.destroys.map((table) => ({ table, columns: null }));
    case "create-table":
    case "add-column":
    case "create-index":
    case "drop-index":
      return [];
  }
}

/** What a step brings back when the other direction had taken it: the counterpart of {@link destroyedBy}. */
export function broughtBackBy(step: MigrationStep): readonly TablePart[] {
  switch (step.kind) {
    case "create-table":
      return [{ table: step.table.name, columns: null }];
    case "add-column":
      return [{ table: step.table, columns: columnsOf(step.columns) }];
    case "rebuild-table": {
      const columns = lostColumns({ before: step.after, after: step.before });
      return columns.length === 0 ? [] : [{ table: step.before.name, columns }];
    }
    case "sql":
    case "drop-table":
    case "drop-column":
    case "create-index":
    case "drop-index":
      return [];
  }
}

function lostColumns({ before, after }: Pick<Extract<MigrationStep, { kind: "rebuild-table" }>, "before" | "after">): readonly string[] {
  return Object.entries(before.columns).flatMap(([property, { definition }]) => {
    const now = after.columns[property]?.definition;
    return now !== undefined && isWider(definition, now) ? [] : [columnName(property)];
  });
}

/** The names in the database of the columns of a spec. */
export function columnsOf(columns: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(columns).map(columnName);
}

/** The tables whose form or rows a step may change. */
export function touchedBy(step: MigrationStep): readonly string[] {
  if (step.kind === "sql") return step.touches;
  if (step.kind === "rebuild-table") return [step.before.name];
  return [typeof step.table === "string" ? step.table : step.table.name];
}
