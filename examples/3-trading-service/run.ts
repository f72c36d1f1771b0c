// One run: prepares the tree, opens the database, goes forward or back, and describes what came of it.
import { existsSync } from "node:fs";
import { dualWriteTables, importRuns, importTables } from "@td/migrate";
import { openStorage, type Storage } from "@td/storage";
import { compareAnswer } from "./answer.ts";
import type { Choices } from "./args.ts";
import { goBack } from "./back.ts";
import { type Clock, clockAt } from "./clock.ts";
import { InputError } from "@td/example-shared/failure";
import { LEFT_AT } from "./made-tree.ts";
import { type Places, placesOf, typed } from "./places.ts";
import type { BackReport, InputReport, Report } from "./report.ts";
import { listenForStop } from "@td/example-shared/stop";
import { tellStory } from "./story.ts";
import { PENDING_JOB } from "./imports.ts";
import { DEFAULT_USER, type Work } from "./steps.ts";
import { prepareTree, type PreparedTree, takeBackCopy } from "./tree.ts";
import { keyringAt } from "./vault.ts";

const TABLES = [...importTables, ...dualWriteTables];

/** Does what was asked for. Throws a `Stopped` when the person wants it to end, and td's errors. */
export async function run(choices: Choices): Promise<Report | BackReport> {
  const places = placesOf(choices);
  if (choices.way === "back" && !existsSync(places.before))
    throw new InputError("nothing-begun", `${typed(places.out)} holds no migration to go back from. Give its folder with --out.`);
  const fresh = !existsSync(places.before);
  const prepared = prepareTree(choices, places);
  const progress = { usable: false };
  const stop = listenForStop(() =>
    process.stderr.write("\nStopping at the next safe place. Press Ctrl-C again to stop at once; that is safe, too.\n"),
  );
  const storage = await open(choices, places);
  const clock = clockAt(choices.input === null ? LEFT_AT : new Date());
  const work: Work = { forUser: (user) => storage.forUser(user), clock, signal: stop.signal, stream: process.stderr };
  try {
    await goOnFrom(storage, clock);
    if (choices.way === "back") return await back(choices, places, prepared, work, storage);
    return await forward(choices, places, prepared, work, storage, () => (progress.usable = true));
  } catch (error) {
    if (fresh && !progress.usable && choices.input !== null) takeBackCopy(places);
    throw error;
  } finally {
    await storage.close();
    stop.end();
  }
}

async function open({ database, owner }: Choices, { database: file, key }: Places): Promise<Storage> {
  if (database !== null && owner !== null) await provision(database, owner);
  return openStorage(database ?? `sqlite:${file}`, { tables: TABLES, keyring: keyringAt(key) });
}

/** Makes the tables and the role that `database` names. */
async function provision(database: string, ownerUrl: string): Promise<void> {
  const { provisionPostgres } = await import("@td/storage/postgres");
  const { username, password } = new URL(database);
  await provisionPostgres({ ownerUrl, appRole: decodeURIComponent(username), password: decodeURIComponent(password), tables: TABLES });
}

/** A run that goes on begins a minute after the one before it. */
async function goOnFrom(storage: Storage, clock: Clock): Promise<void> {
  const { rows } = await storage.forUser(DEFAULT_USER).table(importRuns).page({ limit: 1000 });
  for (const { updatedAt } of rows) clock.reach(updatedAt);
  if (rows.length > 0) clock.passDays(1 / 1440);
}

async function forward(
  choices: Choices,
  places: Places,
  { truth }: PreparedTree,
  work: Work,
  storage: Storage,
  onUsable: () => void,
): Promise<Report> {
  const finish = choices.way === "finish";
  const story = await tellStory(work, { places, finish, signalsAt: choices.signalsAt, trades: truth !== null, onUsable });
  // Traded on, gone back and come again: the file is not what was made any more.
  const traded = story.imports.some(
    ({ name, written }) => name === PENDING_JOB && written !== truth?.jobs[DEFAULT_USER]?.[PENDING_JOB]?.written,
  );
  const skip = new Set(traded ? [PENDING_JOB] : []);
  return {
    format: "td-trading-service/1",
    way: finish ? "finish" : "forward",
    input: inputReport(choices, places),
    database: databaseReport(storage),
    ...story,
    knownAnswer: truth === null ? null : await compareAnswer(truth, story.imports, work.forUser, skip),
  };
}

async function back(choices: Choices, places: Places, { before }: PreparedTree, work: Work, storage: Storage): Promise<BackReport> {
  const found = await goBack(work, places, before);
  return {
    format: "td-trading-service-back/1",
    way: "back",
    input: inputReport(choices, places),
    database: databaseReport(storage),
    ...found,
  };
}

function inputReport({ input, seed }: Choices, { tree }: Places): InputReport {
  return { tree: typed(tree), seed: input === null ? seed : null };
}

function databaseReport({ engine, path }: Storage): Report["database"] {
  if (engine === "postgres") return { path, commands: [] };
  const file = typed(path);
  const quoted = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
  const query = (sql: string) => `sqlite3 -box ${quoted} "${sql}"`;
  return {
    path: file,
    commands: [
      query("SELECT symbol, status, quantity, exit_price FROM positions WHERE user_id = 'default'"),
      query("SELECT user_id, task_name, status, message FROM service_task_executions"),
      query("SELECT entry, action, from_phase, to_phase, why FROM td_dual_audit"),
    ],
  };
}

/** A migration that is not verified, or not the known one, must not look like success. */
export function isRight(report: Report | BackReport): boolean {
  if (report.way === "back") return report.left.length === 0 && report.tree.missing.length === 0;
  const { imports, knownAnswer, pending, vault } = report;
  return (
    imports.every(({ verified }) => verified) &&
    knownAnswer?.right !== false &&
    (pending === null || (pending.notBegun === null && pending.dirtyKeys === 0)) &&
    vault?.equal !== false
  );
}
