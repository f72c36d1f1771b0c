// The SQLite engine: what openStorage loads when its URL begins with sqlite:.
export { explainSqlite, maintainSqlite } from "./care.ts";
export { openSqlite } from "./open.ts";
export type { SqliteDatabase, SqliteOptions } from "./open.ts";
export { SqliteSession } from "./session.ts";
export { sqliteSystem } from "./system.ts";
