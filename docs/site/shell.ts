// What is around the content of every page: the head, the search, the navigation.
import { posix } from "node:path";
import { escapeHtml } from "./render-markdown.ts";

/** A part of the navigation. */
export interface Chapter {
  readonly part: string;
  readonly pages: readonly { readonly path: string; readonly title: string }[];
}

/** The whole page as HTML. */
export function shell(
  page: { readonly path: string; readonly title: string; readonly part: string; readonly html: string },
  chapters: readonly Chapter[],
): string {
  const to = (path: string): string => posix.relative(posix.dirname(page.path), path);
  const name = page.path === "index.html" ? "td" : `${page.title} · td`;
  return `<!doctype html>
<html lang="en" data-root="${to(".") || "."}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${to("site.css")}">
<script src="${to("site.js")}" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<a class="home" href="${to("index.html")}">td</a>
<div class="search">
<input id="search" type="search" placeholder="Search" aria-label="Search the pages" aria-controls="results" autocomplete="off" spellcheck="false">
<div id="results" hidden></div>
</div>
<button id="menu" type="button" aria-expanded="false" aria-controls="pages">Pages</button>
</header>
<nav id="pages" aria-label="Pages">${chapters.map((chapter) => chapterHtml(chapter, page, to)).join("\n")}</nav>
<main id="content" tabindex="-1">${page.html}</main>
</body>
</html>
`;
}

function chapterHtml(
  { part, pages }: Chapter,
  page: { readonly path: string; readonly part: string },
  to: (path: string) => string,
): string {
  const links = pages.map(({ path, title }) => {
    const here = path === page.path ? ' aria-current="page"' : "";
    return `<li><a href="${to(path)}"${here}>${escapeHtml(title)}</a></li>`;
  });
  return `<details${part === page.part ? " open" : ""}><summary>${part}</summary><ul>${links.join("")}</ul></details>`;
}
