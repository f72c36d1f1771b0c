// The compiled queries of each table on PostgreSQL, and what they bind.
import type { FilterPart } from "../table/filter.ts";
import { plansOf } from "../table/plan.ts";
import type { Compiled } from "../table/plan.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import { postgresCompiler } from "./compile.ts";
import { wireArray, wireOf } from "./wire.ts";
import type { Wire } from "./wire.ts";

/** The plan of a table; made once. */
export const planOf = plansOf(postgresCompiler);

/** The parameters of a compiled query in its order. */
export function bindWire(compiled: Compiled, values: ReadonlyMap<string, Wire>): readonly Wire[] {
  return compiled.names.map((name) => values.get(name) ?? null);
}

/** The parameters of a filter, by name. */
export function filterWire(parts: readonly FilterPart[]): readonly (readonly [string, Wire])[] {
  return parts.map((part, at) => [`f${at}`, operandWire(part)] as const);
}

// The list of `in` is kept as JSON.
function operandWire({ column, operator, value }: FilterPart): Wire {
  return operator === "in" ? wireArray(column, JSON.parse(String(value)) as readonly Stored[]) : wireOf(column, value);
}
