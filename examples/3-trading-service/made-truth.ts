// What must become of a made tree: written down as it is made, without a look at the code that imports it.

/** What becomes of a record in one import. */
export type Fate = "written" | "identical" | "conflict" | "rejected";

/** The account of one import. */
export type JobTruth = Record<Fate, number>;

/** The answer. */
export interface Truth {
  /** By user, then by import. */
  readonly jobs: Record<string, Record<string, JobTruth>>;
  /** Shares bought and sold, by user and symbol, over the fills that are written. */
  readonly shares: Record<string, Record<string, { bought: number; sold: number }>>;
  /** Sum of the realised profit in pnl_daily.csv over the lines that count, in paise. */
  realizedPaise: number;
}

/** Nothing yet. */
export function emptyTruth(): Truth {
  return { jobs: {}, shares: {}, realizedPaise: 0 };
}

/** Notes what becomes of a record. */
export function expectFate(truth: Truth, user: string, job: string, fate: Fate, records = 1): void {
  const jobs = (truth.jobs[user] ??= {});
  const account = (jobs[job] ??= { written: 0, identical: 0, conflict: 0, rejected: 0 });
  account[fate] += records;
}

/** Notes shares that a written fill moves. */
export function expectShares(truth: Truth, user: string, symbol: string, side: "buy" | "sell", quantity: number): void {
  const moved = ((truth.shares[user] ??= {})[symbol] ??= { bought: 0, sold: 0 });
  moved[side === "buy" ? "bought" : "sold"] += quantity;
}
