/** Why @td/prefs refused something. */
export type PrefsErrorCode =
  /** The preferences have changed since the revision that the caller named. */
  | "revision-conflict"
  /** A value does not pass the schema or a rule. */
  | "value-rejected"
  /** The stored document is of a newer schema version than this program knows. */
  | "schema-too-new";

/** The one error class of @td/prefs. */
export class PrefsError extends Error {
  /** What went wrong, from a closed list. */
  readonly code: PrefsErrorCode;
  /** What it was about: identifiers, revisions and versions, never a preference's value. */
  readonly facts: Readonly<Record<string, unknown>>;

  /** The message says what happened, to what, and what to do next. */
  constructor(code: PrefsErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = "PrefsError";
    this.code = code;
    this.facts = facts;
  }
}
