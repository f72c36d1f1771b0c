// From a bot's trade log to an exact FIFO ledger in SQLite: `node examples/1-spot-bot/main.ts --help`.
import { setFlagsFromString } from "node:v8";
import { runCommand } from "@td/example-shared/command";
import { readArgs, USAGE } from "./args.ts";
import { planRun } from "./plan.ts";

// Left alone, Node lets garbage grow to several times what is in use on a machine with much memory. A large book then takes twice the
// memory for a twentieth less time: not a trade that somebody with other programs open would make.
setFlagsFromString("--heap-growing-percent=25");

process.exitCode = await runCommand(
  {
    start: process.env["npm_lifecycle_event"] === "demo" ? "npx -y pnpm@12 demo" : "node examples/1-spot-bot/main.ts",
    usage: USAGE,
    out: "--out or --db",
    read: readArgs,
    async run(choices) {
      const plan = planRun(choices, new Date(), (text) => process.stderr.write(text));
      const { run, isRight } = await import("./run.ts");
      const { reportText } = await import("./text.ts");
      const report = await run(choices, plan);
      return { report, text: () => reportText(report), isRight: isRight(report) };
    },
  },
  process.argv.slice(2),
);
