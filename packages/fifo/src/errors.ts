/** Every way in which `@td/fifo` refuses. */
export type FifoErrorCode =
  /** A trade or row has a form or an amount that it cannot have. */
  | "invalid-trade"
  /** An id is empty or no text. */
  | "invalid-id"
  /** A symbol is empty or no text. */
  | "invalid-symbol"
  /** An account is no text, or a transfer has only one. */
  | "invalid-account"
  /** A side is neither `buy` nor `sell`. */
  | "invalid-side"
  /** A quantity is no decimal above 0, or has too many digits. */
  | "invalid-quantity"
  /** A price is no decimal, or has too many digits. */
  | "invalid-price"
  /** A gross amount is no decimal, or has too many digits. */
  | "invalid-gross"
  /** A fee is no decimal, or has too many digits. */
  | "invalid-fee"
  /** A time is no instant with an offset, or lies outside the years 1700 to 2199. */
  | "invalid-time"
  /** A sequence is no integer of at least 0. */
  | "invalid-sequence"
  /** A split's ratio is not two integers above 0. */
  | "invalid-ratio"
  /** Two entries have one id. */
  | "duplicate-id"
  /** A fee in a third currency lacks `feeInQuote`. */
  | "fee-needs-quote-value"
  /** A fee in the base asset leaves nothing of the trade. */
  | "fee-exceeds-quantity"
  /** The fills of an order paid fees in two currencies. */
  | "mixed-fee-currencies"
  /** A split would make a quantity of more than 18 places. */
  | "split-not-exact"
  /** A streamed trade belongs before one that was taken. */
  | "out-of-order"
  /** An option is outside of its list or range. */
  | "invalid-option"
  /** A snapshot was changed, or was made by other rules. */
  | "invalid-snapshot"
  /** The result has no sell of this id. */
  | "unknown-sell";

/** What is known about a refusal: the trade, the field, the value (shortened) and the reason. */
export type FifoErrorFacts = Readonly<Record<string, string | number | null>>;

/** The one error of this package: a closed `code`, the facts, and a message that says what to do next. */
export class FifoError extends Error {
  override readonly name = "FifoError";
  /** What went wrong, from a closed list. */
  declare readonly code: FifoErrorCode;
  /** The facts behind the message, for programs. */
  declare readonly facts: FifoErrorFacts;

  constructor(code: FifoErrorCode, message: string, facts: FifoErrorFacts = {}) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}

/** The refusal of an option: what it is, and what to give instead. */
export function invalidOption(option: string, value: unknown, todo: string): FifoError {
  return new FifoError("invalid-option", `Option ${option} is ${shown(value)}: give ${todo}.`, { option, value: shown(value) });
}

/** The refusal of a snapshot, which is never the only copy of anything. */
export function invalidSnapshot(problem: string, facts?: FifoErrorFacts): FifoError {
  return new FifoError("invalid-snapshot", `${problem}; recompute from the trades.`, facts);
}

/** The refusal of an id that is there twice. */
export function duplicateId(tradeId: string, symbol: string): FifoError {
  return new FifoError("duplicate-id", `Trade ${shown(tradeId)} is there already; give each execution once.`, { tradeId, symbol });
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
