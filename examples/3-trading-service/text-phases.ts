// The move of the pending orders, and the archive.
import { typed } from "./places.ts";
import type { PendingReport, Report } from "./report.ts";
import { count, plural, textTable } from "@td/example-shared/table";

/** The audit trail, and where it stands. */
export function phaseSection({ pending }: Report): string[] {
  const title = "The pending orders, which the application went on writing";
  if (pending === null) return [];
  if (pending.notBegun !== null) return [title, `   Not begun: ${pending.notBegun}`];
  const table = textTable(
    [
      { title: "time", cell: (row) => row.at.slice(0, 16).replace("T", " ") },
      { title: "phase", cell: (row) => row.from },
      { title: "", cell: (row) => (row.from === row.to ? row.action : `-> ${row.to}`) },
      { title: "why", cell: (row) => row.why },
      { title: "found", cell: (row) => row.found },
    ],
    pending.trail,
  );
  return [title, ...table, `   Now: ${now(pending)}`, "   Each phase has a report of its own, for people, in the folder reports."];
}

function now({ phase, inFile, inTable, placedSince, dirtyKeys }: PendingReport): string {
  const file = inFile === null ? "the file is in the archive" : `${plural(inFile, "order")} in the file`;
  return `${phase}; ${plural(inTable, "order")} in the table (${placedSince} placed since the import), ${file}, ${dirtyKeys === 0 ? "none of them in doubt" : `${dirtyKeys} IN DOUBT`}`;
}

/** What was moved. */
export function archiveSection({ archives }: Report): string[] {
  if (archives.length === 0) return [];
  const lines = archives.map(
    ({ folder, files, bytes }) => `   ${typed(folder)}: ${plural(files, "file")}, ${count(bytes)} bytes, each read again and found whole`,
  );
  return ["The archive", ...lines];
}
