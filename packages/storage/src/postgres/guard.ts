// The check at start-up: a role that row level security does not hold, or a table without it, is refused before any row is read.
import { randomUUID } from "node:crypto";
import { StorageError } from "../errors.ts";
import type { Schema } from "../table/schema.ts";
import type { Connection } from "./connection.ts";
import { AUDIT_TABLE } from "../system/audit.ts";
import { isOwnRows, POLICY, SCOPE_USER, SYSTEM_POLICY } from "./policy.ts";
import type { ScopeKey } from "./scope-key.ts";
import { PROOF_SETTING, SCOPE_KEY, USER_SETTING } from "./scope-wall.ts";
import type { WireRow } from "./wire.ts";

const ROLE = `select r.rolname, r.rolsuper, r.rolbypassrls,
  (select string_agg(s.rolname, ', ' order by s.rolname) from pg_roles s
    where (s.rolsuper or s.rolbypassrls) and s.oid <> r.oid and pg_has_role(r.oid, s.oid, 'MEMBER'))
from pg_roles r where r.rolname = current_user`;

const RELATIONS = `select c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_has_role(current_user, c.relowner, 'MEMBER'),
  has_table_privilege(c.oid, 'TRUNCATE, REFERENCES, TRIGGER'), coalesce(array_to_string(c.reloptions, ','), '')
from unnest($1::text[]) as u(name) join pg_class c on c.oid = to_regclass(quote_ident(u.name))`;

const POLICIES = `select c.relname, p.polname, p.polpermissive, p.polcmd, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)
from unnest($1::text[]) as u(name) join pg_class c on c.oid = to_regclass(quote_ident(u.name)) join pg_policy p on p.polrelid = c.oid
where exists (select from unnest(p.polroles) as o(role) where o.role = 0 or pg_has_role(current_user, o.role, 'MEMBER'))`;

const KEY_RIGHTS = `select 'is owned by the role' where pg_has_role(current_user, (select relowner from pg_class where oid = to_regclass('${SCOPE_KEY}')), 'MEMBER')
union all select 'can be read or changed by the role' where has_table_privilege(to_regclass('${SCOPE_KEY}'), 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
  or has_any_column_privilege(to_regclass('${SCOPE_KEY}'), 'SELECT, INSERT, UPDATE, REFERENCES')
union all select 'is missing' where to_regclass('${SCOPE_KEY}') is null`;

/** Refuses a role or tables with which one user could reach another's rows. Throws `unsafe-role`, `unprotected-table`. */
export async function checkProtection(connection: Connection, schema: Schema): Promise<void> {
  const tables = `{${schema.tables.map(({ name }) => name).join(",")}}`;
  const views = `{${schema.views.map(({ name }) => name).join(",")}}`;
  const [role, relations, policies, shown, key] = await Promise.all([
    connection.command(ROLE, []),
    connection.command(RELATIONS, [tables]),
    connection.command(POLICIES, [tables]),
    connection.command(RELATIONS, [views]),
    connection.command(KEY_RIGHTS, []),
  ]);
  refuseRole(connection.path, role.rows[0] ?? []);
  const problems = new Map<string, readonly string[]>([
    ...relations.rows.map((row) => [String(row[0]), tableProblems(row, policies.rows)] as const),
    ...shown.rows.map(
      (row) => [String(row[0]), row[5]?.includes("security_invoker=true") === true ? [] : ["reads with its owner's rights"]] as const,
    ),
    [SCOPE_KEY, key.rows.map(([problem]) => String(problem))],
  ]);
  refuseTables(
    connection.path,
    [...problems].filter(([, found]) => found.length > 0),
  );
}

/**
 * Shows that the database itself holds the role to the users that td binds: another user's id with the proof of this one is refused, and the
 * proof of the key that td was given is taken. Throws `unprotected-table`.
 */
export async function proveWall(connection: Connection, key: ScopeKey): Promise<void> {
  const [someone, other] = [randomUUID(), randomUUID()];
  const forged = await userShown(connection, other, key.proofOf(someone));
  const proved = await userShown(connection, someone, key.proofOf(someone));
  if (forged === undefined && proved === someone) return;
  refuseTables(connection.path, [[SCOPE_USER, [forged === undefined ? "does not know td's key" : "shows a user without proof"]]]);
}

