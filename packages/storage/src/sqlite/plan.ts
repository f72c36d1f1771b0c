// The compiled queries of one table, each made at its first use.
import { StorageError } from "../errors.ts";
import type { CursorPlace } from "../table/cursor.ts";
import { layoutOf } from "../table/layout.ts";
import type { Layout, LayoutColumn } from "../table/layout.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import { compileCount, compileDelete, compileGet, compileInsert, compileSelect, compileUpdate } from "./compile.ts";
import type { Compiled, SelectShape } from "./compile.ts";
import { filterShape } from "./filter.ts";
import type { FilterPart } from "./filter.ts";

/** A table's layout and its compiled queries. */
export class Plan {
  /** The table. */
  readonly table: AnyTable;
  /** Its columns. */
  readonly layout: Layout;
  readonly #compiled = new Map<string, Compiled>();
  readonly #orders = new Map<string, CursorPlace>();

  constructor(table: AnyTable) {
    this.table = table;
    this.layout = layoutOf(table);
  }

  /** The insert that leaves a standing row alone; binds the columns in order. */
  insert(): Compiled {
    return this.#once("insert", () => compileInsert(this.table));
  }

  /** One row by its key; binds the key columns in order. */
  get(): Compiled {
    return this.#once("get", () => compileGet(this.table));
  }

  /** The delete of one row; binds the key columns in order. */
  delete(): Compiled {
    return this.#once("delete", () => compileDelete(this.table));
  }

  /** Rows in an order. */
  select(shape: SelectShape, order: string): Compiled {
    const key = `select ${order} ${shape.direction} ${shape.fromKey} ${filterShape(shape.filter)}`;
    return this.#once(key, () => compileSelect(this.table, shape));
  }

  /** The number of rows that meet a filter. */
  count(filter: readonly FilterPart[]): Compiled {
    return this.#once(`count ${filterShape(filter)}`, () => compileCount(this.table, filter));
  }

  /** The update of given columns of one row. */
  update(changed: readonly LayoutColumn[]): Compiled {
    return this.#once(`update ${changed.map(({ property }) => property).join(",")}`, () => compileUpdate(this.table, changed));
  }

  /** The columns of an order: those of the index, then what the primary key adds to make it unique. Throws `bad-request`. */
  order(name: string): CursorPlace {
    const found = this.#orders.get(name);
    if (found !== undefined) return found;
    const made = { table: this.table.name, order: name, columns: this.#orderColumns(name) };
    this.#orders.set(name, made);
    return made;
  }

  #orderColumns(name: string): readonly LayoutColumn[] {
    const index = name === "primaryKey" ? this.table.primaryKey : this.table.indexes[name];
    const properties = index === undefined ? [] : [...new Set([...index, ...this.table.primaryKey])].slice(1);
    const columns = properties.flatMap((property) => this.layout.byProperty.get(property) ?? []);
    if (index !== undefined && columns.every((column) => !column.definition.nullable)) return columns;
    throw new StorageError(
      "bad-request",
      `${this.table.name} cannot be ordered by ${name}: use primaryKey or an index without nullable columns.`,
      { facts: { table: this.table.name, order: name } },
    );
  }

  #once(key: string, compile: () => Compiled): Compiled {
    const found = this.#compiled.get(key);
    if (found !== undefined) return found;
    const made = compile();
    this.#compiled.set(key, made);
    return made;
  }
}

const plans = new WeakMap<AnyTable, Plan>();

/** The plan of a table; made once. */
export function planOf(table: AnyTable): Plan {
  const found = plans.get(table);
  if (found !== undefined) return found;
  const made = new Plan(table);
  plans.set(table, made);
  return made;
}

/** The parameters of a compiled query in its order. */
export function bind(compiled: Compiled, values: ReadonlyMap<string, Stored>): readonly Stored[] {
  return compiled.names.map((name) => values.get(name) ?? null);
}
