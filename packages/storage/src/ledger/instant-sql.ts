// Plain SQL that shows an instant to people: microseconds since the epoch in, canonical UTC text out.

/** A whole number of seconds, in microseconds, that lifts every instant of td above zero: SQLite divides toward zero. */
const LIFT = 10_000_000_000_000_000;

/** The canonical text (`2025-03-01T10:00:00.123456Z`) of an INTEGER column of microseconds; NULL for NULL. `column` is repeated. */
export function instantText(column: string): string {
  const lifted = `(${column} + ${LIFT})`;
  const seconds = `strftime('%Y-%m-%dT%H:%M:%S', ${lifted} / 1000000 - ${LIFT / 1_000_000}, 'unixepoch')`;
  return `${seconds} || printf('.%06dZ', ${lifted} % 1000000)`;
}
