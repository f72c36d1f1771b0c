// From the files of a single-user trading service to tables for many users, and back: `node examples/3-trading-service/main.ts --help`.
import { runCommand } from "@td/example-shared/command";
import { readArgs, USAGE } from "./args.ts";

process.exitCode = await runCommand(
  {
    start: "npx -y pnpm@12 exec node examples/3-trading-service/main.ts",
    usage: USAGE,
    read: (args) => readArgs(args, process.env["DATABASE_URL"]),
    async run(choices) {
      const { run, isRight } = await import("./run.ts");
      const { reportText } = await import("./text.ts");
      const report = await run(choices);
      return { report, text: () => reportText(report), isRight: isRight(report) };
    },
  },
  process.argv.slice(2),
);
