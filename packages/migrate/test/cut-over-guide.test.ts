// The guide does what it says: its programs are run as they are printed there.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const DOCS = join(import.meta.dirname, "../../../docs");
const guide = readFileSync(join(DOCS, "guides/cut-over.md"), "utf8");

function blocks(language: string): readonly string[] {
  return [...guide.matchAll(new RegExp(`^\`\`\`${language}\\b[^\\n]*\\n(.*?)^\`\`\`$`, "gms"))].map(([, text = ""]) => text);
}

test("docs/guides/cut-over.md prints what it says, and leaves the file as it says", () => {
  // Below the package, so that its imports are found.
  const place = mkdtempSync(join(import.meta.dirname, "guide-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  mkdirSync(join(place, "data"));
  const [book = ""] = blocks("json");
  writeFileSync(join(place, "data/fills.json"), book);
  for (const program of blocks("ts")) writeFileSync(join(place, /^\/\/ (\S+)/.exec(program)?.[1] ?? ""), program);
  expect(execFileSync(process.execPath, ["cut-over.ts"], { cwd: place, encoding: "utf8" })).toBe(blocks("text").join(""));

  const after = readFileSync(join(place, "data/fills.json"), "utf8");
  // Every byte that was there is there; the two new records are behind it.
  expect(after.startsWith(book.slice(0, book.lastIndexOf("\n  ]")))).toBe(true);
  expect((JSON.parse(after) as { readonly fills: readonly object[] }).fills).toHaveLength(4);
  expect(after).toContain('"quantity":0.2,"price":64900');
  expect(readdirSync(join(place, "data/reports")).toSorted()).toEqual([
    "fills-0002-dual-write.html",
    "fills-0002-dual-write.md",
    "fills-0006-validate.html",
    "fills-0006-validate.md",
    "fills-0009-cutover.html",
    "fills-0009-cutover.md",
    "fills-0010-dual-write.html",
    "fills-0010-dual-write.md",
  ]);
});
