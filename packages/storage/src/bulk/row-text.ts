// One text per row that both engines write alike inside the database, so that rows are digested where they lie. Never stored: only digests leave.
import type { LayoutColumn } from "../table/layout.ts";
import type { Engine } from "../table/types.ts";

/**
 * The SQL expression of a row's text: the stored spelling of each column, then a comma; `n` for null. Free text comes with its length in
 * bytes, so that no two rows have one text. Whoever changes the form gives the digests over it a new name: comparisons call it `td-rows/1`.
 */
export function rowTextSql(engine: Engine, columns: readonly LayoutColumn[]): string {
  const parts = columns.map((column) => {
    const text = engine === "sqlite" ? sqliteText(column) : postgresText(column);
    return column.definition.nullable ? `coalesce(${text}, 'n')` : text;
  });
  return `concat_ws(',', ${parts.join(", ")})`;
}

function sqliteText({ name, definition }: LayoutColumn): string {
  const column = `"${name}"`;
  switch (definition.kind) {
    case "text":
      return `octet_length(${column}) || ':' || ${column}`;
    case "json":
      return `td_jsonb_text(${column})`;
    case "oneOf":
    case "decimal":
    case "instant":
    case "int":
    case "bool":
      return column;
  }
}

// In the spelling of SQLite: of the two, PostgreSQL has the processors to spare.
function postgresText({ name, definition }: LayoutColumn): string {
  const column = `"${name}"`;
  switch (definition.kind) {
    case "text":
      return `octet_length(${column}) || ':' || ${column}`;
    case "decimal":
      return decimalText(column, definition.precision, definition.scale);
    case "instant":
      return `(extract(epoch from ${column}) * 1000000)::bigint::text`;
    case "bool":
      return `${column}::int::text`;
    case "json":
    case "int":
      return `${column}::text`;
    case "oneOf":
      return column;
  }
}

/** Value x 10^s + 10^p, in p + 1 digits: what SQLite stores. The sum has exactly the column's decimals, so only its point must go. */
function decimalText(column: string, precision: number, scale: number): string {
  const digits = `replace((${column} + 1e${precision - scale}::numeric)::text, '.', '')`;
  return `case when ${column} >= 0 then ${digits} else lpad(${digits}, ${precision + 1}, '0') end`;
}
