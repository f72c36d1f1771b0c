// What was read, and what could not be taken.
import type { ImportSummary, Report } from "./report.ts";
import { count, textTable } from "@td/example-shared/table";
import { more, shorten, SHOWN } from "./text-lists.ts";

/** Both imports. */
export function importSection({ imports: { trades, exchange } }: Report): string[] {
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
