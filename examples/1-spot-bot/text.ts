// The report for people.
import type { Report } from "./report.ts";
import { reconciliationSection } from "./text-exchange.ts";
import { importSection } from "./text-import.ts";
import { explanationSection, healthSection, reviewSection, symbolSection } from "./text-ledger.ts";
import { comparisonSection, versionSection } from "./text-versions.ts";

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

function databaseSection({ database }: Report): string[] {
  return [`The database is ${database.path}. Look for yourself:`, ...database.commands.map((command) => `   ${command}`)];
}
