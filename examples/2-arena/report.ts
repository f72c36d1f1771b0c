// What a run found, as plain values: decimals and instants are canonical text. The text for people and the JSON are made from this.
import type { OwnerFrom } from "./survey.ts";
import type { Slimmed } from "./slimming.ts";
import type { UpdatedAtForm } from "./times.ts";

/** The whole report. */
export interface Report {
  readonly format: "td-arena/1";
  readonly input: InputReport;
  /** Where the tables are: a file, or `postgres` without its address, which may hold a password. */
  readonly tables: string;
  readonly folder: string;
  /** The phase that all users have reached. */
  readonly phase: string;
  /** What this run went through; empty when it found everything done. */
  readonly steps: readonly StepReport[];
  /** One row for each bot that this run imported. */
  readonly imports: readonly BotImport[];
  /** Entries that were not taken. Each is whole in `td_import_rejects`. */
  readonly keptAside: readonly KeptAsideReport[];
  /** Whether the front end was shown the same just before and just after each change of phase of this run; `null` when there was none. */
  readonly sameForFrontEnd: boolean | null;
  readonly analytics: Analytics;
  /** What this run took out of the blob; `null` when it took nothing. */
  readonly slimmed: Slimmed | null;
  /** Bytes of the blob as it is now. */
  readonly blobBytes: number;
  /** For a made arena: whether what was imported is exactly what it was made of. `null` when nothing was imported, or for a person's own. */
  readonly knownAnswer: boolean | null;
}

/** What was migrated. */
export interface InputReport {
  readonly path: string;
  readonly made: { readonly seed: number; readonly scale: number } | null;
  readonly bytes: number;
  readonly walBytes: number;
  readonly updatedAt: { readonly at: string; readonly form: UpdatedAtForm } | null;
  readonly bots: readonly { readonly id: string; readonly userId: string; readonly ownerFrom: OwnerFrom }[];
}

/** One step of the way, in the order in which they happened. */
export interface StepReport {
  readonly phase: string;
  readonly what: "imported" | "caught up" | "verified" | "advanced" | "rolled back" | "slimmed" | "put back" | "traded" | "taken back";
  /** In words, for people. */
  readonly detail: string;
}

/** `read = written + identical + conflict + rejected`, of one bot. */
export interface BotImport {
  readonly botId: string;
  readonly orders: Account;
  readonly logs: Account;
  readonly openPositions: Account;
  /** Rebuilt from pairs of orders. */
  readonly closedPositions: number;
  /** Exits whose entry is no longer in the blob. */
  readonly loneCloses: number;
  /** Entries with neither an exit nor an open position. */
  readonly loneOpens: number;
}

/** The account of one list. */
export interface Account {
  readonly read: number;
  readonly written: number;
  readonly identical: number;
  readonly conflict: number;
  readonly rejected: number;
}

/** An entry that was not taken. */
export interface KeptAsideReport {
  readonly botId: string;
  readonly place: string;
  readonly why: string;
}

/** What the tables can answer and the blob could not. */
export interface Analytics {
  readonly bots: readonly BotFigures[];
  /** The last days with closes of all users, the latest first. */
  readonly days: readonly { readonly day: string; readonly closes: number; readonly wins: number; readonly pnl: string }[];
  readonly leaderboard: readonly {
    readonly rank: number;
    readonly userId: string;
    readonly closes: number;
    readonly wins: number;
    readonly pnl: string;
  }[];
}

/** How a bot does. */
export interface BotFigures {
  readonly botId: string;
  readonly trades: number;
  readonly closes: number;
  readonly wins: number;
  /** 0 to 1; null without closes. */
  readonly rate: string | null;
  readonly pnl: string;
  readonly openPositions: number;
  readonly closedPositions: number;
  readonly decisions: number;
  readonly failedDecisions: number;
}
