// A user's settings by name. Preferences with a schema, history and an API are in @td/prefs; this is for what a host keeps beside them.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { InputOf, RowOf } from "../table/types.ts";

/** The settings. */
export const userSettings = defineTable(
  "user_settings",
  {
    /** The user. */
    userId: c.text(),
    /** What is set. */
    name: c.text(),
    /** To what: JSON, so that a number, a flag and a text stay what they are. */
    value: c.json(),
    /** When the source last changed it; decides which of two is newer. */
    updatedAt: c.instant().nullable(),
    /** Grows with each update here; not part of the content. */
    revision: c.int().assigned().default(1),
  },
  { primaryKey: ["userId", "name"], newerBy: "updatedAt" },
);

/** A setting as read. */
export interface UserSettingRow extends RowOf<typeof userSettings> {}

/** A setting as given. */
export interface UserSettingInput extends InputOf<typeof userSettings> {}
