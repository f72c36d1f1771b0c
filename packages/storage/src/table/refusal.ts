// A value that a column does not take. Codecs return it instead of throwing: a dirty import meets thousands.
import type { DecimalIssue, InstantIssue } from "@td/fifo/values";

/** Why a column refuses a value. Values are refused, never rounded, cut or guessed. */
export type ValueIssue =
  | DecimalIssue
  | InstantIssue
  | "missing"
  | "not-a-decimal"
  | "too-many-decimals"
  | "too-many-digits"
  | "not-text"
  | "text-not-storable"
  | "not-one-of"
  | "not-an-integer"
  | "not-a-boolean"
  | "not-json"
  | "another-user"
  | "unknown-column";

/** What a codec returns for a value that it does not take. */
export interface Refusal {
  /** Why. */
  readonly issue: ValueIssue;
}

const known = new Map<ValueIssue, Refusal>();

/** The one refusal object of an issue. */
export function refusal(issue: ValueIssue): Refusal {
  const found = known.get(issue);
  if (found !== undefined) return found;
  const made: Refusal = Object.freeze({ issue });
  known.set(issue, made);
  return made;
}

const SENTENCES: Readonly<Record<ValueIssue, string>> = {
  missing: "a value is required",
  "not-a-decimal": "give a Decimal or decimal text, never a JavaScript number",
  "not-a-number": "this text is not a decimal number",
  "number-too-long": "the number has more digits than td reads",
  "too-many-decimals": "more digits after the point than the column holds; td does not round",
  "too-many-digits": "more digits before the point than the column holds",
  "not-a-time": "give ISO-8601 text with an offset, or a Date",
  "time-without-zone": "the time has no offset; add Z or +hh:mm",
  "time-too-precise": "the time is finer than a microsecond; td does not round",
  "time-out-of-range": "the time is outside the years 1700 to 2199",
  "not-text": "give a string",
  "text-not-storable": "the text holds a NUL character or half of a surrogate pair",
  "not-one-of": "the value is not one of those that the column allows",
  "not-an-integer": "give an integer between -(2^53 - 1) and 2^53 - 1",
  "not-a-boolean": "give true or false",
  "not-json": "give plain JSON: no undefined, NaN, Infinity, bigint, function, class instance, NUL character or half of a surrogate pair",
  "another-user": "the row names another user than the scope's",
  "unknown-column": "the table has no such column, or td fills it",
};

/** What an issue means, as half a sentence for an error message. */
export function explainIssue(issue: ValueIssue): string {
  return SENTENCES[issue];
}
