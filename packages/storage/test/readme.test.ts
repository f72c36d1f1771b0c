// The front page says what happens: its example is run as it is printed there.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), "..");
const page = readFileSync(join(PACKAGE, "README.md"), "utf8");

function block(language: string): string {
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "ms").exec(page)?.[1] ?? `no block of ${language}`;
}

it("prints what it says", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module-typescript", "--eval", block("ts")], {
    cwd: PACKAGE,
  });
  expect(stdout).toBe(block("text"));
});

it("links only to files that exist", () => {
  const links = Array.from(page.matchAll(/\]\((?!https?:)([^)#]+)/g), ([, link = ""]) => link);
  expect(links.filter((link) => !existsSync(join(PACKAGE, link)))).toEqual([]);
});
