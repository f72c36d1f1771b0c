// The report of a package: every exported name with its signature and nothing else, so that a change of what users rely on shows in review.
import ts from "typescript";
import type { ApiItem, PackageApi } from "./read-api.ts";

const printer = ts.createPrinter({ removeComments: true });

/** The text of `packages/FOLDER/api.md`. */
export function writeReport({ folder, entries, unnamed }: PackageApi): string {
  const parts = entries.map(({ specifier, items, elsewhere }) => {
    const names = [...elsewhere].map(([name, from]) => `- ${name}: see ${from}\n`).join("");
    return `\n## ${specifier}\n\n${names === "" ? "" : `${names}\n`}${fenced(items)}`;
  });
  const rest = unnamed.length === 0 ? "" : `\n## Without a name of their own\n\nWhat the above speaks of.\n\n${fenced(unnamed)}`;
  return `# The public interface of @td/${folder}\n\nWritten by \`pnpm api\`; \`pnpm check\` fails when it is out of date.\n${parts.join("")}${rest}`;
}

const fenced = (items: readonly ApiItem[]): string => `\`\`\`ts\n${items.map(signature).join("\n")}\n\`\`\`\n`;

/** The declaration without comments. */
export function signature({ name, statements }: ApiItem): string {
  const texts = statements.map((statement) => printer.printNode(ts.EmitHint.Unspecified, statement, statement.getSourceFile()));
  const declared = texts.map((text) => text.replace(/^export /, "").replace(/^declare /, "")).join("\n");
  const own = statements[0] === undefined ? name : nameOf(statements[0]);
  return own === name ? declared : `// exported as ${name}\n${declared}`;
}

function nameOf(statement: ApiItem["statements"][number]): string {
  const named = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement;
  return named?.name?.getText() ?? "";
}
