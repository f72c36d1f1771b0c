// Plans and maintenance on SQLite.
import { problemsOf, shapesOf } from "../care/explain.ts";
import type { ExplainReport, PlanFacts, PlanStep } from "../care/explain.ts";
import type { MaintainOptions, MaintainReport } from "../care/maintain.ts";
import type { AnyTable } from "../table/types.ts";
import type { Connection } from "./connection.ts";
import type { SqliteDatabase } from "./open.ts";
import { planOf } from "./plan.ts";

/** Looks at the plans of the shapes that the storage has or ran. */
export async function explainSqlite(database: SqliteDatabase, tables: readonly AnyTable[]): Promise<ExplainReport> {
  const shapes = shapesOf(tables, planOf, database.shapes());
  const names = new Set(tables.map(({ name }) => name));
  return database.writer.read(undefined, (connection) => {
    // Explaining alone would not notice that another process has changed the schema.
    connection.all("select count(*) from sqlite_schema");
    const problems = shapes.flatMap((shape) => problemsOf(names, shape, planFacts(connection, shape.sql)));
    return { shapes: shapes.length, problems };
  });
}

function planFacts({ database }: Connection, sql: string): PlanFacts {
  const binds = Array.from(sql.matchAll(/\?/g), () => null);
  const rows = database.prepare(`explain query plan ${sql}`).all(...binds) as readonly { readonly detail: string }[];
  const details = rows.map(({ detail }) => detail);
  return {
    steps: details.flatMap(stepOf),
    sorts: details.some((detail) => detail.includes("TEMP B-TREE FOR ORDER BY")),
    text: details.join("\n"),
  };
}

// SEARCH f USING INDEX fills_by_time (user_id=? AND executed_at>?)
function stepOf(detail: string): readonly PlanStep[] {
  const [, what, relation = "", rest = ""] = /^(SCAN|SEARCH) (?:main\.)?(\S+)(.*)$/.exec(detail) ?? [];
  return what === undefined ? [] : [{ relation, by: what === "SCAN" ? "" : (/\((.*)\)/.exec(rest)?.[1] ?? "") }];
}

/** Rows of an index that are looked at for its statistics: enough to rank indexes, and quick on a table of any size. */
const ANALYSIS_LIMIT = 1000;

/** Renews the statistics, copies the log into the file, and gives back room when asked. Waits for its turn among the writers. */
export async function maintainSqlite(
  database: SqliteDatabase,
  tables: readonly AnyTable[],
  { vacuum = false }: MaintainOptions,
): Promise<Omit<MaintainReport, "closes">> {
  const start = performance.now();
  const checkpointed = await database.writer.read(undefined, (connection) => {
    connection.exec(`pragma analysis_limit = ${ANALYSIS_LIMIT}`);
    for (const { name } of tables) connection.exec(`analyze main."${name}"`);
    // Other connections read the statistics anew when the schema's version has changed, and only then.
    connection.exec('begin immediate; create table "td_version" (a); drop table "td_version"; commit');
    if (vacuum) connection.exec("vacuum");
    const [, , copied] = connection.get("pragma wal_checkpoint(truncate)") ?? [];
    return typeof copied === "number" && copied >= 0 ? copied : null;
  });
  return { analyzed: tables.length, checkpointed, vacuumed: vacuum, ms: performance.now() - start };
}
