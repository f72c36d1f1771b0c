// The tree that is worked on: made, or copied from the person's own; and what it was like before.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Choices } from "./args.ts";
import { InputError } from "@td/example-shared/failure";
import { makeTree, writeTree } from "./made-tree.ts";
import type { Truth } from "./made-truth.ts";
import type { Places } from "./places.ts";
import { surveyTree } from "./survey.ts";

/** SHA-256 of each file, by its path below the tree. */
export type Hashes = Readonly<Record<string, string>>;

/** The tree at its place. */
export interface PreparedTree {
  /** The answer of a made tree; `null` for a person's own. */
  readonly truth: Truth | null;
  /** As it was before anything was done. */
  readonly before: Hashes;
}

/** Makes or copies the tree, unless an earlier run did. A kill on the way leaves nothing that looks like a tree. */
export function prepareTree({ input, seed }: Choices, { out, tree, before }: Places): PreparedTree {
  const made = input === null ? makeTree({ seed }) : null;
  const from = made === null ? `the files of ${resolve(input ?? "")}` : `a made tree, seed ${seed}`;
  if (!existsSync(before)) {
    if (input !== null && statSync(input, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw new InputError("no-such-folder", `${input} is not a folder. Give the one that holds data/ and paper_trading/.`);
    // What is wrong is told of the person's own files, not of a copy.
    if (input !== null) surveyTree(resolve(input));
    if (existsSync(tree)) rmSync(tree, { recursive: true });
    mkdirSync(out, { recursive: true });
    if (made === null) cpSync(input ?? "", tree, { recursive: true, preserveTimestamps: true });
    else writeTree(tree, made);
    mkdirSync(dirname(before), { recursive: true });
    writeFileSync(`${before}.new`, JSON.stringify({ from, files: hashesOf(tree) }, null, 1));
    renameSync(`${before}.new`, before);
  }
  const known = JSON.parse(readFileSync(before, "utf8")) as { readonly from: string; readonly files: Hashes };
  if (known.from !== from)
    throw new InputError("other-input", `${out} already holds ${known.from}, and now it is to be ${from}. Take another folder with --out.`);
  return { truth: made?.truth ?? null, before: known.files };
}

/** Removes a copy of which nothing can be used, so that a mended original is copied anew. */
export function takeBackCopy({ tree, before }: Places): void {
  for (const path of [before, tree]) rmSync(path, { recursive: true, force: true });
}

/** What the files of a tree are, without the archive. */
export function hashesOf(tree: string): Hashes {
  const names = readdirSync(tree, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.startsWith(ARCHIVE) && statSync(join(tree, name)).isFile())
    .toSorted();
  return Object.fromEntries(names.map((name) => [name, sha256(readFileSync(join(tree, name)))]));
}

const ARCHIVE = join("data", "archive");

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
