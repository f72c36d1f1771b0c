// From a bot arena's JSON blob to tables, while its bots trade on: `main.ts --help`.
import { readArgs, USAGE } from "./args.ts";
import { describeFailure, Stopped } from "./failure.ts";
import { listenForStop } from "./stop.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  process.stdout.on("error", quietWhenClosed);
  const stop = listenForStop(() =>
    process.stderr.write("\nStopping at the next safe place. Press Ctrl-C again to stop at once; that is safe, too.\n"),
  );
  try {
    const choices = readArgs(args, process.env);
    if (choices === "help") {
      process.stdout.write(USAGE);
      return 0;
    }
    // Loaded late: a wrong command line is told at once, without a database.
    const { run, isRight } = await import("./run.ts");
    const { reportText } = await import("./text.ts");
    const report = await run(choices, { signal: stop.signal, say: progress });
    process.stdout.write(choices.json ? `${JSON.stringify(report, null, 1)}\n` : reportText(report));
    return isRight(report) ? 0 : 1;
  } catch (error) {
    return explainFailure(error, args);
  } finally {
    stop.end();
  }
}

/** A terminal sees what goes on; a log does not need it. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}

/** Somebody closed the pipe, for instance `| head`: nothing to complain about. */
function quietWhenClosed(error: Error & { readonly code?: string }): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}

function explainFailure(error: unknown, args: readonly string[]): number {
  if (error instanceof Stopped) {
    process.stderr.write(`Stopped. What was done so far is kept; the same command goes on from there:\n   ${command(args)}\n`);
    if (args.includes("--json"))
      process.stdout.write(`${JSON.stringify({ error: { code: "stopped", message: "stopped; run the same command to go on" } })}\n`);
    return error.exitCode;
  }
  const failure = describeFailure(error);
  const { code, message, exitCode } = failure ?? {
    code: "unexpected",
    message: `This should not have happened: ${String(error)}`,
    exitCode: 1,
  };
  process.stderr.write(`${message}\n`);
  if (failure === null && error instanceof Error && process.env["TD_DEBUG"] !== undefined) process.stderr.write(`${error.stack ?? ""}\n`);
  if (args.includes("--json")) process.stdout.write(`${JSON.stringify({ error: { code, message } })}\n`);
  return exitCode;
}

/** The command line as it was typed. */
function command(args: readonly string[]): string {
  return [
    "npx -y pnpm@12 exec node examples/2-arena/main.ts",
    ...args.map((arg) => (/^[\w./:=+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)),
  ].join(" ");
}
