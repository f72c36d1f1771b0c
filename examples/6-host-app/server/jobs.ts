// What the host does by night and by week, on record as tasks of its operations.
import type { Scope } from "@td/storage";
import { BACKUP_TASK } from "./backups.ts";
import type { Clock } from "./clock.ts";
import type { Host } from "./host.ts";
import { nightly, weekly, type Job } from "./schedule.ts";

/** The weekly job; each user's own part of it is a task of that user's. */
const WEEKLY_TASK = "weekly_reconciliation";

/** Backups at two in the morning, reconciliation on Sundays at four, in UTC. */
export function hostJobs(
  operations: Scope,
  clock: Clock,
  host: Pick<Host, "backups" | "reconcile">,
  users: readonly string[],
): readonly Job[] {
  return [
    { dueAfter: nightly(2), lastRun: () => lastRunOf(operations, BACKUP_TASK), run: () => host.backups.run() },
    {
      dueAfter: weekly(0, 4),
      lastRun: () => lastRunOf(operations, WEEKLY_TASK),
      run: () =>
        operations.services.runTask(WEEKLY_TASK, async ({ details }) => details(await reconcileAll(host, users)), {
          service: "operations",
          now: () => clock.now(),
        }),
    },
  ];
}

/** How each user's part ended. A failure is on that user's record, and the next user's turn comes. */
async function reconcileAll({ reconcile }: Pick<Host, "reconcile">, users: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const ends: Record<string, string> = {};
  for (const user of users) ends[user] = (await reconcile(user, false)).status;
  return ends;
}

/** When a task last ran, by the record that `runTask` kept. */
async function lastRunOf(me: Scope, name: string): Promise<Date | null> {
  const { rows } = await me.services.tasks({ name, limit: 1 });
  return rows[0] === undefined ? null : new Date(rows[0].executedAt);
}
