// The record of every opening of storage.system: a table that only grows, on both engines. It belongs to no user, so no scope reaches it.
import { StorageError } from "../errors.ts";
import { isStorableText } from "../table/json-codec.ts";

/** Who opens the system, for what and why. */
export interface SystemRequest {
  /** Who asks: a person or a job, 1 to 200 characters. */
  readonly actor: string;
  /** What for: `nightly-statements`, 1 to 200 characters. */
  readonly action: string;
  /** Why, in the actor's words, 1 to 2000 characters. */
  readonly reason: string;
}

/** One opening of the system, as recorded. */
export interface SystemAuditEntry extends SystemRequest {
  /** A random id. */
  readonly id: string;
  /** When, as canonical text. */
  readonly at: string;
}

/** The name of the table. */
export const AUDIT_TABLE = "td_system_audit";

const COLUMNS = ["id", "at", "actor", "action", "reason"] as const;
const LIST = COLUMNS.map((name) => `"${name}"`).join(", ");

/** The insert of one entry; parameters in the order of {@link auditParams}. */
export const AUDIT_INSERT = `insert into "${AUDIT_TABLE}" (${LIST}) values (?1, ?2, ?3, ?4, ?5)`;
/** The latest entries first; the parameter is how many. `at` is canonical text, which sorts as time. */
export const AUDIT_READ = `select ${LIST} from "${AUDIT_TABLE}" order by "at" desc, "id" desc limit ?1`;

/** The statements that make the table on SQLite, where absent. Triggers keep it from being rewritten. */
export const AUDIT_SQLITE: readonly string[] = [
  `create table if not exists "${AUDIT_TABLE}" (${COLUMNS.map((name) => `"${name}" text not null`).join(", ")}, primary key ("at", "id")) strict, without rowid`,
  ...["update", "delete"].map(
    (what) =>
      `create trigger if not exists "${AUDIT_TABLE}_no_${what}" before ${what} on "${AUDIT_TABLE}" begin select raise(abort, 'the audit only grows'); end`,
  ),
];

/** The statements that make the table on PostgreSQL, where absent. Nobody has a right to it until the system's role is given one. */
export const AUDIT_POSTGRES: readonly string[] = [
  `create table if not exists "${AUDIT_TABLE}" (${COLUMNS.map((name) => `"${name}" text collate "C" not null`).join(", ")}, primary key ("at", "id"))`,
  `revoke all on "${AUDIT_TABLE}" from public`,
];

/** The parameters of an entry. */
export function auditParams({ id, at, actor, action, reason }: SystemAuditEntry): readonly string[] {
  return [id, at, actor, action, reason];
}

/** The entry of a row. */
export function auditEntry(row: readonly unknown[]): SystemAuditEntry {
  const [id = "", at = "", actor = "", action = "", reason = ""] = row.map(String);
  return { id, at, actor, action, reason };
}

/** The request when it says who, what and why. Throws `bad-request`. */
export function checkedRequest({ actor, action, reason }: SystemRequest): SystemRequest {
  return { actor: text("actor", actor, 200), action: text("action", action, 200), reason: text("reason", reason, 2000) };
}

function text(name: string, value: unknown, most: number): string {
  if (typeof value === "string" && value.trim() !== "" && value.length <= most && isStorableText(value)) return value;
  throw new StorageError("bad-request", `The system is opened on record: give ${name} as text of 1 to ${most} characters.`, {
    facts: { name },
  });
}
