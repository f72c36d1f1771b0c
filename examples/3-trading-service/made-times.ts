// The clock of the old service, in the forms in which its files wrote it.

/** A moment in India. */
export interface Moment {
  /** `2025-10-27`. */
  readonly day: string;
  /** `09:16:02`. */
  readonly clock: string;
  /** Six digits. */
  readonly micros: string;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A moment on the n-th day from the first of September 2025. */
export function moment(dayNumber: number, clock: string, micros = "000000"): Moment {
  return { day: new Date(Date.UTC(2025, 8, 1 + dayNumber)).toISOString().slice(0, 10), clock, micros };
}

/** The older form: no offset, Indian time. */
export function naive({ day, clock, micros }: Moment): string {
  return `${day}T${clock}${micros === "000000" ? "" : `.${micros}`}`;
}

/** The newer form. */
export function offset(at: Moment): string {
  return `${naive(at)}+05:30`;
}

/** The broker's form, in which orders are told of. */
export function brokers({ day, clock }: Moment): string {
  const [year, month, date] = day.split("-");
  return `${date}-${MONTHS[Number(month) - 1]}-${year} ${clock}`;
}
