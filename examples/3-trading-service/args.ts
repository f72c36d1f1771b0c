// What the person asked for on the command line.
import { parseArgs } from "node:util";
import { readInstant, writeInstant } from "@td/fifo/values";
import { UsageError } from "@td/example-shared/failure";

/** Which way a run goes. */
export type Way = "forward" | "finish" | "back";

/** The choices of one run. */
export interface Choices {
  /** `forward` to the cutover, `finish` behind the last rollback, or `back` to the files. */
  readonly way: Way;
  /** A folder of the person's own; `null` makes a tree. It is copied: the original is never written to. */
  readonly input: string | null;
  /** Which tree is made; ignored with `input`. */
  readonly seed: number;
  /** Where tree, reports, key and database go. */
  readonly out: string;
  /** A PostgreSQL URL; `null` makes a SQLite file in `out`. */
  readonly database: string | null;
  /** PostgreSQL: the URL of the owner, to make the tables and the role of `database` first. */
  readonly owner: string | null;
  /** Canonical instant at which a list of indicators was computed. */
  readonly signalsAt: string | null;
  /** Print the report as JSON. */
  readonly json: boolean;
}

/** The help. */
export const USAGE = `Usage: node examples/3-trading-service/main.ts [options]

Without --input it makes the files of an old trading service, traps included, and trades while it moves them.

  (nothing)          import, go through the phases to the cutover, move the old files to data/archive/
  --back             go all the way back: the files are as they were, apart from what was traded since
  --finish           the last phase: the file is no longer written; there is no way back behind it

  --input DIR        a folder with data/ and paper_trading/; it is copied, and only the copy is worked on
  --out DIR          where the tree, the database, the key and the reports go (default ./td-service)
  --database URL     a PostgreSQL database; default: the variable DATABASE_URL, else a SQLite file in the --out folder
  --owner-database URL
                     the same database for its owner: makes the tables, and the role of --database
  --signals-at TIME  when a list of indicators was computed, such as 2025-11-20T10:00:00Z: it does not say so itself
  --seed N           which tree to make, 0 to 999999999 (default 1)
  --json             print the whole report as JSON
  --help             print this text
`;

const OPTIONS = {
  back: { type: "boolean" },
  finish: { type: "boolean" },
  input: { type: "string" },
  out: { type: "string" },
  database: { type: "string" },
  "owner-database": { type: "string" },
  "signals-at": { type: "string" },
  seed: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** Reads the arguments; `"help"` when they ask for help. Throws a {@link UsageError}. */
export function readArgs(args: readonly string[], databaseUrl: string | undefined): Choices | "help" {
  const values = parse(args);
  if (values.help === true) return "help";
  if (values.back === true && values.finish === true)
    throw new UsageError("--back and --finish lead different ways; leave one of the two out");
  if (values.input !== undefined && values.seed !== undefined)
    throw new UsageError("--seed is about the tree that is made without --input; leave one of the two out");
  return {
    way: values.back === true ? "back" : values.finish === true ? "finish" : "forward",
    input: notEmpty("input", values.input),
    seed: seed(values.seed ?? "1"),
    out: notEmpty("out", values.out) ?? "td-service",
    database: postgres("database", values.database ?? databaseUrl),
    owner: postgres("owner-database", values["owner-database"]),
    signalsAt: values["signals-at"] === undefined ? null : instant(values["signals-at"]),
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

function notEmpty(name: string, value: string | undefined): string | null {
  if (value === "") throw new UsageError(`--${name} is empty`);
  return value ?? null;
}

/** The URL holds a password, so it is not repeated. */
function postgres(name: string, url: string | undefined): string | null {
  if (url === undefined || url === "") return null;
  if (/^postgres(ql)?:\/\//.test(url)) return url;
  throw new UsageError(`--${name} is not a PostgreSQL URL: give postgres://ROLE:PASSWORD@HOST:PORT/DATABASE, or leave it out for SQLite`);
}

function seed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`--seed ${text}: give a whole number from 0 to 999999999`);
}

function instant(text: string): string {
  const value = readInstant(text);
  if (typeof value === "number") return writeInstant(value);
  throw new UsageError(`--signals-at ${text}: give a time with its offset, such as 2025-11-20T10:00:00Z (${value})`);
}
