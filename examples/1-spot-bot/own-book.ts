// Without an input the example makes one: a bot's trade log with everything that goes wrong in such logs, and its known answer.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { writeLegacyBook, type BookTruth } from "@td/testkit";
import { InputError } from "@td/example-shared/failure";
import { makeFolder, removeEmpty } from "./folders.ts";

/** A made book. */
export interface OwnBook {
  readonly folder: string;
  readonly truth: BookTruth;
  /** False when an earlier run had made it. */
  readonly fresh: boolean;
}

const ANSWER = "answer.json";

/** The folder of a made book below `out`. */
export function bookFolder(out: string, { seed, scale, dirty }: { seed: number; scale: number; dirty: boolean }): string {
  return join(out, `seed-${seed}${scale === 1 ? "" : `-scale-${scale}`}${dirty ? "" : "-clean"}`);
}

/** Makes the book, or takes the one that is there. It appears whole or not at all: it is written elsewhere and then renamed. */
export function ownBook(out: string, choice: { seed: number; scale: number; dirty: boolean }): OwnBook {
  const folder = join(bookFolder(out, choice), "book");
  if (existsSync(join(folder, ANSWER))) return { folder, truth: readAnswer(folder), fresh: false };
  const parent = resolve(bookFolder(out, choice));
  const part = join(parent, PART + process.pid);
  const firstMade = makeFolder(part);
  try {
    removeLeftovers(parent);
    const truth = writeLegacyBook(part, choice);
    writeFileSync(join(part, ANSWER), JSON.stringify(truth, null, 1) + "\n");
    renameSync(part, folder);
    return { folder, truth, fresh: true };
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    removeEmpty(parent, firstMade);
    throw error;
  }
}

const PART = "book.part-";

/** What killed runs left behind. */
function removeLeftovers(parent: string): void {
  const parts = readdirSync(parent).filter((name) => name.startsWith(PART));
  for (const part of parts) if (!isRunning(Number(part.slice(PART.length)))) rmSync(join(parent, part), { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function readAnswer(folder: string): BookTruth {
  const file = join(folder, ANSWER);
  try {
    return JSON.parse(readFileSync(file, "utf8")) as BookTruth;
  } catch (error) {
    throw new InputError("book-damaged", `${file} cannot be read any more. Delete the folder ${folder}: it is made again.`, error);
  }
}
