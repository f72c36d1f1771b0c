// Every program on every page is type-checked and run as it is printed, and prints what the page says.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import type { Postgres } from "@td/testkit/postgres";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Program, readPrograms } from "../snippets/read-programs.ts";
import type { Outcome, Work } from "../snippets/run-programs.ts";

const ROOT = join(import.meta.dirname, "../..");
const PATTERNS = ["*.md", "docs/*.md", "docs/{concepts,guides,why}/*.md", "packages/*/README.md", "examples/*/README.md"];
const pages = PATTERNS.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .map((page) => ({ page, ...readPrograms(readFileSync(join(ROOT, page), "utf8")) }))
  .filter(({ programs }) => programs.length > 0);
const MARKDOWN = "```";

/** Below the package, so that the programs' imports are found; gone at the end. */
const place = mkdtempSync(join(import.meta.dirname, "../.snippets-"));
afterAll(() => rmSync(place, { recursive: true }));
const folderOf = (page: string): string => join(place, page.replaceAll(/\W/g, "-"));
for (const { page, programs, files } of pages) {
  for (const [name, text] of files) writeInto(folderOf(page), name, text);
  for (const { file, text } of programs) writeInto(folderOf(page), file, text);
}

function writeInto(folder: string, name: string, text: string): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const run = promisify(execFile);

/** Milliseconds for the compiler, and for all programs together: many times what they need on a machine with nothing else to do. */
const PATIENCE_MS = 600_000;

test(
  "every program is sound TypeScript",
  async () => {
    const compilerOptions = {
      lib: ["es2024", "dom", "dom.iterable"],
      noEmit: true,
      declaration: false,
      emitDeclarationOnly: false,
      noPropertyAccessFromIndexSignature: false,
    };
    const config = { extends: join(ROOT, "tsconfig.base.json"), compilerOptions, include: ["**/*.ts"] };
    writeFileSync(join(place, "tsconfig.json"), JSON.stringify(config));
    const said = await run(join(ROOT, "node_modules/.bin/tsc"), ["-p", place, "--pretty", "false", "--checkers", "1"]).catch(
      (error: { stdout: string }) => error,
    );
    expect(said.stdout.replaceAll(`${place}/`, "")).toBe("");
  },
  PATIENCE_MS,
);

describe("the programs", () => {
  const outcomes = new Map<Program, Outcome>();

  beforeAll(async () => {
    const mine = pages.flatMap(({ page, programs }) => programs.filter((it) => "here" in it.run).map((program) => ({ page, program })));
    const environments = new Map<string, Readonly<Record<string, string>>>();
    for (const { page } of mine) if (!environments.has(page)) environments.set(page, await environmentOf(page));
    const list: readonly Work[] = mine.map(({ page, program }) => ({
      folder: folderOf(page),
      file: program.file,
      env: environments.get(page) ?? {},
    }));
    writeFileSync(join(place, "work.json"), JSON.stringify(list));
    await run(process.execPath, [
      join(import.meta.dirname, "../snippets/run-programs.ts"),
      join(place, "work.json"),
      join(place, "outcomes.json"),
    ]);
    const found = JSON.parse(readFileSync(join(place, "outcomes.json"), "utf8")) as readonly Outcome[];
    for (const [at, { program }] of mine.entries()) outcomes.set(program, found[at] ?? { printed: "", failure: "it was not run" });
  }, PATIENCE_MS);

  test.each(pages)("$page prints what it says", ({ programs }) => {
    for (const program of programs.filter(({ run: how }) => "here" in how)) {
      expect(outcomes.get(program), `the program on line ${program.line}`).toEqual({ printed: program.prints, failure: "" });
    }
  });
});

const elsewhere = pages.flatMap(({ page, programs }) =>
  programs.flatMap(({ run: how, line }) => ("by" in how ? [{ page, line, by: how.by }] : [])),
);
test.each(elsewhere)("$by runs the program of $page on line $line", ({ page, by }) => {
  expect(existsSync(join(ROOT, by))).toBe(true);
  expect(readFileSync(join(ROOT, by), "utf8")).toContain(page.split("/").at(-1));
});

test("a program that is not run says why", () => {
  const page = (note: string): string => `${MARKDOWN}ts ${note}\nlet a = 1;\n${MARKDOWN}\n`;
  expect(readPrograms(page("no-run: it needs a broker")).programs[0]?.run).toEqual({ not: "it needs a broker" });
  expect(() => readPrograms(page("no-run"))).toThrow("line 1");
  expect(() => readPrograms(page("skip"))).toThrow("line 1");
});

/** A page that asks for a PostgreSQL has a database of its own: the owner's URL, and two roles that the page makes. */
async function environmentOf(page: string): Promise<Readonly<Record<string, string>>> {
  if (!readFileSync(join(ROOT, page), "utf8").includes("OWNER_URL")) return {};
  const name = `docs_${randomBytes(6).toString("hex")}`;
  await execute(`create database "${name}"`);
  return { OWNER_URL: urlOf(name), APP_URL: urlOf(name, "app"), SYSTEM_URL: urlOf(name, "system") };
}

/** The run's own server. */
const server = (): Postgres["url"] => inject("postgresUrl");

function urlOf(database: string, role?: string): string {
  const url = new URL(server());
  url.pathname = database;
  if (role !== undefined) [url.username, url.password] = [`${database}_${role}`, "secret"];
  return url.href;
}

async function execute(statement: string): Promise<void> {
  const sql = postgres(server(), { max: 1, fetch_types: false });
  await sql.unsafe(statement);
  await sql.end();
}
