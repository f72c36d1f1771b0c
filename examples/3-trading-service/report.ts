// What a run found, as plain values. The text for people and the JSON are made from this.
import type { ArchiveSummary } from "./archive.ts";
import type { PhaseEntry } from "./phases.ts";
import type { ImportSummary } from "./steps.ts";
import type { ServiceReport } from "./tasks.ts";
import type { VaultReport } from "./vault.ts";

/** The report of a run that went forward. */
export interface Report {
  readonly format: "td-trading-service/1";
  readonly way: "forward" | "finish";
  readonly input: InputReport;
  readonly database: DatabaseReport;
  readonly files: readonly FileReport[];
  readonly imports: readonly ImportSummary[];
  readonly users: readonly UserReport[];
  readonly vault: VaultReport | null;
  readonly services: readonly ServiceReport[];
  readonly pending: PendingReport | null;
  readonly archives: readonly ArchiveSummary[];
  /** For a made tree: whether all is as the tree was made to be. `null` for a person's own. */
  readonly knownAnswer: KnownAnswer | null;
}

/** Where it came from. */
export interface InputReport {
  readonly tree: string;
  /** The seed of a made tree, or `null`. */
  readonly seed: number | null;
}

/** Where it went. */
export interface DatabaseReport {
  /** A path, or host, port and name. */
  readonly path: string;
  /** Commands that look into it; none on PostgreSQL. */
  readonly commands: readonly string[];
}

/** A file as it was found. */
export interface FileReport {
  readonly name: string;
  readonly user: string;
  readonly shape: string;
}

/** What a user has now. */
export interface UserReport {
  readonly user: string;
  readonly from: string;
  readonly rows: Readonly<Record<string, number>>;
  /** Booked days and their sum, or `null` without any. */
  readonly booked: { readonly days: number; readonly realizedPnl: string; readonly fees: string } | null;
}

/** The move of the pending orders. */
export interface PendingReport {
  readonly phase: string;
  readonly dirtyKeys: number;
  /** Orders on either side. */
  readonly inFile: number | null;
  readonly inTable: number;
  /** Of those, the ones placed since the import. */
  readonly placedSince: number;
  /** Why the phases were not begun, or `null`. */
  readonly notBegun: string | null;
  readonly trail: readonly PhaseEntry[];
}

/** A made tree's answer against what was found. */
export interface KnownAnswer {
  readonly right: boolean;
  /** What differs. */
  readonly differences: readonly string[];
}

/** The report of a way back. */
export interface BackReport {
  readonly format: "td-trading-service-back/1";
  readonly way: "back";
  readonly input: InputReport;
  readonly database: DatabaseReport;
  /** The phase that the pending orders were in, and are in now. */
  readonly phases: { readonly from: string; readonly to: string } | null;
  readonly filesBroughtBack: number;
  /** Imports taken back, with rows removed and rows kept because somebody changed them since. */
  readonly imports: readonly {
    readonly user: string;
    readonly name: string;
    readonly removed: number;
    readonly gone: number;
    readonly kept: number;
  }[];
  /** Rows of pending orders that went because the file holds the same. */
  readonly pendingRowsRemoved: number;
  readonly credentialRemoved: boolean;
  /** Rows left, by user and table; none when all is as before. */
  readonly left: readonly { readonly user: string; readonly table: string; readonly rows: number }[];
  /** The tree against what it was before. */
  readonly tree: {
    readonly same: number;
    readonly changed: readonly string[];
    readonly missing: readonly string[];
    readonly added: readonly string[];
  };
}
