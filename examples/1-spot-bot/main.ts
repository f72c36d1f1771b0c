// From a bot's trade log to an exact FIFO ledger in SQLite: `node examples/1-spot-bot/main.ts --help`.
import { setFlagsFromString } from "node:v8";
import { readArgs, USAGE } from "./args.ts";
import { describeFailure, Stopped } from "./failure.ts";
import { planRun } from "./plan.ts";

// Left alone, Node lets garbage grow to several times what is in use on a machine with much memory. A large book then takes twice the
// memory for a twentieth less time: not a trade that somebody with other programs open would make.
setFlagsFromString("--heap-growing-percent=25");

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  process.stdout.on("error", quietWhenClosed);
  try {
    const choices = readArgs(args);
    if (choices === "help") {
      process.stdout.write(USAGE);
      return 0;
    }
    const plan = planRun(choices, new Date(), (text) => process.stderr.write(text));
    // Loaded late: a wrong command line or a missing file is told at once, without a database.
    const { run, isRight } = await import("./run.ts");
    const { reportText } = await import("./text.ts");
    const report = await run(choices, plan);
    process.stdout.write(choices.json ? JSON.stringify(report, null, 1) + "\n" : reportText(report));
    return isRight(report) ? 0 : 1;
  } catch (error) {
    return explainFailure(error, args);
  }
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
      process.stdout.write(JSON.stringify({ error: { code: "stopped", message: "stopped; run the same command to go on" } }) + "\n");
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
  if (args.includes("--json")) process.stdout.write(JSON.stringify({ error: { code, message } }) + "\n");
  return exitCode;
}

/** The command line as it was typed. */
function command(args: readonly string[]): string {
  const start = process.env["npm_lifecycle_event"] === "demo" ? "npx -y pnpm@12 demo" : "node examples/1-spot-bot/main.ts";
  return [start, ...args.map((arg) => (/^[\w./:=+-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`))].join(" ");
}
