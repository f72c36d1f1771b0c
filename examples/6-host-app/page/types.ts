// What the host answers. Amounts are decimal text, instants UTC text.

/** Somebody who may sign in. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly role: "trader" | "admin";
}

/** Who is signed in, and where live updates are to be followed from. */
export interface Session {
  readonly users: readonly User[];
  readonly user: User | null;
  readonly cursor: string | null;
}

/** One page of rows. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly next: string | null;
}

export interface Fill {
  readonly id: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly quantity: string;
  readonly price: string;
  readonly executedAt: string;
}

export interface Order {
  readonly id: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly quantity: string;
  readonly status: string;
  readonly averagePrice: string | null;
  readonly placedAt: string;
}

export interface Position {
  readonly id: string;
  readonly symbol: string;
  readonly quantity: string | null;
  readonly entryPrice: string | null;
  readonly openedAt: string | null;
}

export interface Equity {
  readonly points: readonly { readonly at: string; readonly value: string }[];
  readonly drawdown: { readonly amount: string; readonly peakAt: string; readonly troughAt: string } | null;
}

export interface SymbolPnl {
  readonly symbol: string;
  readonly numSells: number;
  readonly totalSize: string;
  readonly totalPnl: string;
  readonly unmatchedSize: string;
}

export interface Pnl {
  readonly symbols: readonly SymbolPnl[];
  readonly winRate: { readonly closes: number; readonly wins: number; readonly losses: number; readonly pnl: string };
  readonly best: { readonly symbol: string; readonly pnl: string } | null;
  readonly worst: { readonly symbol: string; readonly pnl: string } | null;
}

export interface Lot {
  readonly buyId: string;
  readonly boughtAt: string | null;
  readonly buyPrice: string | null;
  readonly quantity: string;
  readonly share: string;
  readonly costBasis: string;
  readonly netProceeds: string;
  readonly pnl: string;
}

export interface Explanation {
  readonly sellId: string;
  readonly symbol: string;
  readonly soldAt: string;
  readonly quantity: string;
  readonly price: string;
  readonly rule: string;
  readonly lots: readonly Lot[];
  readonly unmatched: { readonly quantity: string; readonly netProceeds: string; readonly reason: string } | null;
  readonly costBasis: string;
  readonly netProceeds: string;
  readonly pnl: string;
}

export interface Review {
  readonly version: number;
  readonly items: readonly {
    readonly orderId: string;
    readonly issueType: string;
    readonly severity: string;
    readonly status: string;
    readonly description: string;
    readonly resolvedBy: string | null;
  }[];
}

export interface Reconciled {
  readonly value: {
    readonly equal: number;
    readonly missing: readonly string[];
    readonly extra: readonly string[];
    readonly added: number;
  };
}

export interface Service {
  readonly running: boolean;
  readonly record: { readonly lastHeartbeatAt: string | null; readonly errorCount: number; readonly lastError: string | null } | null;
}

export interface Task {
  readonly id: string;
  readonly taskName: string;
  readonly status: "running" | "success" | "failed" | "skipped";
  readonly executedAt: string;
  readonly durationMs: number | null;
  readonly message: string | null;
}

export interface LogLine {
  readonly id: string;
  readonly at: string;
  readonly level: string;
  readonly message: string;
}

export interface Import {
  readonly runId: string;
  readonly name: string;
  readonly target: string;
  readonly status: string;
  readonly recordsRead: number;
  readonly recordsWritten: number;
  readonly recordsIdentical: number;
  readonly recordsConflict: number;
  readonly recordsRejected: number;
  readonly verification: string | null;
  readonly open: number;
}

export interface MigrationStatus {
  readonly phase: string;
  readonly since: string;
  readonly dirtyKeys: number;
  readonly next?: string;
  readonly gates: readonly { readonly gate: string; readonly met: boolean; readonly detail: string }[];
}

export interface Migration {
  readonly alerts: MigrationStatus;
  readonly trail: readonly {
    readonly entry: number;
    readonly at: string;
    readonly by: string;
    readonly action: string;
    readonly toPhase: string;
    readonly why: string;
  }[];
  readonly imports: readonly Import[];
}

export interface Reject {
  readonly kind: string;
  readonly reason: string;
  readonly line: number;
  readonly text: string | null;
  readonly resolution: { readonly by: string | null; readonly reason: string | null } | null;
}

export interface Alert {
  readonly id: string;
  readonly symbol: string;
  readonly direction: "above" | "below";
  readonly price: string;
  readonly note: string;
}

export interface BackupListed {
  readonly name: string;
  readonly verified: boolean;
  readonly createdAt: string;
  readonly because: readonly string[];
}
