// Prepares a PostgreSQL database, from a connection of its owner: tables, policies, the role that works with them and its rights.
import { StorageError } from "../errors.ts";
import { textLiteral } from "../table/checks.ts";
import type { Schema } from "../table/schema.ts";
import type { AnyTable } from "../table/types.ts";
import { LEDGER_TABLE } from "../migrations/ledger.ts";
import { wantedSchema } from "../migrations/wanted-schema.ts";
import type { ManagedSchema } from "../migrations/types.ts";
import { AUDIT_TABLE } from "../system/audit.ts";
import type { Connection } from "./connection.ts";
import { postgresCode } from "./errors.ts";
import { connectOnce } from "./open.ts";
import { admitSystem } from "./policy.ts";
import { makeSchema } from "./schema.ts";
import { admitToScope } from "./scope-wall.ts";
import { scramVerifier } from "./scram.ts";

/** What is provisioned. */
export interface ProvisionOptions {
  /** The URL of the role that owns, or will own, the tables. It may create roles when `appRole` does not exist yet. */
  readonly ownerUrl: string;
  /** The role that the application connects as; created when absent. Letters, digits and _; never the owner. */
  readonly appRole: string;
  /** Its password: printable ASCII. Required when the role is to be created; sets a new one when it exists. */
  readonly password?: string;
  /**
   * The role that `storage.system` connects as (`systemUrl`), which alone reaches the rows of all users; created when absent. Letters, digits
   * and _; neither the owner nor `appRole`. Default none, and what an earlier call admitted stays.
   */
  readonly systemRole?: string;
  /** Its password, as `password` is for `appRole`. */
  readonly systemPassword?: string;
  /** Tables beside td's own, declared with `defineTable`. Default none. */
  readonly tables?: readonly AnyTable[];
  /** Schemas beside td's own, declared with `defineSchema`: their tables and views are made, and recorded as such. Default none. */
  readonly schemas?: readonly ManagedSchema[];
  /** The schema of the database that holds the tables; created when absent. Default `public`. */
  readonly schema?: string;
}

/**
 * Creates td's tables, views and policies, and the role of the application with its rights, all in one transaction. Safe to repeat: what is
 * there is checked, and put under its policies again.
 *
 * Throws `bad-request`, `bad-url`, `unsafe-role`, `schema-mismatch`, `not-allowed`, `cannot-open`, `server-unavailable`.
 */
export async function provisionPostgres(options: ProvisionOptions): Promise<void> {
  const { appRole, password, systemRole, systemPassword } = checked(options);
  const schema = options.schema ?? "public";
  const verifier = password === undefined ? undefined : await scramVerifier(password);
  const systemVerifier = systemPassword === undefined ? undefined : await scramVerifier(systemPassword);
  const connection = await connectOnce(options.ownerUrl, schema);
  try {
    await connection.command("begin");
    await connection.command(`select pg_advisory_xact_lock(${provisionLock})`);
    await makeRole(connection, appRole, verifier, "appRole");
    if (systemRole !== undefined) await makeRole(connection, systemRole, systemVerifier, "systemRole");
    // Checked first: creating it asks for a right that an owner of tables alone does not have.
    const there = await connection.command(`select from pg_namespace where nspname = $1`, [schema]);
    if (there.count === 0) await connection.command(`create schema "${schema}"`);
    const wanted = wantedSchema(options);
    await makeSchema(connection, wanted);
    for (const statement of grants(wanted, schema, appRole)) await connection.command(statement);
    if (systemRole !== undefined) {
      for (const statement of systemGrants(wanted, schema, systemRole)) await connection.command(statement);
    }
    await connection.command("commit");
  } finally {
    // What was not committed is taken back with the connection.
    await connection.close();
  }
}

/** The key of the lock under which td changes what a database contains; @td/migrate takes the same. */
export const provisionLock = "hashtextextended('td provision', 7464)";

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

