// The tables of credentials. No secret is in them in the clear, and no host gets at them but through me.credentials: the audit only grows.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { RowOf } from "../table/types.ts";

/** The sealed credentials. */
export const brokerCredentials = defineTable(
  "broker_credentials",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user. */
    id: c.text(),
    /** The broker; never changes. */
    broker: c.text(),
    /** Whether the secret trades on paper or with money. */
    mode: c.oneOf("paper", "broker"),
    /** What the user calls it; default empty. */
    label: c.text().default(""),
    /** The secret, sealed: `v1.<key id>.<wrapped data key>.<secret>`. */
    sealed: c.text(),
    /** The key that wraps it, as `sealed` says itself; here for people. */
    keyId: c.text(),
    /** Grows with each change and each rotation, not with reads. */
    revision: c.int().default(1),
    /** When it was first put. */
    createdAt: c.instant(),
    /** When its content was last put. */
    updatedAt: c.instant(),
    /** When it was last opened; null for never. Not content: see the audit. */
    lastReadAt: c.instant().nullable().assigned(),
  },
  { primaryKey: ["userId", "id"] },
);

/** What was done with the credentials, by whom. */
export const credentialAudit = defineTable(
  "credential_audit",
  {
    /** The user. */
    userId: c.text(),
    /** A random id. */
    id: c.text(),
    /** Order within the user. */
    seq: c.sequence(),
    /** The credential; it may be gone. */
    credentialId: c.text(),
    /** What was done. `refused`: an attempt to open that gave nothing. */
    action: c.oneOf("created", "read", "updated", "deleted", "rotated", "refused"),
    /** Who did it. */
    actor: c.text(),
    /** When. */
    at: c.instant(),
    /** Why, in the actor's words. */
    reason: c.text().nullable(),
    /** created, updated: broker and mode. rotated: the key ids before and after. refused: the error's code. Else null. */
    detail: c.text().nullable(),
  },
  {
    primaryKey: ["userId", "id"],
    indexes: { by_order: ["userId", "seq"], by_credential: ["userId", "credentialId", "seq"] },
  },
);

/** One entry of the audit. */
export interface CredentialAuditRow extends RowOf<typeof credentialAudit> {}

/** A credential as stored. */
export interface StoredCredential extends RowOf<typeof brokerCredentials> {}

/** The tables, in the order they are created. */
export const credentialTables = [brokerCredentials, credentialAudit] as const;