/** Whom the policies see when both are set; `undefined` when they see nobody. */
async function userShown(connection: Connection, user: string, proof: string): Promise<string | undefined> {
  await connection.command("begin");
  try {
    await connection.command(`select set_config('${USER_SETTING}', $1, true), set_config('${PROOF_SETTING}', $2, true)`, [user, proof]);
    const { rows } = await connection.command(`select "user_id" from "${SCOPE_USER}"`, []);
    return rows[0]?.[0] ?? undefined;
  } catch (error) {
    if (error instanceof StorageError && error.code === "not-allowed") return undefined;
    throw error;
  } finally {
    await connection.command("rollback");
  }
}

const AUDIT_RIGHTS = `select has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'INSERT'),
  has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') or pg_has_role(current_user, c.relowner, 'MEMBER')
from pg_class c where c.oid = to_regclass(quote_ident($1))`;

/** Refuses a role for the system that can more than it must, or less. Throws `unsafe-role`, `unprotected-table`. */
export async function checkSystemProtection(connection: Connection, schema: Schema): Promise<void> {
  const tables = `{${schema.tables.map(({ name }) => name).join(",")}}`;
  const [role, relations, policies, audit] = await Promise.all([
    connection.command(ROLE, []),
    connection.command(RELATIONS, [tables]),
    connection.command(POLICIES, [tables]),
    connection.command(AUDIT_RIGHTS, [AUDIT_TABLE]),
  ]);
  refuseRole(connection.path, role.rows[0] ?? []);
  const problems = relations.rows.map((row) => [String(row[0]), systemProblems(row, policies.rows)] as const);
  const [writes, rewrites] = audit.rows[0] ?? [];
  const ofAudit = writes === "t" && rewrites === "f" ? [] : ["must be readable and grow, and nothing else, for the role"];
  refuseTables(
    connection.path,
    [...problems, [AUDIT_TABLE, ofAudit] as const].filter(([, found]) => found.length > 0),
  );
}

function systemProblems([name, enabled, forced, owned, mighty]: WireRow, policies: readonly WireRow[]): readonly string[] {
  const admitted = policies.some(([table, policy, permissive, command, using]) => {
    return table === name && policy === SYSTEM_POLICY && permissive === "t" && command === "*" && using === "true";
  });
  return [
    ...(owned === "t" ? ["is owned by the role"] : []),
    ...(enabled === "t" && forced === "t" ? [] : ["does not force row level security"]),
    ...(admitted ? [] : [`lacks the policy ${SYSTEM_POLICY} for the role`]),
    ...(mighty === "t" && owned !== "t" ? ["can be truncated, referenced or given triggers by the role"] : []),
  ];
}

function refuseRole(path: string, [name, superuser, bypass, through]: WireRow): void {
  const why = [
    ...(superuser === "t" ? ["is a superuser"] : []),
    ...(bypass === "t" ? ["has BYPASSRLS"] : []),
    ...((through ?? null) === null || superuser === "t" ? [] : [`is a member of ${through ?? ""}, which row level security does not hold`]),
  ];
  if (why.length === 0) return;
  throw new StorageError(
    "unsafe-role",
    `The role ${name ?? ""} on ${path} ${why.join(" and ")}: users would not be kept apart. Connect as the role that provisionPostgres made.`,
    { facts: { path, role: name, problems: why } },
  );
}

function tableProblems([name, enabled, forced, owned, mighty]: WireRow, policies: readonly WireRow[]): readonly string[] {
  const own = policies.filter(([table]) => table === name);
  const rule = own.find(([, policy, permissive, command, using, check]) => {
    return policy === POLICY && permissive === "t" && command === "*" && isOwnRows(using ?? null) && isOwnRows(check ?? null);
  });
  const wider = own.filter(([, policy, permissive]) => policy !== POLICY && permissive === "t").map((policy) => policy[1]);
  return [
    ...(owned === "t" ? ["is owned by the role"] : []),
    ...(enabled === "t" ? [] : ["has no row level security"]),
    ...(forced === "t" ? [] : ["does not force row level security"]),
    ...(rule === undefined ? [`lacks the policy ${POLICY}`] : []),
    ...(wider.length > 0 ? [`has further policies (${wider.join(", ")})`] : []),
    ...(mighty === "t" && owned !== "t" ? ["can be truncated, referenced or given triggers by the role"] : []),
  ];
}

function refuseTables(path: string, problems: readonly (readonly [string, readonly string[]])[]): void {
  if (problems.length === 0) return;
  const list = problems.map(([table, found]) => `${table} ${found.join(" and ")}`).join("; ");
  throw new StorageError(
    "unprotected-table",
    `Users would not be kept apart on ${path}: ${list}. Run provisionPostgres again as the owner.`,
    {
      facts: { path, problems: Object.fromEntries(problems) },
    },
  );
}
