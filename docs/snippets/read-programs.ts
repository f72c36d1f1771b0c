// What a page's blocks are to the gate: programs with what they print, the files they find, and those that run elsewhere or not at all.
import { type Block, readBlocks } from "./read-blocks.ts";

/** A program of a page. */
export interface Program {
  /** File name: the one in its first line (`// fills.ts`), else one of its place in the page. */
  readonly file: string;
  /** Line of its fence in the page, from 1. */
  readonly line: number;
  readonly text: string;
  /** What it prints; the empty text for a module that others import. */
  readonly prints: string;
  /** Whether this gate runs it, the test that does, or the reason why none does. */
  readonly run: { readonly here: true } | { readonly by: string } | { readonly not: string };
}

/** A page as the gate sees it. */
export interface PagePrograms {
  readonly programs: readonly Program[];
  /** The files that its programs find in their folder, by name. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Reads a page. A ```ts block is a program that prints the next ```text block, or nothing when another program comes before one; `run-by FILE` behind
 * its language names the test that runs it instead, `no-run: REASON` says why nothing does. A name behind another language makes the block a file.
 * Throws when a fence of TypeScript says anything else.
 */
export function readPrograms(page: string): PagePrograms {
  const blocks = readBlocks(page);
  const files = blocks.filter(({ language, note }) => language !== "ts" && note !== "").map(({ note, text }) => [note, text] as const);
  const programs = blocks.flatMap((block, at) => (block.language === "ts" ? [programOf(block, blocks.slice(at + 1))] : []));
  return { programs: programs.map((program, at) => named(program, at)), files: new Map(files) };
}

function programOf({ line, note, text }: Block, behind: readonly Block[]): Program {
  const next = behind.find(({ language, note: name }) => language === "ts" || (language === "text" && name === ""));
  const file = /^\/\/ ([\w./-]+\.ts)$/m.exec(text.split("\n", 1)[0] ?? "")?.[1] ?? "";
  return { file, line, text, prints: next?.language === "text" ? next.text : "", run: runOf(note, line) };
}

function runOf(note: string, line: number): Program["run"] {
  if (note === "") return { here: true };
  const [, by] = /^run-by (\S+)$/.exec(note) ?? [];
  if (by !== undefined) return { by };
  const [, not] = /^no-run: (.+)$/.exec(note) ?? [];
  if (not !== undefined) return { not };
  throw new Error(`line ${line}: "\`\`\`ts ${note}" is neither "run-by FILE" nor "no-run: REASON"`);
}

const named = (program: Program, at: number): Program => (program.file === "" ? { ...program, file: `program-${at + 1}.ts` } : program);
