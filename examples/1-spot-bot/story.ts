// The story from a trade log to an exact ledger, step by step. Each step can be killed and the story told again: it goes on where it was.
import type { Scope } from "@td/storage";
import { backfill, lastBackfill, type Backfilled } from "./backfill.ts";
import { coinbaseFillsImport } from "./coinbase-fills.ts";
import { exchangeFillsImport } from "./exchange-fills.ts";
import type { Inputs } from "./find-inputs.ts";
import {
  backfilledOrders,
  comparisonReport,
  healthReports,
  importSummary,
  reviewReports,
  sellToExplain,
  symbolReports,
  validationReport,
} from "./read-report.ts";
import { reconcileBook, type BookReconciliation } from "./reconcile-book.ts";
import type { Report, ValidationReport, VersionSummary } from "./report.ts";
import { computeLedger, importFile, type Imported, type Work } from "./steps.ts";
import { tradeRecordsImport } from "./trade-records.ts";
import { versionSummary } from "./version-summary.ts";
import { windowOf, type Window } from "./window.ts";

/** What the story needs to know. */
export interface StoryOptions {
  readonly inputs: Inputs;
  /** Canonical instant that stands for the present; `null` takes the newest record. */
  readonly asOf: string | null;
  /** The last instant that a record may have; later ones are rejected. */
  readonly latest: string;
  readonly retentionDays: number;
  readonly restart: boolean;
}

/** The part of the report that the story finds out. */
export type Story = Omit<Report, "format" | "user" | "input" | "database" | "knownAnswer">;

/** Tells the story. Throws the signal's reason when it is asked to stop. */
export async function tellStory(work: Work, options: StoryOptions): Promise<Story> {
  const { me } = work;
  const trades = await importTrades(work, options);
  const first = await computeLedger(work, await reasonToCompute(me));
  const checked = await check(work, first.version);
  const exchange = await importExchange(work, options);
  const window = await windowOf(me, options.asOf, options.retentionDays);
  const found = exchange === null ? null : await reconcileBook(work, window.from);
  const added = await backfill(me, found?.backfill ?? [], first.version);
  const second = await computeLedger(work, "backfill");
  const checkedAgain = second.status === "completed" ? [await check(work, second.version)] : [];
  return {
    changed:
      trades.report.written + (exchange?.report.written ?? 0) + added.added > 0 ||
      first.status === "completed" ||
      second.status === "completed",
    asOf: window.asOf,
    imports: { trades: importSummary(trades), exchange: exchange && importSummary(exchange) },
    validation: [checked, ...checkedAgain],
    reconciliation: found && (await reconciliationOf(me, window, found, added)),
    ...(await ledgerOf(work, second.version)),
  };
}

/** The ledger as it is now against a second computation. */
async function check({ me, signal }: Work, version: number): Promise<ValidationReport> {
  signal.throwIfAborted();
  const found = await me.ledger.validate();
  signal.throwIfAborted();
  return validationReport(version, found);
}

function importTrades(
  work: Work,
  {
    inputs: {
      trades: { path, kind },
    },
    latest,
    restart,
  }: StoryOptions,
): Promise<Imported> {
  return kind === "coinbase-fills"
    ? importFile(work, coinbaseFillsImport(path, latest), restart)
    : importFile(work, tradeRecordsImport(path, kind, latest), restart);
}

async function importExchange(work: Work, { inputs, latest, restart }: StoryOptions): Promise<Imported | null> {
  return inputs.exchange === null ? null : await importFile(work, exchangeFillsImport(inputs.exchange, latest), restart);
}

/** A run that was killed between the backfill and its computation left a note about the version that is still current. */
async function reasonToCompute(me: Scope): Promise<string> {
  const [latest] = await me.ledger.versions();
  const note = await lastBackfill(me);
  return note !== null && note.version === latest?.allocationVersion ? "backfill" : "import";
}

async function reconciliationOf(
  me: Scope,
  { from }: Window,
  found: BookReconciliation,
  { added, refused }: Backfilled,
): Promise<Report["reconciliation"]> {
  const { counts, missing, extra, different } = found;
  return { from, counts, missing, extra, different, added, refused, backfilled: await backfilledOrders(me) };
}

/** Reads the ledger as it is now, and as it was before the last backfill. */
async function ledgerOf({ me, signal }: Work, current: number) {
  const { ledger } = me;
  const note = await lastBackfill(me);
  const [from, to] = note !== null && note.version < current ? [note.version, note.version + 1] : [current, current];
  const known: VersionSummary[] = [];
  const summary = async (version: number): Promise<VersionSummary> => {
    signal.throwIfAborted();
    const found = known.find((entry) => entry.version === version) ?? (await versionSummary(ledger, version));
    known.push(found);
    return found;
  };
  const [before, after, now] = [await summary(from), await summary(to), await summary(current)];
  const comparison = from === to ? null : await comparisonReport(ledger, before, after);
  const sellId = await sellToExplain(me, comparison);
  return {
    versions: { before, after, current: now },
    comparison,
    explanation: sellId === null ? null : await ledger.explain(sellId),
    pnlBySymbol: await symbolReports(ledger, now),
    health: await healthReports(ledger),
    reviewQueue: await reviewReports(ledger),
  };
}
