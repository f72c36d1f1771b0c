// From a bot arena's JSON blob to tables, while its bots trade on: `main.ts --help`.
import { runCommand } from "@td/example-shared/command";
import { listenForStop } from "@td/example-shared/stop";
import { readArgs, USAGE } from "./args.ts";

process.exitCode = await runCommand(
  {
    start: "npx -y pnpm@12 exec node examples/2-arena/main.ts",
    usage: USAGE,
    read: (args) => readArgs(args, process.env),
    async run(choices) {
      const stop = listenForStop(() =>
        process.stderr.write("\nStopping at the next safe place. Press Ctrl-C again to stop at once; that is safe, too.\n"),
      );
      try {
        const { run, isRight } = await import("./run.ts");
        const { reportText } = await import("./text.ts");
        const report = await run(choices, { signal: stop.signal, say: progress });
        return { report, text: () => reportText(report), isRight: isRight(report) };
      } finally {
        stop.end();
      }
    },
  },
  process.argv.slice(2),
);

/** A terminal sees what goes on; a log does not need it. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}
