/** Every way in which `@td/fifo` refuses. */
export type FifoErrorCode =
  | "invalid-trade"
  | "invalid-id"
  | "invalid-symbol"
  | "invalid-account"
  | "invalid-side"
  | "invalid-quantity"
  | "invalid-price"
  | "invalid-gross"
  | "invalid-fee"
  | "invalid-time"
  | "invalid-sequence"
  | "invalid-ratio"
  | "duplicate-id"
  | "fee-needs-quote-value"
  | "fee-exceeds-quantity"
  | "mixed-fee-currencies"
  | "split-not-exact"
  | "out-of-order"
  | "invalid-option"
  | "invalid-snapshot"
  | "unknown-sell";

/** What is known about a refusal: the trade, the field, the value (shortened) and the reason. */
export type FifoErrorFacts = Readonly<Record<string, string | number | null>>;

/** The one error of this package: a closed `code`, the facts, and a message that says what to do next. */
export class FifoError extends Error {
  override readonly name = "FifoError";
  /** What went wrong, from a closed list. */
  readonly code: FifoErrorCode;
  /** The facts behind the message, for programs. */
  readonly facts: FifoErrorFacts;

  constructor(code: FifoErrorCode, message: string, facts: FifoErrorFacts = {}) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}

/** A value as an error may show it: as text, cut after 80 characters. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : plainText(value);
  return text.length > 80 ? text.slice(0, 77) + "..." : text;
}

function plainText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value); // no prototype, or a toString that throws
  }
}
