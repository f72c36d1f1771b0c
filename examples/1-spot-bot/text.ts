// The report for people.
import { toCents } from "./cents.ts";
import { largestFirst } from "./exact.ts";
import type { ImportSummary, Report, VersionSummary } from "./report.ts";
import { count, plural, textTable } from "./table.ts";

/** Rows of a list that are shown; `--json` has all. */
const SHOWN = 12;

/** The whole report as lines. */
export function reportText(report: Report): string {
  const sections = [
    importSection(report),
    versionSection(report),
    reconciliationSection(report),
    comparisonSection(report),
    explanationSection(report),
    symbolSection(report),
    healthSection(report),
    reviewSection(report),
  ].filter((lines) => lines.length > 0);
  const numbered = sections.map(([title = "", ...lines], i) => [`${i + 1}. ${title}`, ...lines]);
  return [heading(report), ...numbered, databaseSection(report)].map((lines) => lines.join("\n")).join("\n\n") + "\n";
}

function heading({ input, user, changed }: Report): string[] {
  const made = input.made;
  return [
    "A bot's trade log as an exact FIFO ledger",
    made === null
      ? `Input: ${input.trades}${input.exchange === null ? "" : ` and ${input.exchange}`}`
      : `Input: a made book (seed ${made.seed}, scale ${made.scale}${made.dirty ? ", with dirty lines" : ""}) in ${input.trades}`,
    `User: ${user}`,
    ...(changed ? [] : ["Nothing has changed: every record was known, no fill was missing, the ledger is as it was."]),
  ];
}

function importSection({ imports: { trades, exchange } }: Report): string[] {
  return ["Import", ...importLines(trades), ...(exchange === null ? [] : ["", ...importLines(exchange)])];
}

function importLines(summary: ImportSummary): string[] {
  const { file, read, written, identical, conflict, rejected, resumedAtLine, keptAside } = summary;
  const from = resumedAtLine === null ? "" : `, gone on with at line ${count(resumedAtLine)}`;
  return [
    `   ${file}${from}`,
    `   ${count(read)} records = ${count(written)} new + ${count(identical)} known already + ${count(conflict)} in conflict + ${count(rejected)} rejected`,
    ...(keptAside.length === 0
      ? []
      : [`   Kept aside whole, in the table td_import_rejects (run ${summary.runId}):`, ...keptTable(keptAside)]),
  ];
}

function keptTable(lines: ImportSummary["keptAside"]): string[] {
  const shown = lines.slice(0, SHOWN * 2);
  const table = textTable(
    [
      { title: "line", cell: (row) => count(row.line), align: "right" },
      { title: "why", cell: (row) => row.reason },
      { title: "detail", cell: (row) => shorten(row.detail, 90) },
    ],
    shown,
    5,
  );
  return [...table, ...more(lines.length - shown.length, 5)];
}

function versionSection({ versions: { before, after, current }, validation, knownAnswer }: Report): string[] {
  const rows = [before, after, current].filter((row, at, all) => all.findIndex(({ version }) => version === row.version) === at);
  return [
    before.version === after.version
      ? `The ledger, version ${before.version}`
      : `The ledger: version ${before.version} from the log alone, version ${after.version} with the exchange's missing buys`,
    ...textTable(
      [
        { title: "version", cell: (row: VersionSummary) => String(row.version), align: "right" },
        { title: "allocations", cell: (row) => count(row.allocations.total), align: "right" },
        { title: "matched", cell: (row) => count(row.allocations.matched), align: "right" },
        { title: "unmatched", cell: (row) => count(row.allocations.unmatched), align: "right" },
        { title: "realised PnL, exact", cell: (row) => row.realizedPnl, align: "point" },
        { title: "rounded to cents", cell: (row) => toCents(row.realizedPnl), align: "right" },
        { title: "open lots", cell: (row) => count(row.openLots), align: "right" },
      ],
      rows,
    ),
    ...rows.map((row) => `   digest of version ${row.version}: ${row.sha256}`),
    ...validation.flatMap(checkLines),
    ...(knownAnswer === null ? [] : [known(knownAnswer)]),
  ];
}

function checkLines({ version, sound, symbols, trades, allocations, damage }: Report["validation"][number]): string[] {
  if (!sound)
    return [
      `   Version ${version} is NOT SOUND:`,
      ...damage.slice(0, SHOWN).map((entry) => `     ${entry.symbol}  ${shorten(entry.what, 120)}`),
      ...more(damage.length - SHOWN, 5),
    ];
  return [
    `   version ${version} checked by a second, independent computation: ${plural(symbols, "symbol")}, ${plural(trades, "trade")}, ${plural(allocations, "allocation")}, no difference`,
  ];
}

