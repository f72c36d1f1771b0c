// The files of the old trading service, made: every shape and trap that such a tree is known for, and the answer that the imports must find.
// Nothing in it is anybody's: names, prices, ids and secrets are invented.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { dice } from "./made-dice.ts";
import { paperFiles } from "./made-paper.ts";
import { tradeFiles } from "./made-trades.ts";
import { emptyTruth, type Truth } from "./made-truth.ts";

/** Which tree is made. */
export interface TreeOptions {
  /** Equal seeds make equal trees. */
  readonly seed: number;
}

/** What is made, file by file. */
export interface MadeFiles {
  readonly [name: string]: string;
}

/** The moment at which the tree was left: an evening in India. */
export const LEFT_AT = "2025-11-20T10:36:00.000000Z";

/** A tree and what must become of it. */
export interface MadeTree {
  readonly files: MadeFiles;
  readonly truth: Truth;
}

/** Writes the files of a tree below a folder. */
export function writeTree(folder: string, { files }: MadeTree): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text, { mode: name.endsWith(".env") ? 0o600 : 0o644 });
  }
}

/** Makes a tree. */
export function makeTree({ seed }: TreeOptions): MadeTree {
  const random = dice(seed);
  const truth = emptyTruth();
  return { files: { ...tradeFiles(random, truth), ...paperFiles(random, truth), "config/kotak_neo.env": CREDENTIALS }, truth };
}

const CREDENTIALS = `# Broker access of the old service
KOTAK_CONSUMER_KEY=made-up-consumer-key
KOTAK_CONSUMER_SECRET="made-up secret # with a hash"
export KOTAK_MOBILE_NUMBER='+910000000000'
KOTAK_PASSWORD=made-up-password
KOTAK_MPIN=000000
KOTAK_TOTP_SECRET=
`;
