// The compiled queries of one table, each made at its first use.
import { layoutOf } from "./layout.ts";
import type { Layout, LayoutColumn } from "./layout.ts";
import type { Stored } from "./sqlite-codec.ts";
import type { AnyTable } from "./types.ts";
import { filterShape } from "./filter.ts";
import type { FilterPart } from "./filter.ts";

/** A compiled query. */
export interface Compiled {
  /** The SQL with the engine's placeholder for each parameter. */
  readonly sql: string;
  /** What to bind, in order: the names given when it was compiled. */
  readonly names: readonly string[];
}

/** What a select is compiled from; its parameters are `userId`, `f0` .. for the filter, `k0` .. for the cursor, and `limit`. */
export interface SelectShape {
  /** The conditions. */
  readonly filter: readonly FilterPart[];
  /** The columns of the order, without the user. */
  readonly order: readonly LayoutColumn[];
  /** The direction to read in. */
  readonly direction: "asc" | "desc";
  /** Whether reading starts after a given key. */
  readonly fromKey: boolean;
}

/** How an engine compiles the queries of a table. */
export interface QueryCompiler {
  /** The insert that leaves a standing row alone. */
  insert(table: AnyTable): Compiled;
  /** One row by its key. */
  get(table: AnyTable): Compiled;
  /** The delete of one row by its key. */
  delete(table: AnyTable): Compiled;
  /** Rows in an order. */
  select(table: AnyTable, shape: SelectShape): Compiled;
  /** The number of rows that meet a filter. */
  count(table: AnyTable, filter: readonly FilterPart[]): Compiled;
  /** The update of given columns of one row. */
  update(table: AnyTable, changed: readonly LayoutColumn[]): Compiled;
}

/** A table's layout and its compiled queries. */
export class Plan {
  /** The table. */
  readonly table: AnyTable;
  /** Its columns. */
  readonly layout: Layout;
  readonly #compiled = new Map<string, Compiled>();
  readonly #compiler: QueryCompiler;

  constructor(table: AnyTable, compiler: QueryCompiler) {
    this.table = table;
    this.#compiler = compiler;
    this.layout = layoutOf(table);
  }

  /** The insert that leaves a standing row alone; binds the columns in order. */
  insert(): Compiled {
    return this.#once("insert", () => this.#compiler.insert(this.table));
  }

  /** One row by its key; binds the key columns in order. */
  get(): Compiled {
    return this.#once("get", () => this.#compiler.get(this.table));
  }

  /** The delete of one row; binds the key columns in order. */
  delete(): Compiled {
    return this.#once("delete", () => this.#compiler.delete(this.table));
  }

  /** Rows in an order. */
  select(shape: SelectShape, order: string): Compiled {
    const key = `select ${order} ${shape.direction} ${shape.fromKey} ${filterShape(shape.filter)}`;
    return this.#once(key, () => this.#compiler.select(this.table, shape));
  }

  /** The number of rows that meet a filter. */
  count(filter: readonly FilterPart[]): Compiled {
    return this.#once(`count ${filterShape(filter)}`, () => this.#compiler.count(this.table, filter));
  }

  /** The update of given columns of one row. */
  update(changed: readonly LayoutColumn[]): Compiled {
    return this.#once(`update ${changed.map(({ property }) => property).join(",")}`, () => this.#compiler.update(this.table, changed));
  }

  #once(key: string, compile: () => Compiled): Compiled {
    const found = this.#compiled.get(key);
    if (found !== undefined) return found;
    const made = compile();
    this.#compiled.set(key, made);
    return made;
  }
}

/** What makes the plan of a table on one engine; a plan is made once per table. */
export function plansOf(compiler: QueryCompiler): (table: AnyTable) => Plan {
  const plans = new WeakMap<AnyTable, Plan>();
  return (table) => {
    const found = plans.get(table);
    if (found !== undefined) return found;
    const made = new Plan(table, compiler);
    plans.set(table, made);
    return made;
  };
}

/** The parameters of a compiled query in its order. */
export function bind(compiled: Compiled, values: ReadonlyMap<string, Stored>): readonly Stored[] {
  return compiled.names.map((name) => values.get(name) ?? null);
}
