// Looks at the plans of every query shape: no user's table may be read from end to end, and no page may sort what an index orders.
import { orderOf } from "../table/orders.ts";
import type { Compiled, Plan } from "../table/plan.ts";
import { StorageError } from "../errors.ts";
import type { AnyTable } from "../table/types.ts";

/** A query whose plan is not what it should be. */
export interface PlanProblem {
  /** The SQL with placeholders. */
  readonly shape: string;
  /** What is wrong: `reads fills from end to end`, `reads fills without the user`, `sorts its rows`. */
  readonly problem: string;
  /** The plan, in the engine's words. */
  readonly plan: string;
}

/** The plans of all query shapes. */
export interface ExplainReport {
  /** Query shapes whose plans were looked at. */
  readonly shapes: number;
  /** Those that are not as they should be. */
  readonly problems: readonly PlanProblem[];
}

/** One step of a plan that reads a relation. */
export interface PlanStep {
  /** The relation, or what the query calls it. */
  readonly relation: string;
  /** The conditions by which an index is searched; empty when all rows are read. */
  readonly by: string;
}

/** What a plan does, in words common to the engines. */
export interface PlanFacts {
  /** The relations that it reads. */
  readonly steps: readonly PlanStep[];
  /** Whether it sorts rows. */
  readonly sorts: boolean;
  /** The plan in the engine's words. */
  readonly text: string;
}

/** Statements that are about the rows of all users by intent carry this mark. */
export const SYSTEM_MARK = "/* td:system */ ";

/** A shape to look at. */
export interface Shape {
  /** The SQL. */
  readonly sql: string;
  /** Whether it is a page in an order that an index has, so that it need not sort. */
  readonly ordered: boolean;
}

/** The shapes that the repositories of the tables have in all orders and directions, and those that ran otherwise. */
export function shapesOf(tables: readonly AnyTable[], planOf: (table: AnyTable) => Plan, ran: Iterable<string>): readonly Shape[] {
  const pages = new Map<string, Shape>();
  for (const table of tables) for (const { sql } of pagesOf(table, planOf(table))) pages.set(sql, { sql, ordered: true });
  const others = tables.flatMap((table) => [planOf(table).get(), planOf(table).delete(), planOf(table).count([])].map(({ sql }) => sql));
  for (const sql of [...others, ...ran]) if (!pages.has(sql) && explainable(sql)) pages.set(sql, { sql, ordered: false });
  return [...pages.values()];
}

function pagesOf(table: AnyTable, plan: Plan): readonly Compiled[] {
  const names = ["primaryKey", ...Object.keys(table.indexes)].filter((name) => isOrder(table, name));
  return names.flatMap((order) =>
    (["asc", "desc"] as const).flatMap((direction) =>
      [false, true].map((fromKey) => plan.select({ filter: [], order: orderOf(table, order).columns, direction, fromKey }, order)),
    ),
  );
}

function isOrder(table: AnyTable, name: string): boolean {
  try {
    return orderOf(table, name).columns.length > 0;
  } catch (error) {
    if (error instanceof StorageError) return false;
    throw error;
  }
}

function explainable(sql: string): boolean {
  return !sql.startsWith(SYSTEM_MARK) && /^\s*(?:select|with|insert|update|delete)\b/i.test(sql);
}

/** What is wrong with a shape whose plan is known. */
export function problemsOf(tables: ReadonlySet<string>, { sql, ordered }: Shape, plan: PlanFacts): readonly PlanProblem[] {
  const found = plan.steps.flatMap(({ relation, by }) => {
    const table = tableOf(tables, sql, relation);
    if (table === undefined || /\buser_id\b/.test(by)) return [];
    return [by === "" ? `reads ${table} from end to end` : `reads ${table} without the user`];
  });
  const sorts = ordered && plan.sorts ? ["sorts its rows"] : [];
  return [...new Set([...found, ...sorts])].map((problem) => ({ shape: sql, problem, plan: plan.text }));
}

/** The table that a plan means by a name: its own, or the alias that the query gives it wherever it gives it. */
function tableOf(tables: ReadonlySet<string>, sql: string, relation: string): string | undefined {
  if (tables.has(relation)) return relation;
  if (!/^\w+$/.test(relation)) return undefined;
  const aliased = new RegExp(
    String.raw`(?:from|join|,|into|update)\s+(?:main\.)?"?(\w+)"?(\([^()]*\))?\s+(?:as\s+)?"?${relation}"?\b`,
    "gi",
  );
  const meant = new Set(Array.from(sql.matchAll(aliased), ([, name = ""]) => name));
  const [only = ""] = meant;
  return meant.size === 1 && tables.has(only) ? only : undefined;
}
