// The PostgreSQL engine: what openStorage loads when its URL begins with postgres:.
export { explainPostgres } from "./care.ts";
export { Feed } from "../changes/feed.ts";
export { openListen } from "./driver.ts";
export { openPostgres } from "./open.ts";
export type { PostgresDatabase, PostgresOptions } from "./open.ts";
export { provisionPostgres } from "./provision.ts";
export type { ProvisionOptions } from "./provision.ts";
export { PostgresSession } from "./session.ts";
export { openPostgresSystem } from "./system.ts";
