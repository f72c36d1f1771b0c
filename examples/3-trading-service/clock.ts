// The clock of the demonstration. A migration takes weeks; here the weeks are jumped over, and the gates see the same times.

/** A clock that is moved on by hand. */
export interface Clock {
  /** The present. */
  now(): Date;
  /** Moves it on. */
  passDays(days: number): void;
  /** Moves it to a later time; an earlier one changes nothing. */
  reach(instant: string | Date): void;
}

const DAY_MS = 86_400_000;

/** A clock that stands at an instant. */
export function clockAt(instant: string | Date): Clock {
  let now = new Date(instant).getTime();
  return {
    now: () => new Date(now),
    passDays: (days) => {
      now += days * DAY_MS;
    },
    reach: (later) => {
      now = Math.max(now, new Date(later).getTime());
    },
  };
}
