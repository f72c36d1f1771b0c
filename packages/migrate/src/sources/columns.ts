// The columns of a source beside the fields of a schema: a difference is told before anything is read.
import type { KnownFields } from "../core/validate.ts";
import { MigrateError } from "../errors.ts";

/** Throws `duplicate-column`, `missing-column` or `unknown-column`. `are` begins the sentence that lists the columns: `The header is`. */
export function checkColumns(path: string, are: string, names: readonly string[], { names: known, required, open }: KnownFields): void {
  const refuse = (code: ColumnCode, columns: readonly string[], what: string): MigrateError =>
    columnError(code, path, columns, what, `${are}: ${names.join(", ")}.`, names);
  const twice = names.filter((name, at) => names.indexOf(name) < at);
  if (twice.length > 0) throw refuse("duplicate-column", twice, "appears twice in the header: rename or remove one of them");
  const missing = required.filter((name) => !names.includes(name));
  if (missing.length > 0) throw refuse("missing-column", missing, "is missing: export it too, or make it optional in the schema");
  // An object cannot have a field of its own called __proto__ by assignment.
  const unknown = names.filter((name) => name === "__proto__" || (!open && !known.includes(name)));
  if (unknown.length > 0)
    throw refuse("unknown-column", unknown, "is not known: name it in the schema, or use z.looseObject to let others pass");
}

type ColumnCode = "duplicate-column" | "missing-column" | "unknown-column";

function columnError(
  code: ColumnCode,
  path: string,
  columns: readonly string[],
  what: string,
  all: string,
  header: readonly string[],
): MigrateError {
  const listed = columns.map((name) => JSON.stringify(name)).join(", ");
  return new MigrateError(code, `${path}: the column ${listed} ${what}. ${all}`, { facts: { path, columns, header } });
}
