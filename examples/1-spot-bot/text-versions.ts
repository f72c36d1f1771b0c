// The versions of the ledger and what changed between them.
import { toCents } from "@td/example-shared/cents";
import { largestFirst } from "./exact.ts";
import type { Report, VersionSummary } from "./report.ts";
import { count, plural, textTable } from "@td/example-shared/table";
import { more, shorten, SHOWN } from "./text-lists.ts";

/** The versions side by side, and their checks. */
export function versionSection({ versions: { before, after, current }, validation, knownAnswer }: Report): string[] {
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

/** The sells that changed most; nothing without a comparison. */
export function comparisonSection({ comparison }: Report): string[] {
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
