// The front page says what happens: its example is run as it is printed there.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

/** The first block whose fence begins so. */
function block(fence: string): string {
  const found = new RegExp(`^\`\`\`${fence}.*\n([^]*?)^\`\`\`$`, "m").exec(readme)?.[1];
  if (found === undefined) throw new Error(`the page has no block of ${fence}`);
  return found;
}

test("the example prints what the README says, and the second time what it says about that", () => {
  // Below the package, so that its imports are found.
  const place = mkdtempSync(join(import.meta.dirname, "readme-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  writeFileSync(join(place, "example.ts"), block("ts"));
  writeFileSync(join(place, "trades.jsonl"), block("jsonl"));
  const run = (): string => execFileSync(process.execPath, ["example.ts"], { cwd: place, encoding: "utf8" });
  expect(run()).toBe(block("text"));
  const again = /run again `([^`]+)`/.exec(readme)?.[1];
  expect(run().split("\n")[0]).toBe(again);
});
