// The book's calendar. Times are integer microseconds since the epoch, UTC, in a `number` (always below 2^53).

/** One day in microseconds. */
const DAY = 86_400_000_000;
/** The moment that is "now" for the book: 2025-11-21T00:00:00Z. */
export const AS_OF = Date.UTC(2025, 10, 21) * 1000;
/** Days of fills that the exchange keeps. */
export const RETENTION_DAYS = 90;
/** The oldest instant whose orders the exchange still has. */
export const RETAINED_FROM = AS_OF - RETENTION_DAYS * DAY;
/** The oldest instant of the book: a year of history at every scale. */
export const START = AS_OF - 365 * DAY;
/** The span, in microseconds, that a symbol's blocks fill: the year without its last two hours. */
export const WINDOW = AS_OF - START - DAY / 12;

/** How a time is spelt. PostgreSQL drops the trailing zeros of a fraction, the exchange does not. */
export interface StampStyle {
  /** Between date and time. */
  readonly between: "T" | " ";
  /** What stands after the time, the empty text for a time without a zone. */
  readonly zone: string;
  /** `six` digits always, or `trimmed` of trailing zeros (and of the point when nothing is left). */
  readonly fraction: "six" | "trimmed";
}

/** As the exchange writes it: `2025-08-23T07:17:10.300000Z`. */
export const EXCHANGE: StampStyle = { between: "T", zone: "Z", fraction: "six" };
/** As PostgreSQL writes it in JSON: `2025-08-23T07:17:10.3+00:00`. */
export const POSTGRES_JSON: StampStyle = { between: "T", zone: "+00:00", fraction: "trimmed" };
/** As PostgreSQL's COPY writes it: `2025-08-23 07:17:10.3+00`. */
export const POSTGRES_COPY: StampStyle = { between: " ", zone: "+00", fraction: "trimmed" };

/** The text of an instant in the given style. */
export function stamp(micros: number, style: StampStyle): string {
  const fraction = micros % 1_000_000;
  const whole = new Date((micros - fraction) / 1000).toISOString();
  return whole.slice(0, 10) + style.between + whole.slice(11, 19) + fractionText(fraction, style) + style.zone;
}

function fractionText(micros: number, style: StampStyle): string {
  const six = "." + String(micros).padStart(6, "0");
  return style.fraction === "six" ? six : six.replace(/\.?0+$/, "");
}
