// One run: opens the database, tells the story, describes it; takes everything back when nothing worth keeping came of it.
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { importTables } from "@td/migrate";
import { openStorage, type Scope } from "@td/storage";
import type { Choices } from "./args.ts";
import { exchangeBackfills } from "./backfill.ts";
import { exchangeFills } from "./exchange-fills.ts";
import { makeFolder, takeBack } from "./folders.ts";
import { typed, type Plan } from "./plan.ts";
import type { Report, VersionSummary } from "./report.ts";
import { listenForStop } from "@td/example-shared/stop";
import { tellStory, type Story } from "./story.ts";

/** Does what was asked for. Throws a `Stopped` when the person wants it to end, and td's errors. */
export async function run(choices: Choices, plan: Plan): Promise<Report> {
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

/** `outcome.empty` stays true as long as a failure leaves nothing worth keeping. */
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
    outcome.empty = !stop.signal.aborted && (await isEmpty(me));
    await storage.close();
    stop.end();
  }
}

/** A database that cannot even be asked is left for its owner to look at. */
async function isEmpty(me: Scope): Promise<boolean> {
  try {
    return (await me.fills.count()) === 0;
  } catch {
    return false;
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
export function isRight({ validation, knownAnswer }: Report): boolean {
  return validation.every((check) => check.sound) && (knownAnswer === null || (knownAnswer.before && knownAnswer.after));
}
