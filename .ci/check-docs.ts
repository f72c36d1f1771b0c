// Every relative link of every page leads to a file or folder, every test or benchmark that a page names is there, and every page is in the index.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./packages.ts";

const pages = globSync("**/*.md", { cwd: ROOT, exclude: (name) => /(^|\/)(node_modules|dist|td-demo)$/.test(name) });
const problems = pages.flatMap((page) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  const links = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, link = ""]) => join(dirname(page), link));
  const named = [...text.matchAll(/`([\w-]+\/(?:test|bench)\/[\w.-]+\.ts)`/g)].map(([, file = ""]) => join("packages", file));
  return [...links, ...named].filter((file) => !existsSync(join(ROOT, file))).map((file) => `${page}: ${file} does not exist`);
});
const index = readFileSync(join(ROOT, "docs/README.md"), "utf8");
const unlisted = globSync("*/*.md", { cwd: join(ROOT, "docs") }).filter((page) => !index.includes(`](${page})`));
problems.push(...unlisted.map((page) => `docs/README.md: ${page} is not listed`));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
