// The guide's program prints what the guide says, and what it quotes of the report is in the report.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const EXAMPLE = join(import.meta.dirname, "..");
const PAGES = ["README.md", "../../docs/guides/story-trading-service.md", "../../docs/why/trading-service-files.md"];

const guide = readFileSync(join(EXAMPLE, "../../docs/guides/story-trading-service.md"), "utf8");

/** All fenced blocks of a language, without their indentation. */
function blocks(language: string): readonly string[] {
  const found = [...guide.matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^ *\`\`\`$`, "gms"))];
  return found.map(([, indent = "", text = ""]) => text.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
}

test("the guide's program prints what the guide says", () => {
  const [program = ""] = blocks("ts");
  const printed = execFileSync(process.execPath, ["--input-type=module-typescript", "--eval", program], { cwd: EXAMPLE, encoding: "utf8" });
  expect(printed).toBe(blocks("text").at(-1));
});

test("what the guide quotes is in the report, spaces aside", () => {
  const golden = ["forward.txt", "back.txt"].map((name) => words(readFileSync(join(EXAMPLE, "test/golden", name), "utf8"))).join("\n");
  const quoted = blocks("text")
    .slice(0, -1)
    .flatMap((text) => text.trim().split("\n"));
  expect(quoted.length).toBeGreaterThan(3);
  for (const line of quoted) expect(golden).toContain(words(line).trim());
});

const words = (text: string): string => text.replaceAll(/ +/g, " ");

describe.each(PAGES)("%s", (page) => {
  test("links only to files that exist", () => {
    const text = readFileSync(join(EXAMPLE, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => join(EXAMPLE, dirname(page), link));
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });
});
