// The SQL of each step on SQLite. Tables are made anew in the order that SQLite's manual gives: new table, rows, old one away, name.
import type { AnyTable, MigrationStep } from "@td/storage";
import { columnName, columnSql, layoutColumns } from "@td/storage/internal";
import { columnsOf } from "./migration-words.ts";
import { indexSql, putBackRows, putBackValues } from "./steps-shared.ts";
import type { StepContext } from "./steps-shared.ts";

/** The statements of a step. */
export function sqliteStatements(step: MigrationStep, context: StepContext): readonly string[] {
  switch (step.kind) {
    case "create-table":
      return [...step.table.ddl("sqlite"), ...putBackRows(step.table, context.history)];
    case "drop-table":
      return [`drop table "${step.table.name}"`];
    case "add-column":
      return [
        ...layoutColumns(step.columns).map((column) => `alter table "${step.table}" add column ${columnSql(step.table, column, "sqlite")}`),
        ...putBackValues(step.table, columnsOf(step.columns), context),
      ];
    case "drop-column":
      return columnsOf(step.columns).map((name) => `alter table "${step.table}" drop column "${name}"`);
    case "create-index":
      return [indexSql(step)];
    case "drop-index":
      return [`drop index "${step.table}_${step.name}"`];
    case "rebuild-table":
      return rebuild(step, context);
    case "sql":
      return step.up.sqlite;
  }
}

function rebuild(step: Extract<MigrationStep, { kind: "rebuild-table" }>, context: StepContext): readonly string[] {
  const { name } = step.after;
  const fresh = `td_new_${name}`;
  const [create = "", ...indexes] = step.after.ddl("sqlite");
  const names = columnsOf(step.after.columns);
  const values = Object.keys(step.after.columns).map((property) => valueOf(step, property, context));
  return [
    create.replace(`create table "${name}"`, `create table "${fresh}"`),
    `insert into "${fresh}" (${list(names)}) select ${values.join(", ")} from "${name}"${joined(context)}`,
    `drop table "${name}"`,
    `alter table "${fresh}" rename to "${name}"`,
    ...indexes,
    ...context.triggers,
  ];
}

// What a history table kept stands before what the expression gives; its columns come under names that no expression uses.
function valueOf(step: Extract<MigrationStep, { kind: "rebuild-table" }>, property: string, { history }: StepContext): string {
  const name = columnName(property);
  const value = step.fill[property]?.sqlite ?? carried(step.before, step.after, property);
  return history?.columns?.includes(name) === true ? `case when "td_h" = 1 then "td_h_${name}" else (${value}) end` : value;
}

function carried(before: AnyTable, after: AnyTable, property: string): string {
  const [old, now] = [before.columns[property]?.definition, after.columns[property]?.definition];
  const name = `"${columnName(property)}"`;
  if (old === undefined) return "null";
  if (old.kind !== "decimal" || now?.kind !== "decimal") return name;
  const [heads, tails] = [now.precision - now.scale - old.precision + old.scale, now.scale - old.scale];
  if (heads < 0 || tails < 0 || heads + tails === 0) return name;
  // Fixed-width text, below zero the ten's complement: it grows by nines on the left there, by zeros everywhere else.
  const grown = `case when substr(${name}, 1, 1) = '1' then '${"0".repeat(heads)}' else '${"9".repeat(heads)}' end`;
  return `substr(${name}, 1, 1) || ${grown} || substr(${name}, 2) || '${"0".repeat(tails)}'`;
}

function joined({ history, key }: StepContext): string {
  if (history === undefined) return "";
  const kept = [
    ...key.map((name, at) => `"${name}" as "td_h_key${at}"`),
    ...(history.columns ?? []).map((name) => `"${name}" as "td_h_${name}"`),
  ];
  const on = key.map((name, at) => `"td_h_key${at}" = "${name}"`);
  return ` left join (select 1 as "td_h", ${kept.join(", ")} from "${history.name}") on ${on.join(" and ")}`;
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
