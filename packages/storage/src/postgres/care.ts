// Plans and maintenance on PostgreSQL.
import { problemsOf, shapesOf } from "../care/explain.ts";
import type { ExplainReport, PlanFacts, PlanProblem, PlanStep } from "../care/explain.ts";
import type { MaintainOptions, MaintainReport } from "../care/maintain.ts";
import { StorageError } from "../errors.ts";
import type { AnyTable } from "../table/types.ts";
import type { Statements } from "./connection.ts";
import { planOf } from "./plan.ts";
import type { Pool } from "./pool.ts";
import type { Transactions } from "./transactions.ts";

/** Nobody's rows: a plan for any user is asked for. */
const ANYBODY = "";

/**
 * Looks at the plans of the shapes that the storage has or ran, as the application's role. Reading a whole table is made as costly as can be: what
 * still does it has no index to use, while the server is free to choose it for a user who owns most of a small table.
 */
export async function explainPostgres(
  transactions: Transactions,
  tables: readonly AnyTable[],
  ran: Iterable<string>,
): Promise<ExplainReport> {
  const shapes = shapesOf(tables, planOf, ran);
  const names = new Set(tables.map(({ name }) => name));
  const problems: PlanProblem[] = [];
  await transactions.transaction(undefined, ANYBODY, async ({ gate }) => {
    await gate.command("set local enable_seqscan = off; set local enable_sort = off");
    for (const shape of shapes) problems.push(...problemsOf(names, shape, await planFacts(gate, shape.sql)));
  });
  return { shapes: shapes.length, problems };
}

interface Node {
  readonly "Node Type": string;
  readonly "Relation Name"?: string;
  readonly "Index Cond"?: string;
  readonly Plans?: readonly Node[];
}

async function planFacts(gate: Statements, sql: string): Promise<PlanFacts> {
  const { rows } = await gate.command(`explain (generic_plan, costs off, format json) ${sql}`);
  const text = String(rows[0]?.[0]);
  const nodes = (JSON.parse(text) as readonly { readonly Plan: Node }[]).flatMap(({ Plan }) => allNodes(Plan));
  return { steps: nodes.flatMap(stepOf), sorts: nodes.some((node) => node["Node Type"] === "Sort"), text };
}

function allNodes(node: Node): readonly Node[] {
  return [node, ...(node.Plans ?? []).flatMap(allNodes)];
}

function stepOf(node: Node): readonly PlanStep[] {
  const relation = node["Relation Name"];
  if (relation === undefined || !node["Node Type"].endsWith("Scan")) return [];
  const below = (node.Plans ?? []).flatMap(allNodes).map((inner) => inner["Index Cond"] ?? "");
  return [{ relation, by: [node["Index Cond"] ?? "", ...below].join(" ").trim() }];
}

/** Renews statistics, and gives back room when asked, on a connection of a role that may maintain the tables. */
export async function maintainPostgres(
  pool: Pool,
  tables: readonly AnyTable[],
  { vacuum = false }: MaintainOptions,
): Promise<Omit<MaintainReport, "closes">> {
  const start = performance.now();
  const connection = await pool.acquire();
  try {
    const { rows } = await connection.command("select current_setting('server_version_num')::int >= 170000", []);
    if (rows[0]?.[0] !== "t")
      throw new StorageError("not-allowed", "Before PostgreSQL 17 only the owner maintains tables: leave it to autovacuum.");
    for (const { name } of tables) await connection.command(`${vacuum ? "vacuum (analyze)" : "analyze"} "${name}"`);
  } finally {
    pool.release(connection);
  }
  return { analyzed: tables.length, checkpointed: null, vacuumed: vacuum, ms: performance.now() - start };
}
