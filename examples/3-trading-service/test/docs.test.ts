// What the guide quotes of the report is in the report.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const EXAMPLE = join(import.meta.dirname, "..");

const guide = readFileSync(join(EXAMPLE, "../../docs/guides/story-trading-service.md"), "utf8");

/** All fenced blocks of a language, without their indentation. */
function blocks(language: string): readonly string[] {
  const found = [...guide.matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^ *\`\`\`$`, "gms"))];
  return found.map(([, indent = "", text = ""]) => text.replaceAll(new RegExp(`^${indent}`, "gm"), ""));
}

test("what the guide quotes is in the report, spaces aside", () => {
  const golden = ["forward.txt", "back.txt"].map((name) => words(readFileSync(join(EXAMPLE, "test/golden", name), "utf8"))).join("\n");
  const quoted = blocks("text")
    .slice(0, -1)
    .flatMap((text) => text.trim().split("\n"));
  expect(quoted.length).toBeGreaterThan(3);
  for (const line of quoted) expect(golden).toContain(words(line).trim());
});

const words = (text: string): string => text.replaceAll(/ +/g, " ");
