// The ledger as it is now.
import { toCents } from "@td/example-shared/cents";
import type { Report } from "./report.ts";
import { count, plural, textTable } from "@td/example-shared/table";
import { more, SHOWN } from "./text-lists.ts";

/** Where the numbers of one sell come from. */
export function explanationSection({ explanation }: Report): string[] {
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

/** Profit and open position by symbol. */
export function symbolSection({ pnlBySymbol }: Report): string[] {
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

/** One line per version. */
export function healthSection({ health }: Report): string[] {
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

/** What a person should look at. */
export function reviewSection({ reviewQueue }: Report): string[] {
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
