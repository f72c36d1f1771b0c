// Markdown to HTML: headings with anchors, code in colour, tables that scroll by themselves, links that lead to pages of the site.
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import MarkdownIt from "markdown-it";
import { slugger } from "./slug.ts";

hljs.registerLanguage("ts", typescript);
hljs.registerLanguage("sh", bash);
hljs.registerLanguage("json", json);
hljs.registerLanguage("jsonl", json);
hljs.registerLanguage("sql", sql);

/** A part of a page under one heading, for the search. */
export interface Section {
  /** Anchor; empty for what stands before the second heading. */
  readonly anchor: string;
  readonly title: string;
  readonly text: string;
}

/** A page's content. */
export interface Rendered {
  readonly html: string;
  readonly sections: readonly Section[];
}

/** Code in colour, escaped; languages that are not known stay plain. */
export function highlight(code: string, language: string): string {
  return hljs.getLanguage(language) === undefined ? escapeHtml(code) : hljs.highlight(code, { language }).value;
}

/** Text that is safe in HTML. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/**
 * Renders a page. `link` gives the address of a relative link, or null for one that leads out of the site's pages: then only its words stay, with
 * the path as their title.
 */
export function renderMarkdown(text: string, link: (href: string) => string | null): Rendered {
  const markdown = new MarkdownIt({ html: false, highlight: (code, language) => highlight(code, language.split(" ", 1)[0] ?? "") });
  const slug = slugger();
  const sections: { anchor: string; title: string; text: string }[] = [];
  const tokens = markdown.parse(text, {});
  for (const [at, token] of tokens.entries()) {
    if (token.type === "heading_open") {
      const title = plainText(tokens[at + 1]?.children ?? []);
      const anchor = slug(title);
      token.attrSet("id", anchor);
      token.attrSet("tabindex", "-1");
      sections.push({ anchor: token.tag === "h1" ? "" : anchor, title, text: "" });
    }
    const section = sections.at(-1);
    if (section !== undefined && token.type === "inline" && tokens[at - 1]?.type !== "heading_open")
      section.text += `${plainText(token.children ?? [])} `;
    for (const child of token.children ?? []) if (child.type === "link_open") relink(child, link);
  }
  const html = markdown.renderer
    .render(tokens, markdown.options, {})
    .replaceAll("<table>", '<div class="wide" tabindex="0" role="group" aria-label="Table"><table>')
    .replaceAll("</table>", "</table></div>")
    .replaceAll("<pre>", '<pre tabindex="0">')
    .replaceAll(/<a data-file="([^"]*)">(.*?)<\/a>/g, '<span class="file" title="$1">$2</span>');
  return { html, sections };
}

type Token = ReturnType<InstanceType<typeof MarkdownIt>["parse"]>[number];

const plainText = (tokens: readonly Token[]): string => tokens.map((token) => (token.type === "softbreak" ? " " : token.content)).join("");

function relink(token: Token, link: (href: string) => string | null): void {
  const href = String(token.attrGet("href") ?? "");
  if (/^(https?:|mailto:|#)/.test(href)) return;
  const address = link(href);
  if (address !== null) return token.attrSet("href", address);
  token.attrs = [["data-file", href]];
}
