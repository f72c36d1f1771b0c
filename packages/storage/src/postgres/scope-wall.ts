// What lets the database itself tell td's binding of a user from any other: a key that only the owner of the tables reads, and a view that
// shows the user of the open transaction only where the proof made with that key stands beside the id.
import { textLiteral } from "../table/checks.ts";
import { fingerprint } from "../table/schema.ts";
import type { Connection } from "./connection.ts";
import { POLICY, protect, SCOPE_USER } from "./policy.ts";

/** The table that holds the key. Nobody but its owner has a right to it. */
export const SCOPE_KEY = "td_scope_key";
/** The function that gives the key to whom it was promised when the connection was made. */
export const SCOPE_KEY_FOR = "td_scope_key_for";
/** The function that fails when a user stands without the proof. */
const UNPROVED = "td_scope_unproved";

/** The setting that holds the id of the user of a transaction. */
export const USER_SETTING = "app.user_id";
/** The setting that holds the proof beside it. */
export const PROOF_SETTING = "app.user_proof";
/** The setting that a connection begins with: the SHA-256 of what it may ask for the key with. */
export const OPENER_SETTING = "td.opener";

const USER = `current_setting('${USER_SETTING}', true)`;
// The key fills one block of SHA-256 before the id, and stands behind it again: nothing can be put at the end of what was hashed. One hash, because
// every statement of every user pays for it; HMAC takes two, which was a sixtieth of a get by key.
const PROOF = `encode(sha256(k."key" || convert_to(${USER}, 'UTF8') || k."key"), 'hex')`;

const STATEMENTS: readonly string[] = [
  `create table if not exists "${SCOPE_KEY}" (
  "one" boolean primary key default true check ("one"),
  "key" bytea not null check (length("key") = 64)
)`,
  `revoke all on "${SCOPE_KEY}" from public`,
  // Every policy reads the user through it, whatever the role: a role without the key learns nothing but what it set itself.
  `create or replace function "${UNPROVED}"(user_id text) returns text language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $td$
begin
  if coalesce(user_id, '') = '' then return null; end if;
  raise exception using errcode = 'insufficient_privilege', message = '${USER_SETTING} was set without the proof that td sets with it';
end $td$`,
  `grant execute on function "${UNPROVED}"(text) to public`,
  `create or replace view "${SCOPE_USER}" as select (case when ${PROOF} = current_setting('${PROOF_SETTING}', true) then ${USER} else "${UNPROVED}"(${USER}) end) collate "C" as "user_id" from "${SCOPE_KEY}" as k`,
  `grant select on "${SCOPE_USER}" to public`,
  // Set to null a setting falls back to what the connection began with, which no statement can change.
  `create or replace function "${SCOPE_KEY_FOR}"(opener text) returns text language sql volatile security definer set search_path = pg_catalog, pg_temp
begin atomic
  select encode(k."key", 'hex') from "${SCOPE_KEY}" as k
  where set_config('${OPENER_SETTING}', null, true) = encode(sha256(convert_to(opener, 'UTF8')), 'hex');
end`,
  `revoke all on function "${SCOPE_KEY_FOR}"(text) from public`,
];

// 64 bytes, made by the server, so that no log of statements ever holds them.
const RANDOM = `sha512(${Array.from({ length: 5 }, () => "uuid_send(gen_random_uuid())").join(" || ")})`;
const NEW_KEY = `insert into "${SCOPE_KEY}" ("key") values (${RANDOM}) on conflict do nothing`;

// The tables whose policy is td's rule of before: it believed the setting alone.
const OLD_RULE = String.raw`^\(user_id=\(SELECTNULLIF\(current_setting\('app\.user_id'::text,true\),''::text\)AS"?nullif"?\)\)$`;
const UNDER_OLD_RULE = `select c.relname from pg_policy p join pg_class c on c.oid = p.polrelid
where p.polname = '${POLICY}' and c.relnamespace = (select relnamespace from pg_class where oid = to_regclass('"${SCOPE_USER}"'))
  and regexp_replace(pg_get_expr(p.polqual, p.polrelid), '[[:space:]]', '', 'g') ~ ${textLiteral(OLD_RULE)}`;

const MARK = `td ${fingerprint(STATEMENTS.join(";\n"))}`;
const STANDING = `select obj_description(to_regclass('"${SCOPE_USER}"'), 'pg_class')`;

/** Whether the wall stands in this version. */
export async function standsScopeWall(connection: Connection): Promise<boolean> {
  return (await connection.command(STANDING)).rows[0]?.[0] === MARK;
}

/**
 * Makes the wall where it is absent or of another version, in the transaction that is open, and brings tables from td's older rule behind it. A
 * key that is there stays: processes work with it.
 */
export async function makeScopeWall(connection: Connection): Promise<void> {
  if (!(await standsScopeWall(connection))) {
    for (const statement of [...STATEMENTS, `comment on view "${SCOPE_USER}" is '${MARK}'`]) await connection.command(statement);
    const { rows } = await connection.command(UNDER_OLD_RULE);
    for (const [table] of rows) await connection.command(protect({ name: String(table) }).join(";\n"));
  }
  await connection.command(NEW_KEY);
}

/** The statements that let a role use the wall, and nothing more of it; safe to repeat. */
export function admitToScope(role: string): readonly string[] {
  return [`revoke all on "${SCOPE_KEY}" from "${role}"`, `grant execute on function "${SCOPE_KEY_FOR}"(text) to "${role}"`];
}
