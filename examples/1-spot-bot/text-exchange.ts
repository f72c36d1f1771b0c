// The bot's trades against the exchange's fills.
import type { Report } from "./report.ts";
import { count, plural, textTable } from "@td/example-shared/table";
import { more, SHOWN } from "./text-lists.ts";

/** Both sides compared, and what was added. */
export function reconciliationSection({ reconciliation, asOf, input }: Report): string[] {
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
