// The pages on credentials run: each page's program is executed as it is printed, and must print what the page says.
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), "..");
const DOCS = join(PACKAGE, "..", "..", "docs");

/** The text of the page's only fenced block of a language. */
function block(page: string, language: string): string {
  const found = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))];
  if (found.length !== 1) throw new Error(`A page has one \`\`\`${language} block, this one has ${found.length}.`);
  return found[0]?.[1] ?? "";
}

/** What the program prints; it imports `@td/storage` by name, which the package resolves to itself. */
async function outputOf(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module-typescript", "--eval", program], { cwd: PACKAGE });
  return stdout;
}

describe.concurrent.each([
  "concepts/close.md",
  "concepts/credential.md",
  "concepts/service.md",
  "guides/keep-fewer-snapshots.md",
  "guides/reassign-a-user.md",
  "guides/rotate-keys.md",
])("docs/%s", (name) => {
  const page = readFileSync(join(DOCS, name), "utf8");

  it("prints what it says", async ({ expect: check }) => {
    check(await outputOf(block(page, "ts"))).toBe(block(page, "text"));
  });

  it("links only to files that exist", ({ expect: check }) => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => join(DOCS, dirname(name), link));
    check(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});

describe.each(["why", "concepts", "guides"])("docs/%s", (folder) => {
  it.each(readdirSync(join(DOCS, folder)))("%s links only to files that exist", (name) => {
    const page = readFileSync(join(DOCS, folder, name), "utf8");
    const links = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => join(DOCS, folder, link));
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});
