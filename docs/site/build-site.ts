// `pnpm site`: makes the site from the pages of the repository and the sources of the packages, in `site/`. It works from a server and from the disk.
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize, posix } from "node:path";
import { build } from "esbuild";
import MiniSearch from "minisearch";
import { ROOT } from "../../.ci/packages.ts";
import { type Page, readPages, sitePath } from "./pages.ts";
import { referencePages, referencePath } from "./reference.ts";
import { renderMarkdown, type Section } from "./render-markdown.ts";
import { SEARCH_OPTIONS, type SearchEntry } from "./search-options.ts";
import { type Chapter, shell } from "./shell.ts";

interface Finished {
  readonly path: string;
  readonly part: string;
  readonly title: string;
  readonly html: string;
  readonly sections: readonly Section[];
}

/** Makes the site in an empty folder. Returns the paths of its pages. */
export async function buildSite(out: string): Promise<readonly string[]> {
  const pages = readPages();
  const known = new Map(pages.map(({ source, path }) => [source, path]));
  const written = pages.map((page) => ({ ...page, ...renderMarkdown(page.text, (href) => addressOf(page, href, known)) }));
  const reference = referencePages().map((page) => ({ ...page, part: "API" }));
  const finished: readonly Finished[] = [...written, ...reference];
  const chapters = chaptersOf(finished);
  for (const page of finished) write(out, page.path, shell(page, chapters));
  write(out, "search-index.js", `globalThis.tdSearchIndex=${JSON.stringify(JSON.stringify(indexOf(finished)))};\n`);
  copyFileSync(join(import.meta.dirname, "site.css"), join(out, "site.css"));
  for (const { images, path } of pages.map((page) => ({ images: imagesOf(page), path: page.path }))) {
    for (const image of images) cpSync(join(ROOT, dirname(path), image), join(out, dirname(path), image));
  }
  await build({
    entryPoints: [join(import.meta.dirname, "client.ts")],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    outfile: join(out, "site.js"),
  });
  return finished.map(({ path }) => path);
}

function write(out: string, path: string, text: string): void {
  mkdirSync(join(out, dirname(path)), { recursive: true });
  writeFileSync(join(out, path), text);
}

/** The address of a link from one page to another, or to a folder with a page; null for files that are not pages. */
function addressOf(page: Page, href: string, known: ReadonlyMap<string, string>): string | null {
  const [path = "", anchor] = href.split("#");
  const target = normalize(join(dirname(page.source), path)).replace(/\/$/, "");
  const found =
    known.get(target) ?? known.get(`${target}/README.md`) ?? (target === "docs/concepts" ? sitePath("docs/README.md") : undefined);
  const report = /^packages\/(\w+)\/api\.md$/.exec(target)?.[1]; // the site has the reference instead
  if (report !== undefined) return posix.relative(posix.dirname(page.path), referencePath(`@td/${report}`));
  if (found === undefined) return null;
  return posix.relative(posix.dirname(page.path), found) + (anchor === undefined ? "" : `#${anchor}`);
}

const imagesOf = ({ text }: Page): readonly string[] =>
  [...text.matchAll(/!\[[^\]]*\]\((?!https?:)([^)\s]+)\)/g)].map(([, path = ""]) => path);

function chaptersOf(pages: readonly Finished[]): readonly Chapter[] {
  const parts = [...new Set(pages.map(({ part }) => part))];
  const order = [...parts.filter((part) => part !== "The project"), ...parts.filter((part) => part === "The project")];
  return order.map((part) => ({ part, pages: pages.filter((page) => page.part === part) }));
}

function indexOf(pages: readonly Finished[]): MiniSearch<SearchEntry> {
  const index = new MiniSearch<SearchEntry>(SEARCH_OPTIONS);
  const entries = pages.flatMap(({ path, part, title, sections }) =>
    sections.map((section) => ({
      id: section.anchor === "" ? path : `${path}#${section.anchor}`,
      title: section.title,
      page: section.title === title ? part : `${part}: ${title}`,
      text: section.text,
    })),
  );
  index.addAll([...new Map(entries.map((entry) => [entry.id, entry])).values()]);
  return index;
}

if (import.meta.main) {
  const out = join(ROOT, "site");
  if (existsSync(out)) rmSync(out, { recursive: true });
  const paths = await buildSite(out);
  console.log(`${paths.length} pages in site/: open site/index.html`);
}