function known({ before, after }: { readonly before: boolean; readonly after: boolean }): string {
  if (before && after) return "   Both versions are, to the last digit, the answer that the book was made with.";
  return `   The book's own answer: version before ${before ? "matches" : "DIFFERS"}, version after ${after ? "matches" : "DIFFERS"}.`;
}

function reconciliationSection({ reconciliation, asOf, input }: Report): string[] {
  const title = "Comparison with the exchange";
  if (reconciliation === null) {
    const why =
      input.kind === "coinbase-fills" ? "These fills are the exchange's own word." : "There is no exchange_fills.jsonl beside the trades.";
    return [title, `   Nothing to compare with: ${why}`];
  }
  const { counts, missing, extra, different, added, refused, backfilled, from } = reconciliation;
  return [
    title,
    `   From ${from} to ${asOf}: ${plural(counts.exchangeOrders, "order")} (${plural(counts.exchangeFills, "fill")}) there, ${plural(counts.localTrades, "trade")} here`,
    `   ${count(counts.equal)} equal, ${count(counts.different)} different, ${count(missing.length)} missing here, ${count(extra.length)} unknown there`,
    ...differentTable(different),
    ...extraTable(extra),
    ...missingSells(missing),
    ...refused.slice(0, SHOWN).map(({ id, why }) => `   not added: ${id} (${why})`),
    ...(backfilled.length === 0
      ? []
      : [
          `   ${added > 0 ? "Added now" : "Added by an earlier run"}, bought at the exchange and missing in the log:`,
          ...backfillTable(backfilled),
        ]),
  ];
}

function differentTable(rows: NonNullable<Report["reconciliation"]>["different"]): string[] {
  if (rows.length === 0) return [];
  const table = textTable(
    [
      { title: "different order", cell: (row) => row.id },
      { title: "symbol", cell: (row) => row.symbol },
      { title: "field", cell: (row) => row.field },
      { title: "here", cell: (row) => row.local },
      { title: "there", cell: (row) => row.exchange },
    ],
    rows.slice(0, SHOWN),
    5,
  );
  return [...table, ...more(rows.length - SHOWN, 5)];
}

function extraTable(rows: NonNullable<Report["reconciliation"]>["extra"]): string[] {
  if (rows.length === 0) return [];
  const table = textTable(
    [
      { title: "unknown there", cell: (row) => row.id },
      { title: "symbol", cell: (row) => row.symbol },
      { title: "side", cell: (row) => row.side },
      { title: "time", cell: (row) => row.executedAt },
    ],
    rows.slice(0, SHOWN),
    5,
  );
  return [...table, ...more(rows.length - SHOWN, 5)];
}

function missingSells(missing: NonNullable<Report["reconciliation"]>["missing"]): string[] {
  const sells = missing.filter((order) => order.side === "sell");
  if (sells.length === 0) return [];
  return [
    "   Sold at the exchange and missing in the log (not added; look at them):",
    ...sells.slice(0, SHOWN).map((order) => `     ${order.id}  ${order.symbol}  ${order.executedAt}`),
    ...more(sells.length - SHOWN, 5),
  ];
}

function backfillTable(rows: NonNullable<Report["reconciliation"]>["backfilled"]): string[] {
  const table = textTable(
    [
      { title: "order", cell: (row) => row.id },
      { title: "symbol", cell: (row) => row.symbol },
      { title: "time", cell: (row) => row.executedAt },
      { title: "quantity", cell: (row) => row.quantity, align: "point" },
      { title: "price", cell: (row) => row.price, align: "point" },
      { title: "fee", cell: (row) => row.fee, align: "point" },
    ],
    rows.slice(0, SHOWN),
    5,
  );
  return [...table, ...more(rows.length - SHOWN, 5)];
}

function comparisonSection({ comparison }: Report): string[] {
  if (comparison === null) return [];
  const { before, after, pnlChange, sells } = comparison;
  const largest = sells.toSorted((a, b) => largestFirst(a.pnlChange, b.pnlChange)).slice(0, SHOWN);
  return [
    `What changed from version ${before} to version ${after}`,
    `   ${plural(sells.length, "sell")} changed; realised PnL changed by ${pnlChange}. The largest changes:`,
    ...textTable(
      [
        { title: "sell", cell: (row) => row.sellId },
        { title: "symbol", cell: (row) => row.symbol },
        { title: "lots", cell: (row) => `${row.lotsBefore.length} -> ${row.lotsAfter.length}` },
        {
          title: "not covered",
          cell: (row) =>
            row.unmatchedBefore === row.unmatchedAfter ? row.unmatchedAfter : `${row.unmatchedBefore} -> ${row.unmatchedAfter}`,
        },
        { title: "PnL change, exact", cell: (row) => row.pnlChange, align: "point" },
        { title: "rounded to cents", cell: (row) => toCents(row.pnlChange), align: "right" },
      ],
      largest,
      5,
    ),
    ...more(sells.length - largest.length, 5),
  ];
}

