// Every relative link of every page leads to a file or folder, every test, benchmark and command that a page names is there, and every page is in the index.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./packages.ts";

const pages = globSync("**/*.md", { cwd: ROOT, exclude: (name) => /(^|\/)(node_modules|dist|td-demo)$/.test(name) });
const problems = pages.flatMap((page) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  const links = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, link = ""]) => join(dirname(page), link));
  const named = [...text.matchAll(/`([\w-]+\/(?:test|bench)\/[\w.-]+\.ts)`/g)].map(([, file = ""]) =>
    file.startsWith("docs/") ? file : join("packages", file),
  );
  const missing = [...links, ...named, ...programs(page, text)].filter((file) => !existsSync(join(ROOT, file)));
  return [
    ...missing.map((file) => `${page}: ${file} does not exist`),
    ...commands(text).map((name) => `${page}: there is no command ${name}`),
  ];
});
const index = readFileSync(join(ROOT, "docs/README.md"), "utf8");
const unlisted = globSync("*/*.md", { cwd: join(ROOT, "docs") }).filter((page) => !index.includes(`](${page})`));
problems.push(...unlisted.map((page) => `docs/README.md: ${page} is not listed`));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;

/** The blocks of commands of a page. */
function shellBlocks(text: string): readonly string[] {
  return [...text.matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].map(([, block = ""]) => block);
}

/** The programs of examples that commands run, from the root or from the page's own folder. */
function programs(page: string, text: string): readonly string[] {
  const files = shellBlocks(text).flatMap((block) => [...block.matchAll(/\bnode (\S*main\.ts)/g)].map(([, file = ""]) => file));
  return files.map((file) => (file.includes("/") ? file : join(dirname(page), file)));
}

/** What commands ask pnpm for that is neither a script of the repository nor one of pnpm's own words. */
function commands(text: string): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Readonly<Record<string, string>> };
  const known = new Set([...Object.keys(scripts), "exec", "install", "pack"]);
  const words = shellBlocks(text).flatMap((block) =>
    [...block.matchAll(/pnpm@12(?: -r| --silent| --filter "[^"]*")* (\S+)/g)].map(([, word = ""]) => word),
  );
  return words.filter((word) => !known.has(word));
}
