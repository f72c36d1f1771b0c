// The guide on changing the schema: its program is run as it is printed, and prints what the page says.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const PACKAGE = join(import.meta.dirname, "..");
const page = readFileSync(join(PACKAGE, "../../docs/guides/change-the-schema.md"), "utf8");
const block = (language: string): string => new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? "";

test("the program of the guide prints what the guide says", () => {
  const printed = execFileSync(process.execPath, ["--input-type=module-typescript", "--eval", block("ts")], {
    cwd: PACKAGE,
    encoding: "utf8",
  });
  expect(printed).toBe(block("text"));
});
