// Which archives to keep. Pure: the caller lists them, the caller removes them.

/** An archive that retention decides about. */
export interface RetainedArchive {
  /** What the caller knows it by, such as its path. */
  readonly id: string;
  /** When it was made: ISO text with zone, such as `2025-03-01T10:00:00Z`. */
  readonly createdAt: string;
  /** Whether a verification found it good. Only good archives fill a place; others are kept beside them until `keepLast` good ones are newer. */
  readonly verified: boolean;
}

/** How many to keep. A rule that is not given keeps none. Days are those of UTC, weeks begin on Monday. */
export interface RetentionPolicy {
  /** The newest ones: this many good ones, and every other one that has fewer good ones than this after it. */
  readonly keepLast?: number;
  /** The newest one of each of this many days that have one. */
  readonly daily?: number;
  /** The same by weeks. */
  readonly weekly?: number;
  /** The same by months. */
  readonly monthly?: number;
}

/** What to keep, why, and what to remove. */
export interface RetentionPlan {
  /** Each archive to keep, newest first, with every reason. */
  readonly keep: readonly { readonly id: string; readonly because: readonly string[] }[];
  /** The others, newest first. */
  readonly remove: readonly string[];
}

const DAY = 86_400_000;

/**
 * Plans which archives to keep. The newest verified archive is always kept, and so is every archive newer than it. Of those that
 * are older and not verified, `keepLast` keeps what has fewer than that many verified ones after it.
 *
 * Returns a text that says what is wrong for a policy that keeps nothing, a count that is no whole number, or a time without zone.
 */
export function retention(archives: readonly RetainedArchive[], policy: RetentionPolicy): RetentionPlan | string {
  const wrong = problemOf(archives, policy);
  if (wrong !== undefined) return wrong;
  const newest = [...archives].sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.id < b.id ? -1 : 1));
  const good = newest.filter(({ verified }) => verified);
  const reasons = new Map<string, string[]>(newest.map(({ id }) => [id, []]));
  const because = (archive: RetainedArchive, reason: string): void => void reasons.get(archive.id)?.push(reason);
  const [latest] = good;
  if (latest !== undefined) because(latest, "the newest verified one");
  for (const archive of newest.slice(0, latest === undefined ? newest.length : newest.indexOf(latest)))
    because(archive, "newer than every verified one");
  for (const [index, archive] of good.slice(0, policy.keepLast ?? 0).entries())
    because(archive, `number ${index + 1} of the last ${policy.keepLast}`);
  for (const archive of newest) {
    const after = good.filter((other) => newest.indexOf(other) < newest.indexOf(archive)).length;
    if (!archive.verified && after > 0 && after < (policy.keepLast ?? 0))
      because(archive, `not verified, ${after} of the last ${policy.keepLast} verified ones after it`);
  }
  for (const [rule, period] of Object.entries(PERIODS)) keepPeriods(good, policy[rule as keyof typeof PERIODS] ?? 0, rule, period, because);
  return {
    keep: newest.flatMap(({ id }) => ((reasons.get(id)?.length ?? 0) > 0 ? [{ id, because: reasons.get(id) ?? [] }] : [])),
    remove: newest.flatMap(({ id }) => (reasons.get(id)?.length === 0 ? [id] : [])),
  };
}

const PERIODS: Readonly<Record<"daily" | "weekly" | "monthly", (time: number) => string>> = {
  daily: (time) => new Date(time).toISOString().slice(0, 10),
  // 1970-01-01 was a Thursday: three days later, weeks begin on Mondays.
  weekly: (time) => `the week of ${new Date((Math.floor((time / DAY + 3) / 7) * 7 - 3) * DAY).toISOString().slice(0, 10)}`,
  monthly: (time) => new Date(time).toISOString().slice(0, 7),
};

function keepPeriods(
  good: readonly RetainedArchive[],
  count: number,
  rule: string,
  period: (time: number) => string,
  because: (archive: RetainedArchive, reason: string) => void,
): void {
  const seen = new Set<string>();
  for (const archive of good) {
    const name = period(Date.parse(archive.createdAt));
    if (seen.has(name) || seen.size >= count) continue;
    seen.add(name);
    because(archive, `${rule} ${seen.size} of ${count}: ${name}`);
  }
}

function problemOf(archives: readonly RetainedArchive[], policy: RetentionPolicy): string | undefined {
  const counts = Object.entries(policy);
  if (counts.some(([name]) => !["keepLast", "daily", "weekly", "monthly"].includes(name)))
    return "The policy has an unknown rule; it knows keepLast, daily, weekly and monthly.";
  if (counts.some(([, count]) => !Number.isInteger(count) || count < 0)) return "Each rule of the policy must be a whole number.";
  if (counts.every(([, count]) => count === 0)) return "The policy is empty and would remove everything.";
  const undated = archives.find(({ createdAt }) => !/(Z|[+-]\d\d:\d\d)$/.test(createdAt) || Number.isNaN(Date.parse(createdAt)));
  if (undated !== undefined) return `${undated.id} has no time with zone.`;
  return new Set(archives.map(({ id }) => id)).size < archives.length ? "Two archives have the same id." : undefined;
}