function explanationSection({ explanation }: Report): string[] {
  if (explanation === null) return [];
  const { sellId, symbol, soldAt, quantity, price, rule, lots, unmatched, costBasis, netProceeds, pnl } = explanation;
  return [
    `One sell explained: ${sellId}`,
    `   ${quantity} ${symbol.split(/[-/]/)[0] ?? ""} sold at ${price} (${symbol}) on ${soldAt}`,
    ...textTable(
      [
        { title: "lot (buy order)", cell: (row) => row.buyId },
        { title: "bought", cell: (row) => row.boughtAt ?? "" },
        { title: "at", cell: (row) => row.buyPrice ?? "", align: "point" },
        { title: "quantity", cell: (row) => row.quantity, align: "point" },
        { title: "cost, buy fee included", cell: (row) => row.costBasis, align: "point" },
        { title: "proceeds less sell fee", cell: (row) => row.netProceeds, align: "point" },
        { title: "PnL", cell: (row) => row.pnl, align: "point" },
      ],
      lots,
      5,
    ),
    `   cost ${costBasis}, proceeds ${netProceeds}, PnL ${pnl} (rounded ${toCents(pnl)})`,
    ...(unmatched === null
      ? []
      : [`   not covered by any buy: ${unmatched.quantity}, sold for ${unmatched.netProceeds} (${unmatched.reason})`]),
    `   ${rule}`,
  ];
}

function symbolSection({ pnlBySymbol }: Report): string[] {
  return [
    "PnL by symbol",
    ...textTable(
      [
        { title: "symbol", cell: (row) => row.symbol },
        { title: "sells", cell: (row) => count(row.sells), align: "right" },
        { title: "realised PnL, exact", cell: (row) => row.realizedPnl, align: "point" },
        { title: "rounded to cents", cell: (row) => toCents(row.realizedPnl), align: "right" },
        { title: "sold, not covered", cell: (row) => row.unmatchedSize, align: "point" },
        { title: "open lots", cell: (row) => count(row.openLots), align: "right" },
        { title: "open quantity", cell: (row) => row.openQuantity, align: "point" },
        { title: "open cost, exact", cell: (row) => row.openCost, align: "point" },
      ],
      pnlBySymbol,
    ),
  ];
}

function healthSection({ health }: Report): string[] {
  return [
    "Health",
    ...textTable(
      [
        { title: "version", cell: (row) => String(row.version), align: "right" },
        { title: "allocations", cell: (row) => count(row.allocations), align: "right" },
        { title: "sells matched", cell: (row) => count(row.sellsMatched), align: "right" },
        { title: "buys used", cell: (row) => count(row.buysUsed), align: "right" },
        { title: "unmatched sells", cell: (row) => count(row.unmatchedSells), align: "right" },
        { title: "realised PnL, exact", cell: (row) => row.realizedPnl, align: "point" },
      ],
      health,
    ),
  ];
}

function reviewSection({ reviewQueue }: Report): string[] {
  const open = reviewQueue.filter((item) => item.status === "pending" || item.status === "in_progress");
  const closed = reviewQueue.length - open.length;
  return [
    `Review queue: ${plural(open.length, "item")} to look at${closed === 0 ? "" : `, ${count(closed)} closed`}`,
    ...(open.length === 0
      ? []
      : textTable(
          [
            { title: "order", cell: (row) => row.orderId },
            { title: "issue", cell: (row) => row.issue },
            { title: "severity", cell: (row) => row.severity },
            { title: "description", cell: (row) => row.description },
          ],
          open.slice(0, SHOWN * 2),
        )),
    ...more(open.length - SHOWN * 2, 3),
  ];
}

function databaseSection({ database }: Report): string[] {
  return [`The database is ${database.path}. Look for yourself:`, ...database.commands.map((command) => `   ${command}`)];
}

function more(left: number, indent: number): string[] {
  return left > 0 ? [`${" ".repeat(indent)}... and ${count(left)} more (--json has all)`] : [];
}

function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 3)}...`;
}
