// Every exported name, field and error code has a doc line, and `packages/*/api.md` says what is exported. With --write the reports are written anew.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../.ci/packages.ts";
import { type PackageApi, readApi } from "./read-api.ts";
import { undocumented } from "./undocumented.ts";
import { writeReport } from "./write-report.ts";

/** Entries that td's own packages and processes use; they are in the reports, and promise nothing. */
const INSIDE = /\/(internal|sqlite-process)$/;

const packages = readApi();
const problems = [...packages.flatMap(withoutLine), ...packages.flatMap(process.argv.includes("--write") ? written : outOfDate)];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

function withoutLine({ entries }: PackageApi): readonly string[] {
  const items = entries.filter(({ specifier }) => !INSIDE.test(specifier)).flatMap((entry) => entry.items);
  return items.flatMap((item) => undocumented(item).map((path) => `${item.file}: ${path} has no doc line`));
}

function outOfDate(pack: PackageApi): readonly string[] {
  const path = reportPath(pack);
  const now = existsSync(path) ? readFileSync(path, "utf8") : "";
  const [wanted, found] = [writeReport(pack).split("\n"), now.split("\n")];
  const at = wanted.findIndex((line, index) => line !== found[index]);
  if (at < 0 && wanted.length === found.length) return [];
  return [`packages/${pack.folder}/api.md is not what is exported, from line ${at + 1} on: look at the change, then run \`pnpm api\``];
}

function written(pack: PackageApi): readonly string[] {
  writeFileSync(reportPath(pack), writeReport(pack));
  return [];
}

function reportPath({ folder }: PackageApi): string {
  return join(ROOT, "packages", folder, "api.md");
}
