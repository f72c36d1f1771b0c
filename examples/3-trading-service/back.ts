// All the way back to the files: the writes made since go into the file, the archive is undone, and every import is taken back.
import { importRuns, type Phase, rollbackImport } from "@td/migrate";
import type { Scope } from "@td/storage";
import { bringBack, isArchived } from "./archive.ts";
import { InputError } from "@td/example-shared/failure";
import { pastFence, type PendingOrders } from "./phases.ts";
import type { Places } from "./places.ts";
import type { BackReport } from "./report.ts";
import { pendingSides } from "./story.ts";
import { DEFAULT_USER, jobsOf, type UserJobs, type Work } from "./steps.ts";
import { surveyTree } from "./survey.ts";
import { type Hashes, hashesOf } from "./tree.ts";
import { removeCredentials } from "./vault.ts";

/** What the way back found out. */
export type WayBack = Omit<BackReport, "format" | "way" | "input" | "database">;

/** Goes back. Killed at any moment, the same call goes on. Throws an {@link InputError} behind the last phase. */
export async function goBack(work: Work, places: Places, before: Hashes): Promise<WayBack> {
  if (isArchived(places.lastArchive)) throw behindTheLast();
  const survey = surveyTree(places.tree, [places.archive]);
  const jobs = jobsOf(survey, null);
  const users = jobs.map(({ user }) => user);
  const me = work.forUser(DEFAULT_USER);
  const sides = pendingSides(work, survey, places);
  const phases = sides === null ? null : await phasesBack(sides, work);
  const filesBroughtBack = await bringBack(places, work);
  const imports: BackReport["imports"][number][] = [];
  for (const one of jobs.toReversed()) imports.push(...(await takeBack(work, one)));
  const pendingRowsRemoved = sides === null ? 0 : await removeHeld(sides);
  const credentialRemoved = await removeCredentials(me);
  for (const user of users) await work.forUser(user).profile.delete({});
  return {
    phases,
    filesBroughtBack,
    imports,
    pendingRowsRemoved,
    credentialRemoved,
    left: (await Promise.all(users.map((user) => rowsLeft(work.forUser(user))))).flat(),
    tree: compareTree(before, hashesOf(places.tree)),
  };
}

async function phasesBack({ dual }: PendingOrders, { clock }: Work): Promise<{ readonly from: Phase; readonly to: Phase }> {
  const { phase, since } = await dual.status();
  clock.reach(since);
  if (phase === "archived") throw behindTheLast();
  if (phase !== "legacy") await pastFence(clock, () => dual.rollback({ to: "legacy", by: "ops:kim", why: "back to the files" }));
  await dual.settled();
  return { from: phase, to: (await dual.status()).phase };
}

function behindTheLast(): InputError {
  return new InputError(
    "behind-the-last-phase",
    "The last phase has begun: the file was not written since, and going back would lose what was traded. The old files are in data/archive/, with a manifest.",
  );
}

/** Takes the imports of a user back, the last one first. */
async function takeBack({ forUser, clock, signal }: Work, { user, jobs }: UserJobs): Promise<BackReport["imports"]> {
  const me = forUser(user);
  const order = jobs.map(({ name }) => name);
  const { rows } = await me.table(importRuns).page({ limit: 1000 });
  const standing = rows.filter(({ status }) => status !== "rolled-back").toSorted((a, b) => order.indexOf(b.name) - order.indexOf(a.name));
  const taken: BackReport["imports"][number][] = [];
  for (const { runId, name } of standing) {
    const { removed, gone, kept, status } = await rollbackImport(me, runId, { signal, now: () => clock.now() });
    if (status === "interrupted") signal.throwIfAborted();
    taken.push({ user, name, removed, gone, kept });
  }
  return taken;
}

/** Removes the rows of pending orders that the file holds: those placed since, and those that changed since they were imported. */
async function removeHeld({ legacy, next }: PendingOrders): Promise<number> {
  const keys: string[] = [];
  for await (const found of next.scan()) for (const { key } of found) if ((await legacy.get(key)) !== undefined) keys.push(key);
  await next.delete(keys);
  return keys.length;
}

async function rowsLeft(me: Scope): Promise<BackReport["left"]> {
  const { orders, fills, positions, holdings, signals, accounts, pnlDaily, settings } = me;
  const tables = { orders, fills, positions, holdings, signals, accounts, pnlDaily, settings };
  const counts = await Promise.all(
    Object.entries(tables).map(async ([table, rows]) => ({ user: me.userId, table, rows: await rows.count() })),
  );
  return counts.filter(({ rows }) => rows > 0);
}

function compareTree(before: Hashes, after: Hashes): BackReport["tree"] {
  const names = Object.keys(before);
  return {
    same: names.filter((name) => after[name] === before[name]).length,
    changed: names.filter((name) => after[name] !== undefined && after[name] !== before[name]),
    missing: names.filter((name) => after[name] === undefined),
    added: Object.keys(after).filter((name) => before[name] === undefined),
  };
}
