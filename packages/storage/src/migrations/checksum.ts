// What a migration is, whatever it was written in: the text that its checksum is made of.
import { createHash } from "node:crypto";
import { canonicalJson } from "../table/json-codec.ts";
import type { AnyTable, ColumnSpec } from "../table/types.ts";
import { canonicalSql } from "./sql-text.ts";
import type { Migration, MigrationStep } from "./types.ts";

/** The way the checksum is computed. A ledger keeps it with each checksum: another way is told apart from another migration. */
const ALGORITHM = "c1";

/**
 * What is done, step by step, as one JSON line each. A declared table stands for itself, not for the SQL that a version of td makes of it; SQL
 * stands without comments, line ends and layout. How the migration is named and which file it is in is no part of it.
 */
export function canonicalSteps(steps: readonly MigrationStep[]): string {
  return steps.map((step) => canonicalJson(stepContent(step))).join("\n");
}

/** The canonical text of a migration: what it does and whether in a transaction. How it is undone is no part of it. */
export function canonicalMigration({ up, transaction }: Migration): string {
  return `${transaction === false ? "without a transaction\n" : ""}${canonicalSteps(up)}`;
}

/** The checksum of a migration, with the way it is computed: `c1:` and 64 hex digits. */
export function migrationChecksum(migration: Migration): string {
  return `${ALGORITHM}:${createHash("sha256").update(canonicalMigration(migration)).digest("hex")}`;
}

function stepContent(step: MigrationStep): unknown {
  switch (step.kind) {
    case "create-table":
    case "drop-table":
      return { kind: step.kind, table: tableContent(step.table) };
    case "add-column":
    case "drop-column":
      return { kind: step.kind, table: step.table, columns: columnsContent(step.columns) };
    case "create-index":
    case "drop-index":
      return { ...step };
    case "rebuild-table":
      return { kind: step.kind, before: tableContent(step.before), after: tableContent(step.after), fill: fillContent(step.fill) };
    case "sql":
      return { kind: step.kind, up: { sqlite: step.up.sqlite.map(canonicalSql), postgres: step.up.postgres.map(canonicalSql) } };
  }
}

function fillContent(fill: Extract<MigrationStep, { kind: "rebuild-table" }>["fill"]): unknown {
  return Object.fromEntries(
    Object.entries(fill).map(([name, { sqlite, postgres }]) => [name, [canonicalSql(sqlite), canonicalSql(postgres)]]),
  );
}

function tableContent({ name, columns, primaryKey, indexes, unique, checks, foreignKeys, clustered }: AnyTable): unknown {
  return { name, columns: columnsContent(columns), primaryKey, indexes, unique, checks, foreignKeys, clustered };
}

// What the database has of a column. Defaults and numbering are td's, so they may change without a migration.
function columnsContent(columns: ColumnSpec): unknown {
  return Object.fromEntries(
    Object.entries(columns).map(([property, { definition }]) => {
      const { kind, nullable } = definition;
      const more = kind === "oneOf" ? definition.values : kind === "decimal" ? [definition.precision, definition.scale] : [];
      return [property, [kind, nullable, ...more]];
    }),
  );
}
