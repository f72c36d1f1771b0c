// The compiled queries of each table on SQLite.
import { plansOf } from "../table/plan.ts";
import { sqliteCompiler } from "./compile.ts";

/** The plan of a table; made once. */
export const planOf = plansOf(sqliteCompiler);
