// What the person asked for on the command line.
import { parseArgs } from "node:util";
import { UsageError } from "@td/example-shared/failure";
import { readInstant, writeInstant } from "@td/fifo/values";

/** The choices of one run. */
export interface Choices {
  /** A file or folder of the person's own; `null` makes a book. */
  readonly input: string | null;
  /** The made book; ignored with `input`. */
  readonly book: { readonly seed: number; readonly scale: number; readonly dirty: boolean };
  /** Where books and databases go. */
  readonly out: string;
  /** The database file; `null` puts it into `out`. */
  readonly db: string | null;
  /** Whose ledger it is. */
  readonly user: string;
  /** Canonical instant that stands for the present; `null` takes the book's own, or the newest record's. */
  readonly asOf: string | null;
  /** Days of fills that the exchange keeps. */
  readonly retentionDays: number;
  /** Give up an unfinished import and begin the file again. */
  readonly restart: boolean;
  /** Print the report as JSON. */
  readonly json: boolean;
}

/** The help. */
export const USAGE = `Usage: node examples/1-spot-bot/main.ts [options]

Without --input it makes a legacy trade log of its own, dirty lines included.

  --input PATH      a folder with trade_records.jsonl or .csv (and, if you have it, exchange_fills.jsonl),
                    one of these files, or a Coinbase Pro fills CSV
  --out DIR         where the made book and the database go (default ./td-demo)
  --db FILE         the database file (default: in the --out folder)
  --user NAME       whose ledger it is (default demo)
  --as-of INSTANT   the present, such as 2025-11-21T00:00:00Z (default: the made book's own, or the newest record);
                    a record more than a day later is not believed
  --retention DAYS  days of fills that the exchange keeps (default 90)
  --seed N          which book to make, 0 to 999999999 (default 1)
  --scale X         how large, 1 to 1000; 1 is about 6,000 trades (default 1)
  --clean           make the book without dirty lines
  --restart         give up an import that was stopped, and begin its file again
  --json            print the whole report as JSON
  --help            print this text
`;

/** All options; each is explained in {@link USAGE}. */
export const OPTIONS = {
  input: { type: "string" },
  out: { type: "string" },
  db: { type: "string" },
  user: { type: "string" },
  "as-of": { type: "string" },
  retention: { type: "string" },
  seed: { type: "string" },
  scale: { type: "string" },
  clean: { type: "boolean" },
  restart: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** Reads the arguments; `"help"` when they ask for help. Throws a {@link UsageError}. */
export function readArgs(args: readonly string[]): Choices | "help" {
  const values = parse(args);
  if (values.help === true) return "help";
  const forBook = (["seed", "scale", "clean"] as const).find((name) => values[name] !== undefined);
  if (values.input !== undefined && forBook !== undefined) {
    throw new UsageError(`--${forBook} is about the book that is made without --input; leave one of the two out`);
  }
  return {
    input: notEmpty("input", values.input) ?? null,
    book: { seed: whole("seed", values.seed ?? "1", 0, 999_999_999), scale: scale(values.scale ?? "1"), dirty: values.clean !== true },
    out: notEmpty("out", values.out) ?? "td-demo",
    db: notEmpty("db", values.db) ?? null,
    user: notEmpty("user", values.user) ?? "demo",
    asOf: values["as-of"] === undefined ? null : instant(values["as-of"]),
    retentionDays: whole("retention", values.retention ?? "90", 1, 36_500),
    restart: values.restart === true,
    json: values.json === true,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function notEmpty(name: string, value: string | undefined): string | undefined {
  if (value === "") throw new UsageError(`--${name} is empty`);
  return value;
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new UsageError(`--${name} ${text}: give a whole number from ${least} to ${most}`);
  return value;
}

function scale(text: string): number {
  const value = /^\d{1,4}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= 1000)) throw new UsageError(`--scale ${text}: give a number from 1 to 1000`);
  return value;
}

function instant(text: string): string {
  const value = readInstant(text);
  if (typeof value === "string")
    throw new UsageError(`--as-of ${text}: give a time with its offset, such as 2025-11-21T00:00:00Z (${value})`);
  return writeInstant(value);
}
