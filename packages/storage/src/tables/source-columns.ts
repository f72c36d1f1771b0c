// Columns that several tables have alike.
import { c } from "../table/columns.ts";

/** The last columns of a row that its source changes from time to time, so that the newest content stands. */
export const changedBySource = () => ({
  /** When the source last changed it; decides which of two is newer. */
  updatedAt: c.instant().nullable(),
  /** Where the row came from; not part of its content. */
  source: c.text().assigned().default(""),
  /** Grows with each update here; not part of the content. */
  revision: c.int().assigned().default(1),
});
