// What a database is to contain, and how td recognises what it made.
import { createHash } from "node:crypto";
import type { View } from "./define-view.ts";
import type { AnyTable } from "./types.ts";

/** What a database is to contain. */
export interface Schema {
  /** The tables. */
  readonly tables: readonly AnyTable[];
  /** The views. */
  readonly views: readonly View[];
}

/** The fingerprint of the SQL that makes a table or view. */
export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
