// From a bot's trade log to an exact FIFO ledger in SQLite: `node examples/1-spot-bot/main.ts --help`.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { importTables } from "@td/migrate";
import { openStorage } from "@td/storage";
import { readArgs, USAGE, type Choices } from "./args.ts";
import { exchangeBackfills } from "./backfill.ts";
import { exchangeFills } from "./exchange-fills.ts";
import { describeFailure, Stopped } from "./failure.ts";
import { makeFolder, takeBack } from "./folders.ts";
import { planRun, typed, type Plan } from "./plan.ts";
import type { Report, VersionSummary } from "./report.ts";
import { listenForStop } from "./stop.ts";
import { tellStory, type Story } from "./story.ts";
import { reportText } from "./text.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  process.stdout.on("error", quietWhenClosed);
  try {
    const choices = readArgs(args);
    if (choices === "help") {
      process.stdout.write(USAGE);
      return 0;
    }
    const report = await run(choices);
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

async function run(choices: Choices): Promise<Report> {
  const plan = planRun(choices, new Date(), (text) => process.stderr.write(text));
  const firstMade = makeFolder(dirname(plan.database)),
    fresh = !existsSync(plan.database);
  const outcome = { empty: true };
  try {
    return describe(choices, plan, await work(choices, plan, outcome));
  } catch (error) {
    if (fresh && outcome.empty) takeBack(plan.database, firstMade);
    throw error;
  }
}

/** Opens the database and tells the story; `outcome.empty` stays true as long as a failure leaves nothing worth keeping. */
async function work(choices: Choices, plan: Plan, outcome: { empty: boolean }): Promise<Story> {
  const stop = listenForStop(() =>
    process.stderr.write("\nStopping at the next safe place. Press Ctrl-C again to stop at once; that is safe, too.\n"),
  );
  const storage = await openStorage(`sqlite:${plan.database}`, { tables: [...importTables, exchangeFills, exchangeBackfills] });
  const me = storage.forUser(choices.user);
  try {
    return await tellStory(
      { me, signal: stop.signal, stream: process.stderr },
      { ...plan, retentionDays: choices.retentionDays, restart: choices.restart },
    );
  } finally {
    outcome.empty = !stop.signal.aborted && (await me.fills.count()) === 0;
    await storage.close();
  }
}

function describe({ user, book }: Choices, { inputs, truth, database }: Plan, story: Story): Report {
  const path = typed(database),
    quoted = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  const query = (sql: string) => `sqlite3 -box ${quoted} "${sql}"`;
  const { before, after } = story.versions;
  const edited = truth !== null && story.imports.trades.sha256 !== truth.files["trade_records.jsonl"].sha256;
  return {
    format: "td-spot-bot/1",
    user,
    input: {
      kind: inputs.trades.kind,
      trades: typed(inputs.trades.path),
      exchange: inputs.exchange === null ? null : typed(inputs.exchange),
      made: truth === null ? null : book,
    },
    database: {
      path,
      commands: ["v_pnl_by_symbol", "v_allocation_health", "v_unmatched_sells", "v_allocation_discrepancies"].map((view) =>
        query(`SELECT * FROM ${view}`),
      ),
    },
    knownAnswer: truth === null || edited ? null : { before: equals(before, truth.v1), after: equals(after, truth.v2) },
    ...story,
  };
}

function equals(found: VersionSummary, known: { readonly sha256: string; readonly realizedPnl: string }): boolean {
  return found.sha256 === known.sha256 && found.realizedPnl === known.realizedPnl;
}

/** A ledger that is not sound, or not the known one, must not look like success. */
function isRight({ validation, knownAnswer }: Report): boolean {
  return validation.every((check) => check.sound) && (knownAnswer === null || (knownAnswer.before && knownAnswer.after));
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
