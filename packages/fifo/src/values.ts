// Front door of `@td/fifo/values`: the value rules that all td packages share.
export { canonicalDecimal, MAX_DIGITS, readDecimal, writeDecimal } from "./decimal-text.ts";
export type { DecimalIssue, DecimalParts } from "./decimal-text.ts";
export { MAX_INSTANT, MIN_INSTANT, readInstant, writeInstant } from "./instant.ts";
export type { EpochMicros, InstantIssue } from "./instant.ts";
