// The front page says what happens: its example is run as it is printed there.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");

function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme)?.[1];
  if (found === undefined) throw new Error(`the README has no block of ${language}`);
  return found;
}

test("the example prints what the README says", () => {
  // Below the package, so that its imports are found.
  const place = mkdtempSync(join(import.meta.dirname, "readme-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  writeFileSync(join(place, "example.ts"), block("ts"));
  expect(execFileSync(process.execPath, ["example.ts"], { cwd: place, encoding: "utf8" })).toBe(block("text"));
});
