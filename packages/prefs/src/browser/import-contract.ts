// The surface of the import, as types.
import type { Quarantined } from "../core/import-plan.ts";
import type { ImportReport } from "../wire.ts";

/** How an import is made. */
export interface ImportOptions {
  /** What happens with an old key whose whole content is in the account, seen there by requests of its own. Default: `"keep"`. */
  readonly afterImport?: "keep" | "remove";
  /** How many insights, and how many listings, go into one request. Default: 200, which fits into the handler's default `maxBodyBytes`. */
  readonly batch?: number;
}

/** What an import did, and what it left. */
export interface ImportOutcome {
  /** What became of the import. */
  readonly status:
    /** The server has everything that could be read, and a second request has seen it there. */
    | "imported"
    /** It had it already, from here or from another browser. */
    | "already"
    /** No key holds anything that could move. */
    | "nothing"
    /** The server could not be reached. Nothing was changed here: call again at the next start. */
    | "postponed"
    /** The server answered, but the second request did not see everything. Nothing was removed here: call again at the next start. */
    | "unconfirmed";
  /** What the server says it did; a large import is several. Each thing that was sent is in exactly one list. */
  readonly reports: readonly ImportReport[];
  /** Keys whose whole content the account has answered for: it is there, or something newer of the user's is. */
  readonly moved: readonly string[];
  /** Keys that could not be read, or not entirely. They stay as they are; the server keeps a copy. */
  readonly quarantined: readonly Quarantined[];
  /** Keys whose field another key fills with another value. They stay. */
  readonly superseded: readonly string[];
  /** Keys that say that nothing was chosen. They stay. */
  readonly empty: readonly string[];
  /** Keys that another account has imported from this browser: not sent again. They stay. */
  readonly others: readonly string[];
  /** Keys that were removed here. */
  readonly removed: readonly string[];
  /** Keys that are this browser's business by their rule. Their values were not read. */
  readonly local: readonly string[];
  /** Keys of this application that no rule names. Their values were not read. */
  readonly unknown: readonly string[];
}
