// The pages of the site: every Markdown page of the repository that strangers read, where it goes, and in which part of the navigation.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../.ci/packages.ts";

/** A page made from Markdown. */
export interface Page {
  /** Path of the Markdown in the repository. */
  readonly source: string;
  /** Path of the page in the site. */
  readonly path: string;
  /** Part of the navigation. */
  readonly part: string;
  /** Its first heading. */
  readonly title: string;
  /** The Markdown. */
  readonly text: string;
}

const PARTS: readonly (readonly [part: string, patterns: readonly string[]])[] = [
  ["Start", ["README.md", "docs/start.md", "docs/README.md", "docs/promises.md", "docs/benchmarks.md"]],
  ["Guides", ["docs/guides/*.md"]],
  ["Concepts", ["docs/concepts/*.md"]],
  ["Why", ["docs/why/*.md"]],
  ["Packages", ["packages/*/README.md"]],
  ["Examples", ["examples/*/README.md"]],
  ["The project", ["CONTRIBUTING.md", "SECURITY.md"]],
];

/** Reads all pages, in the order of the navigation. */
export function readPages(): readonly Page[] {
  return PARTS.flatMap(([part, patterns]) =>
    patterns.flatMap((pattern) => globSync(pattern, { cwd: ROOT }).toSorted()).map((source) => pageOf(source, part)),
  );
}

function pageOf(source: string, part: string): Page {
  const text = readFileSync(join(ROOT, source), "utf8");
  const title = /^# (.+)$/m.exec(text)?.[1]?.replaceAll("`", "") ?? source;
  return { source, path: sitePath(source), part, title, text };
}

/** Where the page of a Markdown file goes: `docs/why/x.md` to `docs/why/x.html`, a README to the index of its folder. */
export function sitePath(source: string): string {
  return source.replace(/README\.md$/, "index.md").replace(/\.md$/, ".html");
}
