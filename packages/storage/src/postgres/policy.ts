// The rule that holds every role to the rows of one user, in the database itself.
import type { AnyTable } from "../table/types.ts";

/** The name of the policy on each table. */
export const POLICY = "td_user";

/** The view that shows the user of the open transaction: what every policy reads. */
export const SCOPE_USER = "td_scope_user";

// In a select of its own the user is looked up and proved once per statement instead of once per row.
const OWN_ROWS = `"user_id" = (select "user_id" from "${SCOPE_USER}")`;

/** The name of the policy that lets the system's role, and no other, reach the rows of all users. */
export const SYSTEM_POLICY = "td_system";

/** How the server spells the rule when it is asked for it, spaces aside. */
const SPELLED = `(user_id=(SELECT${SCOPE_USER}.user_idFROM${SCOPE_USER}))`;

/** Whether an expression of a policy, as the server spells it, is td's rule. */
export function isOwnRows(expression: string | null): boolean {
  return expression !== null && expression.replaceAll(/\s+/g, "") === SPELLED;
}

/** The statements that put a table under the rule, its owner too; safe to repeat. */
export function protect(table: Pick<AnyTable, "name">): readonly string[] {
  const name = `"${table.name}"`;
  return [
    `alter table ${name} enable row level security`,
    `alter table ${name} force row level security`,
    `drop policy if exists ${POLICY} on ${name}`,
    `create policy ${POLICY} on ${name} using (${OWN_ROWS}) with check (${OWN_ROWS})`,
    `revoke all on ${name} from public`,
  ];
}

/** The statements that let a role reach the rows of all users of a table; safe to repeat. A role that could before cannot any more. */
export function admitSystem(table: AnyTable, role: string): readonly string[] {
  const name = `"${table.name}"`;
  return [
    `drop policy if exists ${SYSTEM_POLICY} on ${name}`,
    `create policy ${SYSTEM_POLICY} on ${name} to "${role}" using (true) with check (true)`,
  ];
}
