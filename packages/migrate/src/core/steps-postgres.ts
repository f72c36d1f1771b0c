// The SQL of each step on PostgreSQL. A table of another form is altered: constraints away, columns and values, constraints back.
import type { AnyTable, MigrationStep } from "@td/storage";
import {
  checkLines,
  columnName,
  columnSql,
  foreignKeySql,
  layoutColumns,
  postgresCheck,
  postgresType,
  protect,
  textLiteral,
} from "@td/storage/internal";
import type { LayoutColumn } from "@td/storage/internal";
import { columnsOf } from "./migration-words.ts";
import { indexSql, putBackRows, putBackValues } from "./steps-shared.ts";
import type { StepContext } from "./steps-shared.ts";

/** The statements of a step. */
export function postgresStatements(step: MigrationStep, context: StepContext): readonly string[] {
  switch (step.kind) {
    case "create-table":
      return [...step.table.ddl("postgres"), ...putBackRows(step.table, context.history), ...protect(step.table)];
    case "drop-table":
      return [`drop table "${step.table.name}"`];
    case "add-column":
      return [
        ...layoutColumns(step.columns).map(
          (column) => `alter table "${step.table}" add column ${columnSql(step.table, column, "postgres")}`,
        ),
        ...putBackValues(step.table, columnsOf(step.columns), context),
      ];
    case "drop-column":
      return columnsOf(step.columns).map((name) => `alter table "${step.table}" drop column "${name}"`);
    case "create-index":
      return [indexSql(step, step.concurrently ? "concurrently " : "")];
    case "drop-index":
      return [`drop index ${step.concurrently ? "concurrently " : ""}"${step.table}_${step.name}"`];
    case "rebuild-table":
      return alter(step, context);
    case "sql":
      return step.up.postgres;
  }
}

type Rebuild = Extract<MigrationStep, { kind: "rebuild-table" }>;

function alter(step: Rebuild, context: StepContext): readonly string[] {
  const { before, after } = step;
  const [old, now] = [layoutColumns(before.columns), layoutColumns(after.columns)];
  const [keysBefore, keysAfter] = [namedKeys(before), namedKeys(after)];
  const [checksBefore, checksAfter] = [checkLines(before, old, "postgres"), checkLines(after, now, "postgres")];
  const [refsBefore, refsAfter] = [before.foreignKeys.map(foreignKeySql), after.foreignKeys.map(foreignKeySql)];
  const table = `alter table "${after.name}"`;
  const brought = context.history?.columns ?? [];
  return [
    ...leaving(keysBefore, keysAfter).map((key) => `drop index "${key.name}"`),
    ...[...checksBefore]
      .filter((line) => !checksAfter.includes(line))
      .map((line) => `${table} drop ${/^constraint "[^"]+"/.exec(line)?.[0] ?? line}`),
    ...before.foreignKeys.filter((key) => !refsAfter.includes(foreignKeySql(key))).map((key) => dropReference(after.name, key.columns)),
    ...columnsAway(step, old),
    ...columnsIn(step, now),
    ...putBackValues(after.name, brought, context),
    ...nullability(step, now),
    ...old.filter(({ property }) => after.columns[property] === undefined).map(({ name }) => `${table} drop column "${name}"`),
    ...conditionsIn(step, now),
    ...checksAfter.filter((line) => !checksBefore.includes(line)).map((line) => `${table} add ${line}`),
    ...refsAfter.filter((line) => !refsBefore.includes(line)).map((line) => `${table} add ${line}`),
    ...leaving(keysAfter, keysBefore).map(({ sql }) => sql),
  ];
}

function namedKeys(table: AnyTable): readonly { readonly name: string; readonly sql: string }[] {
  const index = (unique: boolean) => {
    return ([name, columns]: readonly [string, readonly string[]]) => {
      const step = { kind: "create-index", table: table.name, name, columns, unique, concurrently: false } as const;
      return { name: `${table.name}_${name}`, sql: indexSql(step) };
    };
  };
  return [...Object.entries(table.unique).map(index(true)), ...Object.entries(table.indexes).map(index(false))];
}

function leaving(from: ReturnType<typeof namedKeys>, to: ReturnType<typeof namedKeys>): ReturnType<typeof namedKeys> {
  return from.filter(({ sql }) => !to.some((other) => other.sql === sql));
}

// References have no names of td's own: found by their columns.
function dropReference(table: string, columns: readonly string[]): string {
  const names = columns.map((property) => textLiteral(columnName(property))).join(", ");
  return `do $$ declare found text; begin
  select k.conname into strict found from pg_constraint k where k.conrelid = to_regclass('"${table}"') and k.contype = 'f' and k.conkey = (
    select array_agg(a.attnum order by u.place) from unnest(array[${names}]) with ordinality as u(name, place)
    join pg_attribute a on a.attrelid = k.conrelid and a.attname = u.name);
  execute format('alter table "${table}" drop constraint %I', found);
end $$`;
}

function changed({ before }: Rebuild, column: LayoutColumn): LayoutColumn | undefined {
  const old = before.columns[column.property];
  return old === undefined ? undefined : layoutColumns({ [column.property]: old })[0];
}

function columnsAway({ after }: Rebuild, old: readonly LayoutColumn[]): readonly string[] {
  return old.flatMap((column) => {
    const now =
      after.columns[column.property] === undefined ? undefined : layoutColumns(after.columns).find(({ name }) => name === column.name);
    const [was, is] = [postgresCheck(column), now === undefined ? "" : postgresCheck(now)];
    return was === "" || was === is || now === undefined
      ? []
      : [`alter table "${after.name}" drop constraint "${after.name}_${column.name}_form"`];
  });
}

function columnsIn(step: Rebuild, now: readonly LayoutColumn[]): readonly string[] {
  const table = step.after.name;
  return now.flatMap((column) => {
    const old = changed(step, column);
    const fill = step.fill[column.property]?.postgres;
    const set = fill === undefined ? [] : [`update "${table}" set "${column.name}" = ${fill}`];
    if (old === undefined) return [`alter table "${table}" add column "${column.name}" ${postgresType(column)}`, ...set];
    if (postgresType(old) === postgresType(column)) return set;
    const using = fill ?? `"${column.name}"::${postgresType(column).replace(/ collate .*/, "")}`;
    return [`alter table "${table}" alter column "${column.name}" type ${postgresType(column)} using (${using})`];
  });
}

function nullability(step: Rebuild, now: readonly LayoutColumn[]): readonly string[] {
  return now.flatMap((column) => {
    const was = changed(step, column)?.definition.nullable ?? true;
    if (was === column.definition.nullable) return [];
    return [`alter table "${step.after.name}" alter column "${column.name}" ${was ? "set" : "drop"} not null`];
  });
}

function conditionsIn(step: Rebuild, now: readonly LayoutColumn[]): readonly string[] {
  const table = step.after.name;
  return now.flatMap((column) => {
    const old = changed(step, column);
    const [was, is] = [old === undefined ? "" : postgresCheck(old), postgresCheck(column)];
    return is === "" || was === is ? [] : [`alter table "${table}" add constraint "${table}_${column.name}_form" check (${is})`];
  });
}
