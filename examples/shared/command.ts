// The frame of an example's command line: help, a report for people or for programs, one sentence for a failure, an exit code.
import { describeFailure, Stopped } from "./failure.ts";

/** One example's command line. */
export interface Command<Choices extends { readonly json: boolean }> {
  /** What a person types before the options. */
  readonly start: string;
  /** All options; `--help` prints it. */
  readonly usage: string;
  /** The options that choose where a run writes. Default `--out`. */
  readonly out?: string;
  /** Reads the options, or throws a `UsageError`. */
  read(args: readonly string[]): Choices | "help";
  /** Does the work. It loads its modules late: a wrong command line is told at once, without a database. */
  run(choices: Choices): Promise<Outcome>;
}

/** What a run gives. */
export interface Outcome {
  /** For programs, as JSON. */
  readonly report: unknown;
  /** For people. */
  readonly text: () => string;
  /** Whether all that must hold holds; else the exit code is 1. */
  readonly isRight: boolean;
}

/** Runs a command line and gives its exit code. */
export async function runCommand<Choices extends { readonly json: boolean }>(
  command: Command<Choices>,
  args: readonly string[],
): Promise<number> {
  process.stdout.on("error", quietWhenClosed);
  try {
    const choices = command.read(args);
    if (choices === "help") {
      process.stdout.write(command.usage);
      return 0;
    }
    const { report, text, isRight } = await command.run(choices);
    process.stdout.write(choices.json ? `${JSON.stringify(report, null, 1)}\n` : text());
    return isRight ? 0 : 1;
  } catch (error) {
    return explain(error, command, args);
  }
}

/** Somebody closed the pipe, for instance `| head`: nothing to complain about. */
function quietWhenClosed(error: Error & { readonly code?: string }): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}

function explain(error: unknown, { start, out }: Pick<Command<never>, "start" | "out">, args: readonly string[]): number {
  const { code, message, exitCode, isUnexpected } = describeFailure(error, out);
  const goOn = `Stopped. What was done so far is kept; the same command goes on from there:\n   ${typed(start, args)}`;
  process.stderr.write(`${error instanceof Stopped ? goOn : message}\n`);
  if (isUnexpected && error instanceof Error && process.env["TD_DEBUG"] !== undefined) process.stderr.write(`${error.stack ?? ""}\n`);
  if (args.includes("--json")) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  return exitCode;
}

/** The command line as it was typed. */
function typed(start: string, args: readonly string[]): string {
  return [start, ...args.map((arg) => (/^[\w./:=+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`))].join(" ");
}
