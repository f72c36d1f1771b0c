// The README and the concept pages run: each page's program is executed as it is printed, and must print what the page says.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, it } from "vitest";

const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), "..");
const CONCEPTS = join(PACKAGE, "..", "..", "docs", "concepts");
const pages = ["README.md", ...fifoPages()];

/** The concept pages with a program that needs this package alone. */
function fifoPages(): string[] {
  const names = readdirSync(CONCEPTS).filter((name) => name.endsWith(".md"));
  return names
    .map((name) => join("..", "..", "docs", "concepts", name))
    .filter((path) => /from "@td\/fifo"/.test(readFileSync(join(PACKAGE, path), "utf8")));
}

/** The text of the page's only fenced block of a language. */
function block(page: string, language: string): string {
  const found = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))];
  if (found.length !== 1) throw new Error(`A page has one \`\`\`${language} block, this one has ${found.length}.`);
  return found[0]?.[1] ?? "";
}

/** What the program prints; it imports `@td/fifo` by name, which the package resolves to itself. */
async function outputOf(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module-typescript", "--eval", program], { cwd: PACKAGE });
  return stdout;
}

describe.concurrent.each(pages)("%s", (name) => {
  const file = join(PACKAGE, name);
  const page = readFileSync(file, "utf8");

  it("prints what it says", async ({ expect }) => {
    expect(await outputOf(block(page, "ts"))).toBe(block(page, "text"));
  });

  it("links only to files that exist", ({ expect }) => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => join(dirname(file), link));
    expect(links.filter((link) => readdirSync(dirname(link)).every((entry) => join(dirname(link), entry) !== link))).toEqual([]);
  });
});
