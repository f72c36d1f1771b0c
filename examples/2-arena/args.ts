// What the person asked for on the command line.
import { parseArgs } from "node:util";
import type { Phase } from "@td/migrate";
import { UsageError } from "@td/example-shared/failure";

/** The choices of one run. */
export interface Choices {
  /** An arena of the person's own; `null` makes one. */
  readonly input: string | null;
  /** The made arena; ignored with `input`. */
  readonly arena: { readonly seed: number; readonly scale: number };
  /** Where everything goes. */
  readonly out: string;
  /** URL of a PostgreSQL database for the tables; `null` takes a SQLite file in `out`. */
  readonly database: string | null;
  /** The phase to go to; `slim` goes to the end and slims the blob. */
  readonly until: Phase | "slim";
  /** Go one phase back instead. */
  readonly back: boolean;
  /** Why rejected entries may stay behind; `null` when nobody has said. */
  readonly signOff: string | null;
  /** Turns of the bots in each phase. */
  readonly turns: number;
  /** Print the report as JSON. */
  readonly json: boolean;
}

/** The help. */
export const USAGE = `Usage: npx -y pnpm@12 exec node examples/2-arena/main.ts [options]

Without --input it makes an arena of its own: a blob of 2.7 MB with all that goes wrong in such files.

  --input FILE      your own arena.db; it is only read, a copy is worked on
  --out DIR         where the copy, the tables and the reports go (default ./td-arena)
  --database URL    PostgreSQL for the tables, as the role that owns the database (default: DATABASE_URL,
                    else a SQLite file in the --out folder)
  --until PHASE     legacy, dual-write, validate, cutover, archived or slim (default slim: to the end)
  --back            go one phase back from where it stands; after slimming: put the lists back into the blob
  --sign-off WHY    entries that were rejected may stay behind, and why
  --turns N         turns of the bots in each phase, 0 to 1000 (default 12)
  --seed N          which arena to make, 0 to 999999999 (default 1)
  --scale X         how large, 0.05 to 1; 1 is 2.7 MB (default 1)
  --json            print the whole report as JSON
  --help            print this text
`;

const PHASES = ["legacy", "dual-write", "validate", "cutover", "archived", "slim"] as const;

/** Reads the arguments; `"help"` when they ask for help. Throws a {@link UsageError}. */
export function readArgs(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Choices | "help" {
  const values = parse(args);
  if (values.help === true) return "help";
  const forMade = (["seed", "scale"] as const).find((name) => values[name] !== undefined);
  if (values.input !== undefined && forMade !== undefined)
    throw new UsageError(`--${forMade} is about the arena that is made without --input; leave one of the two out`);
  const until = PHASES.find((phase) => phase === (values.until ?? "slim"));
  if (until === undefined) throw new UsageError(`--until ${values.until ?? ""}: give one of ${PHASES.join(", ")}`);
  if (values.back === true && values.until !== undefined) throw new UsageError("--back goes one phase back: leave --until out");
  return {
    input: values.input ?? null,
    arena: { seed: whole("seed", values.seed ?? "1", 0, 999_999_999), scale: scale(values.scale ?? "1") },
    out: values.out ?? "td-arena",
    database: values.database ?? env["DATABASE_URL"] ?? null,
    until,
    back: values.back === true,
    signOff: values["sign-off"] ?? null,
    turns: whole("turns", values.turns ?? "12", 0, 1000),
    json: values.json === true,
  };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    input: text,
    out: text,
    database: text,
    until: text,
    "sign-off": text,
    turns: text,
    seed: text,
    scale: text,
    back: flag,
    json: flag,
    help: flag,
  } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new UsageError(`--${name} ${text}: give a whole number from ${least} to ${most}`);
  return value;
}

function scale(text: string): number {
  const value = /^\d(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0.05 && value <= 1)) throw new UsageError(`--scale ${text}: give a number from 0.05 to 1`);
  return value;
}
