// The API reference: a page for each entry of each package, with every exported name, what it is for and how it is declared.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "../../.ci/packages.ts";
import { type ApiEntry, type ApiItem, readApi } from "../api/read-api.ts";
import { statementsOf } from "../api/statements.ts";
import { escapeHtml, highlight, renderMarkdown, type Section } from "./render-markdown.ts";

/** A page of the reference. */
export interface ReferencePage {
  /** What is imported: `@td/fifo/audit`. */
  readonly title: string;
  readonly path: string;
  readonly html: string;
  readonly sections: readonly Section[];
}

/** Entries that td's own packages use. */
const INSIDE = /\/(internal|sqlite-process)$/;

/** Makes the pages, in the order of the packages. */
export function referencePages(): readonly ReferencePage[] {
  return readApi()
    .flatMap(({ entries }) => entries)
    .filter(({ specifier }) => !INSIDE.test(specifier))
    .map(pageOf);
}

/** The path of the page of an entry. */
export const referencePath = (specifier: string): string => `api/${specifier.replace("@td/", "").replaceAll("/", "-")}.html`;

function pageOf({ specifier, items, elsewhere }: ApiEntry): ReferencePage {
  const shown = [...items.filter((item) => !isType(item)), ...items.filter(isType)].map((item) => ({ item, about: aboutOf(item) }));
  const others = [...elsewhere].map(([name, from]) => `<p><code>${name}</code>: see ${nameOfHome(from)}.</p>`).join("");
  const parts = shown.map(({ item, about }) => {
    const code = highlight(declarationOf(item), "ts");
    return `<section class="api"><h2 id="${item.name}" tabindex="-1"><code>${item.name}</code></h2>${about.html}<pre tabindex="0"><code>${code}</code></pre></section>`;
  });
  const html = `<h1>${escapeHtml(specifier)}</h1>
<p>Every name that <code>${escapeHtml(specifier)}</code> exports. Declarations are as the compiler writes them.</p>
${listOf(
  "Functions, classes, values",
  items.filter((item) => !isType(item)),
)}${listOf("Types", items.filter(isType))}${others}${parts.join("\n")}`;
  const sections = shown.map(({ item: { name }, about }) => ({ anchor: name, title: name, text: about.text }));
  return { title: specifier, path: referencePath(specifier), html, sections };
}

const isType = ({ statements }: ApiItem): boolean =>
  statements.every((statement) => ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement));

function listOf(title: string, items: readonly ApiItem[]): string {
  const links = items.map(({ name }) => `<li><a href="#${name}"><code>${name}</code></a></li>`);
  return links.length === 0 ? "" : `<p class="kind">${title}</p><ul class="names">${links.join("")}</ul>`;
}

function nameOfHome(specifier: string): string {
  if (!specifier.startsWith("@td/") || INSIDE.test(specifier)) return `<code>${specifier}</code>`;
  return `<a href="${referencePath(specifier).replace("api/", "")}"><code>${specifier}</code></a>`;
}

function aboutOf({ statements }: ApiItem): { readonly html: string; readonly text: string } {
  const text = statements.map(docOf).find((doc) => doc !== "") ?? "";
  return { html: renderMarkdown(text, () => null).html, text };
}

/** The text of the doc comment before a statement. */
function docOf(statement: ts.Node): string {
  const { text } = statement.getSourceFile();
  const comment = (ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [])
    .map(({ pos, end }) => text.slice(pos, end))
    .findLast((found) => found.startsWith("/**"));
  const lines = (comment ?? "")
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .split("\n");
  const plain = lines.map((line) => line.replace(/^\s*\* ?/, "")).join("\n");
  return plain.replaceAll(/\{@link ([^}]+)\}/g, "`$1`").trim();
}

/** Error codes as in the source, where each has its line; the compiler drops comments inside of unions. */
function declarationOf({ name, file, statements }: ApiItem): string {
  const source = name.endsWith("Code")
    ? ts.createSourceFile(file, readFileSync(join(ROOT, file), "utf8"), ts.ScriptTarget.Latest, true)
    : undefined;
  const shown = source === undefined ? statements : statementsOf(source, name);
  const texts = (shown.length === 0 ? statements : shown).map((statement) => statement.getText());
  return texts
    .join("\n")
    .replaceAll(/^export (declare )?/gm, "")
    .replaceAll(/import\("[^"]+"\)\./g, "")
    .replaceAll(/^( {4})+/gm, (spaces) => " ".repeat(spaces.length / 2));
}
