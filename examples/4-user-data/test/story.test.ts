// The README says what the example prints.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const folder = join(import.meta.dirname, "..");

test("the story ends as its README says", () => {
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const printed = /```text\n([^]*?)```/.exec(readme)?.[1];
  expect(execFileSync(process.execPath, ["--no-warnings", join(folder, "main.ts")], { encoding: "utf8", timeout: 120_000 })).toBe(printed);
}, 150_000);
