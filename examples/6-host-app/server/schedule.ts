// The host's own schedule: td schedules nothing.
import type { Clock } from "./clock.ts";

/** Something that is done again and again. */
export interface Job {
  /** When it is due after it ran at an instant. */
  readonly dueAfter: (last: Date) => Date;
  /** When it last ran, by the record; null when it never did. */
  readonly lastRun: () => Promise<Date | null>;
  /** Does it. What goes wrong is its own to put on record. */
  readonly run: () => Promise<unknown>;
}

const DAY = 86_400_000;

/** The next time that the clock shows this hour in UTC. */
export function nightly(hour: number): (last: Date) => Date {
  return (last) => {
    const today = Math.floor(last.getTime() / DAY) * DAY + hour * 3_600_000;
    return new Date(today > last.getTime() ? today : today + DAY);
  };
}

/** The same on one day of the week, 0 for Sunday. */
export function weekly(day: number, hour: number): (last: Date) => Date {
  return (last) => {
    let due = nightly(hour)(last);
    while (due.getUTCDay() !== day) due = nightly(hour)(due);
    return due;
  };
}

/** Runs the jobs as they fall due, one which fell due while the host was down at once. Resolves after the signal, when none is at work. */
export async function runSchedule(jobs: readonly Job[], clock: Clock, signal: AbortSignal): Promise<void> {
  await Promise.all(jobs.map((job) => repeat(job, clock, signal)));
}

async function repeat({ dueAfter, lastRun, run }: Job, clock: Clock, signal: AbortSignal): Promise<void> {
  let last = (await lastRun()) ?? clock.now();
  while (!signal.aborted) {
    const due = dueAfter(last);
    await clock.wait(due.getTime() - clock.now().getTime(), signal);
    if (signal.aborted) return;
    last = clock.now();
    await run();
  }
}