function checked({ schema = "public", ...options }: ProvisionOptions): ProvisionOptions {
  for (const name of ["appRole", "systemRole"] as const) {
    if (!NAME.test(options[name] ?? "a")) throw badRequest(`${name} is a name of letters, digits and _`);
  }
  if (!NAME.test(schema)) throw badRequest("schema is a name of letters, digits and _");
  if (options.systemRole === options.appRole) throw badRequest("systemRole and appRole are two roles");
  for (const password of [options.password, options.systemPassword]) {
    if (password !== undefined && !/^[\x21-\x7e]{1,200}$/.test(password))
      throw badRequest("a password is 1 to 200 printable ASCII characters");
  }
  return options;
}

const ROLE = `select rolname = current_user, rolsuper or rolbypassrls from pg_roles where rolname = $1`;
const HARMLESS = "login nosuperuser nobypassrls nocreatedb nocreaterole noreplication";

async function makeRole(
  connection: Connection,
  role: string,
  verifier: string | undefined,
  option: "appRole" | "systemRole",
): Promise<void> {
  const { rows } = await connection.command(ROLE, [role]);
  const [owner, unsafe] = rows[0] ?? [];
  if (owner === "t" || unsafe === "t") {
    throw new StorageError(
      "unsafe-role",
      `The role ${role} ${owner === "t" ? "owns the tables" : "is a superuser or has BYPASSRLS"}: row level security would not hold it. Name another role as ${option}.`,
      { facts: { role } },
    );
  }
  if (rows.length === 0) {
    if (verifier === undefined) throw badRequest(`the role ${role} does not exist yet: give the password it shall have`);
    if (await createRole(connection, role, verifier)) return;
  }
  if (verifier !== undefined) await connection.command(`alter role "${role}" password ${textLiteral(verifier)}`);
}

/** Whether the role was created; false when another provisioning, of another database of the server, was faster. */
async function createRole(connection: Connection, role: string, verifier: string): Promise<boolean> {
  await connection.command("savepoint td_role");
  try {
    await connection.command(`create role "${role}" ${HARMLESS} password ${textLiteral(verifier)}`);
    return true;
  } catch (error) {
    const code = error instanceof StorageError ? postgresCode(error.cause) : "";
    if (code !== "23505" && code !== "42710") throw error;
    await connection.command("rollback to td_role");
    return false;
  }
}

/** The statements that give a role the rights of the application to tables and views. */
export function grants({ tables, views }: Schema, schema: string, role: string): readonly string[] {
  const to = `to "${role}"`;
  return [
    `grant usage on schema "${schema}" ${to}`,
    `revoke all on "td_schema" from public`,
    `grant select on "td_schema" ${to}`,
    `grant select on "${LEDGER_TABLE}" ${to}`,
    ...tables.flatMap(({ name }) => [`revoke all on "${name}" from "${role}"`, `grant select, insert, update, delete on "${name}" ${to}`]),
    ...views.map(({ name }) => `grant select on "${name}" ${to}`),
    ...admitToScope(role),
  ];
}

/** The statements that give a role the rights of the system to tables and views. */
export function systemGrants({ tables, views }: Schema, schema: string, role: string): readonly string[] {
  return [
    ...grants({ tables, views }, schema, role),
    // The right to maintain came with PostgreSQL 17; before, autovacuum does.
    `do $$ begin if current_setting('server_version_num')::int >= 170000 then ${tables.map(({ name }) => `grant maintain on "${name}" to "${role}";`).join(" ")} end if; end $$`,
    ...tables.flatMap((table) => admitSystem(table, role)),
    `revoke all on "${AUDIT_TABLE}" from "${role}"`,
    `grant select, insert on "${AUDIT_TABLE}" to "${role}"`,
  ];
}

function badRequest(what: string): StorageError {
  return new StorageError("bad-request", `This provisioning is not possible: ${what}.`);
}
