// The story forward, step by step. Each step can be killed and the story told again: it goes on where it was.
import { existsSync } from "node:fs";
import { bookedOf } from "./answer.ts";
import { archiveFiles, archivePending, archivesOf, isArchived } from "./archive.ts";
import { PENDING_JOB } from "./imports.ts";
import { goThrough, type PendingOrders, pendingOrders, trailOf } from "./phases.ts";
import type { Places } from "./places.ts";
import type { FileReport, PendingReport, Report, UserReport } from "./report.ts";
import { DEFAULT_USER, doneRun, importAll, jobsOf, makeUsers, rehearse, summaries, type UserJobs, type Work } from "./steps.ts";
import { filesOf, paperUser, type Survey, surveyTree } from "./survey.ts";
import { runDay } from "./tasks.ts";
import { importCredentials } from "./vault.ts";

/** What the story needs to know. */
export interface StoryOptions {
  readonly places: Places;
  readonly finish: boolean;
  readonly signalsAt: string | null;
  /** Whether the application trades on meanwhile: in a made tree. */
  readonly trades: boolean;
  /** Told when all files were found usable, before the first row is written. */
  readonly onUsable: () => void;
}

/** The part of the report that the story finds out. */
export type Story = Omit<Report, "format" | "way" | "input" | "database" | "knownAnswer">;

/** Tells the story. Throws the signal's reason when it is asked to stop. */
export async function tellStory(work: Work, options: StoryOptions): Promise<Story> {
  const { places } = options;
  const survey = surveyTree(places.tree, [places.archive, places.lastArchive]);
  const users = jobsOf(survey, options.signalsAt);
  const me = work.forUser(DEFAULT_USER);
  if (!isArchived(places.archive)) {
    await rehearse(work, users);
    options.onUsable();
    await makeUsers(work, users);
    await importAll(work, users);
  }
  const vault = survey.credentials === null ? null : await importCredentials(me, survey.credentials);
  const services = await runDay(
    users.slice(0, 2).map(({ user }) => work.forUser(user)),
    work.clock,
  );
  const pending = await movePending(work, survey, options);
  return {
    files: filesOf(survey).map((file) => fileReport(survey, file)),
    imports: (await Promise.all(users.map(({ user, jobs }) => summaries(work.forUser(user), jobs)))).flat(),
    users: await Promise.all(users.map((user) => userReport(work, user))),
    vault,
    services,
    pending,
    archives: await archivesOf(places),
  };
}

/** The phases of the pending orders, and the archive, which waits for the cutover. */
async function movePending(work: Work, survey: Survey, options: StoryOptions): Promise<PendingReport | null> {
  const { places } = options;
  const notBegun = await obstacle(work, survey);
  if (notBegun !== null) return { phase: "legacy", dirtyKeys: 0, inFile: null, inTable: 0, placedSince: 0, trail: [], notBegun };
  const sides = pendingSides(work, survey, places);
  if (sides === null || survey.pending === null) {
    await archiveFiles(places, survey, work);
    return null;
  }
  if (!isArchived(places.lastArchive)) await switchOver(work, survey, sides, options);
  const { phase, dirtyKeys } = await sides.dual.status();
  const inTable = await countOf(sides.next);
  return {
    phase,
    dirtyKeys,
    inFile: existsSync(survey.pending.path) ? await countOf(sides.legacy) : null,
    inTable,
    placedSince: inTable - ((await doneRun(work.forUser(DEFAULT_USER), PENDING_JOB))?.recordsWritten ?? 0),
    notBegun: null,
    trail: await trailOf(sides),
  };
}

async function switchOver(work: Work, survey: Survey, sides: PendingOrders, { places, finish, trades }: StoryOptions): Promise<void> {
  const last = finish || (await sides.dual.status()).phase === "archived";
  await goThrough(sides, last ? "archived" : "cutover", work, trades);
  await archiveFiles(places, survey, work);
  if (last && survey.pending !== null) await archivePending(places, survey.pending.path, work);
}

/** Both sides of the pending orders; `null` without such a file. */
export function pendingSides(
  { forUser, clock }: Pick<Work, "forUser" | "clock">,
  { pending }: Survey,
  { reports }: Places,
): PendingOrders | null {
  if (pending === null) return null;
  return pendingOrders(forUser(DEFAULT_USER), pending.path, pending.shape, clock, reports);
}

/** Orders that the import could not take must be settled in the file first: the two sides could never be equal. */
async function obstacle({ forUser }: Work, { pending }: Survey): Promise<string | null> {
  if (pending === null || pending.shape === "empty") return null;
  const run = await doneRun(forUser(DEFAULT_USER), PENDING_JOB);
  const open = (run?.recordsRejected ?? 0) + (run?.recordsConflict ?? 0);
  return open === 0 ? null : `${open} records of ${pending.name} could not be taken: mend them in the file, go --back, and begin again`;
}

async function countOf(store: PendingOrders["legacy"]): Promise<number> {
  let count = 0;
  for await (const found of store.scan()) count += found.length;
  return count;
}

function fileReport({ trades, tradeLines, pending, recommended, pnlDaily }: Survey, file: { name: string; shape: string }): FileReport {
  const own = [trades, tradeLines, pending, recommended, pnlDaily].some((one) => one?.name === file.name);
  return { name: file.name, user: own ? DEFAULT_USER : paperUser(file.name.split("/")[1] ?? ""), shape: file.shape };
}

async function userReport({ forUser }: Work, { user, from }: UserJobs): Promise<UserReport> {
  const me = forUser(user);
  const tables = { orders: me.orders, fills: me.fills, positions: me.positions, holdings: me.holdings, signals: me.signals };
  const counts = await Promise.all(Object.entries(tables).map(async ([name, table]) => [name, await table.count()] as const));
  return { user, from, rows: Object.fromEntries(counts), booked: await bookedOf(me) };
}
