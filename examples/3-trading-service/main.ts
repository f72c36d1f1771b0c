// From the files of a single-user trading service to tables for many users, and back: `node examples/3-trading-service/main.ts --help`.
import { readArgs, USAGE } from "./args.ts";
import { describeFailure } from "./failure.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  process.stdout.on("error", quietWhenClosed);
  try {
    const choices = readArgs(args, process.env["DATABASE_URL"]);
    if (choices === "help") {
      process.stdout.write(USAGE);
      return 0;
    }
    // Loaded late: a wrong command line is told at once, without a database.
    const { run, isRight } = await import("./run.ts");
    const { reportText } = await import("./text.ts");
    const report = await run(choices);
    process.stdout.write(choices.json ? JSON.stringify(report, null, 1) + "\n" : reportText(report));
    return isRight(report) ? 0 : 1;
  } catch (error) {
    const { code, message, exitCode } = describeFailure(error);
    process.stderr.write(`${message}\n`);
    if (process.env["TD_DEBUG"] !== undefined && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    if (args.includes("--json")) process.stdout.write(JSON.stringify({ error: { code, message } }) + "\n");
    return exitCode;
  }
}

/** Somebody closed the pipe, for instance `| head`: nothing to complain about. */
function quietWhenClosed(error: Error & { readonly code?: string }): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}
