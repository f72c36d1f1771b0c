// Writes the audit.
import { randomUUID } from "node:crypto";
import type { Session } from "../session.ts";
import type { InputOf } from "../table/types.ts";
import { credentialAudit } from "./tables.ts";

/** One entry, without what it is given here. */
export type AuditEntry = Omit<InputOf<typeof credentialAudit>, "id" | "at">;

/** Adds an entry to the audit of the session's user, in the transaction that is open. */
export async function record(tx: Session, entry: AuditEntry): Promise<void> {
  await tx.repository(credentialAudit).insert({ ...entry, id: randomUUID(), at: new Date() });
}
