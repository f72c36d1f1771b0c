// The way back, for people.
import type { BackReport } from "./report.ts";
import { count, plural, textTable } from "@td/example-shared/table";

/** The report as lines. */
export function backText(report: BackReport): string[][] {
  return [phaseLines(report), importLines(report), treeLines(report)].map(([title = "", ...lines], at) => [
    `${at + 1}. ${title}`,
    ...lines,
  ]);
}

function phaseLines({ phases, filesBroughtBack }: BackReport): string[] {
  const moved =
    phases === null ? [] : [`   The pending orders went from ${phases.from} to ${phases.to}: the file has what was written since.`];
  return [
    "Phases and archive",
    ...moved,
    `   ${plural(filesBroughtBack, "file")} came back out of the archive, which keeps its manifest as a record.`,
  ];
}

function importLines({ imports, pendingRowsRemoved, credentialRemoved, left }: BackReport): string[] {
  const table = textTable(
    [
      { title: "user", cell: (row) => row.user },
      { title: "import", cell: (row) => row.name },
      { title: "rows removed", cell: (row) => count(row.removed), align: "right" },
      { title: "gone before", cell: (row) => count(row.gone), align: "right" },
      { title: "changed since", cell: (row) => count(row.kept), align: "right" },
    ],
    imports,
  );
  return [
    "The imports, taken back",
    ...(imports.length === 0 ? ["   None stood."] : table),
    `   ${plural(pendingRowsRemoved, "pending order")}, placed or changed since, removed: the file has them.`,
    `   The credential is ${credentialRemoved ? "out of the vault" : "not in the vault"}; its audit stays.`,
    left.length === 0
      ? "   Nothing else is left in the tables."
      : `   LEFT: ${left.map(({ user, table: name, rows }) => `${user} ${name} ${rows}`).join(", ")}`,
  ];
}

function treeLines({ tree: { same, changed, missing, added } }: BackReport): string[] {
  return [
    "The files against what they were before",
    `   ${plural(same, "file")} the same, byte for byte`,
    `   changed, by what was traded: ${changed.join(", ") || "none"}`,
    ...(missing.length === 0 ? [] : [`   MISSING: ${missing.join(", ")}`]),
    ...(added.length === 0 ? [] : [`   new: ${added.join(", ")}`]),
  ];
}
