// What is known of a user. Optional: a scope needs no row here, and no table refers to this one (docs/why/users-are-ids.md).
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";

/** The users: one row each at most. */
export const users = defineTable(
  "users",
  {
    /** The user's id, as the host's sign-in gives it; opaque. */
    userId: c.text(),
    /** What the user is called; null when nobody said. */
    displayName: c.text().nullable(),
    /** What the host lets the user do; td itself looks at it nowhere. */
    role: c.oneOf("user", "admin", "moderator", "viewer").default("user"),
    /** Whether the user trades on paper or with money; default paper. */
    mode: c.oneOf("paper", "broker").default("paper"),
    /** IANA zone in which the user's days begin; default UTC. */
    zone: c.text().default("UTC"),
    /** Whether an import made the user for data that had none; such data can be given to a real user with `reassignUser`. */
    placeholder: c.bool().default(false),
    /** What else the source said. */
    attributes: c.json().nullable(),
    /** When the user came; null when not known. */
    createdAt: c.instant().nullable(),
    /** When the row was last changed at its source; decides which of two is newer. */
    updatedAt: c.instant().nullable(),
    /** Grows with each update here; not part of the content. */
    revision: c.int().assigned().default(1),
  },
  { primaryKey: ["userId"], newerBy: "updatedAt" },
);

/** A user as read. */
export interface UserRow extends RowOf<typeof users> {}

/** A user as given. */
export interface UserInput extends InputOf<typeof users> {}
