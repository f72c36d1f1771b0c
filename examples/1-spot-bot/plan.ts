// What a run works on: where the trades come from, what is known about them, and where they go.
import { createHash } from "node:crypto";
import { basename, join, relative, resolve } from "node:path";
import { readInstant, writeInstant } from "@td/fifo/values";
import type { BookTruth } from "@td/testkit";
import type { Choices } from "./args.ts";
import { findInputs, type Inputs } from "./find-inputs.ts";
import { bookFolder, ownBook } from "./own-book.ts";

/** The plan of a run. */
export interface Plan {
  readonly inputs: Inputs;
  /** The answer of a made book; `null` for a person's own. */
  readonly truth: BookTruth | null;
  /** Canonical instant that stands for the present; `null` takes the newest record. */
  readonly asOf: string | null;
  /** The last instant that a record may have: a day after the present. */
  readonly latest: string;
  /** Absolute path. */
  readonly database: string;
}

const DAY = 86_400_000_000;

/** Makes the book where one is to be made. Throws an `InputError` for an input that cannot be used. */
export function planRun(choices: Choices, now: Date, say: (text: string) => void): Plan {
  const database = (usual: string) => resolve(choices.db ?? usual);
  if (choices.input !== null) {
    const inputs = findInputs(choices.input);
    return {
      inputs,
      truth: null,
      asOf: choices.asOf,
      latest: dayAfter(choices.asOf ?? now),
      database: database(join(choices.out, databaseName(choices.input))),
    };
  }
  if (choices.book.scale >= 10) say("Making a large book first; that takes a while.\n");
  const { folder, truth } = ownBook(choices.out, choices.book);
  const asOf = choices.asOf ?? truth.asOf;
  return {
    inputs: findInputs(folder),
    truth,
    asOf,
    latest: dayAfter(asOf),
    database: database(join(bookFolder(choices.out, choices.book), "td.db")),
  };
}

/** The input's name and a few digits that tell inputs of one name apart. */
function databaseName(input: string): string {
  const path = resolve(input);
  const name =
    basename(path)
      .replace(/\.[^.]+$/, "")
      .replaceAll(/[^\w.-]+/g, "-") || "input";
  return `${name}-${createHash("sha256").update(path).digest("hex").slice(0, 6)}.db`;
}

function dayAfter(instant: string | Date): string {
  const micros = readInstant(instant);
  if (typeof micros !== "number") throw new RangeError(`${String(instant)}: ${micros}`);
  return writeInstant(micros + DAY);
}

/** A path as a person at this folder would type it. */
export function typed(path: string): string {
  const short = relative(process.cwd(), path);
  return short === "" || short.startsWith("..") ? path : short;
}
