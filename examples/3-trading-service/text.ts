// The report for people.
import type { BackReport, Report } from "./report.ts";
import { backText } from "./text-back.ts";
import { filesSection, importSection, userSection } from "./text-import.ts";
import { archiveSection, phaseSection } from "./text-phases.ts";
import { serviceSection, vaultSection } from "./text-services.ts";

/** The whole report as text. */
export function reportText(report: Report | BackReport): string {
  const parts = report.way === "back" ? [backHeading(report), ...backText(report)] : forwardText(report);
  return parts.map((lines) => lines.join("\n")).join("\n\n") + "\n";
}

function forwardText(report: Report): string[][] {
  const sections = [filesSection, importSection, userSection, vaultSection, serviceSection, phaseSection, archiveSection]
    .map((section) => section(report))
    .filter((lines) => lines.length > 0);
  return [heading(report), ...sections.map(([title = "", ...lines], at) => [`${at + 1}. ${title}`, ...lines]), onward(report)];
}

function heading({ input: { tree, seed }, database }: Report): string[] {
  return [
    "From the files of a trading service to tables for many users",
    seed === null ? `Input: a copy of your files, in ${tree}` : `Input: a made tree (seed ${seed}) in ${tree}`,
    `Database: ${database.path}`,
    "The clock of this example is moved on by hand: the phases last weeks, the run does not.",
  ];
}

function backHeading({ input: { tree }, database }: BackReport): string[] {
  return ["All the way back to the files", `Files: ${tree}`, `Database: ${database.path}`];
}

function onward({ way, pending, database }: Report): string[] {
  const look = database.commands.length === 0 ? [] : ["Look for yourself:", ...database.commands.map((command) => `   ${command}`)];
  const next =
    way === "finish" || pending?.phase === "archived"
      ? ["This is the end: the file is no longer written, and no way leads back without a loss."]
      : ["The same command with --back goes all the way back to the files; with --finish it goes on to the last phase."];
  return [...look, ...next];
}
