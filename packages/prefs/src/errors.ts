import type { Conflict, Issue } from "./wire.ts";

/** Why @td/prefs refused something. */
export type PrefsErrorCode =
  /** `definePreferences` was given what cannot hold together. */
  | "definition-invalid"
  /** An argument is not usable: an actor, an id, a limit. */
  | "bad-request"
  /** The preferences have changed since the revision that the caller named: see `conflict`. */
  | "revision-conflict"
  /** Changes since the revision that the caller named touch the same fields: see `conflict`. */
  | "field-conflict"
  /** A value does not pass the schema or a rule: see `issues`. */
  | "value-rejected"
  /** The stored document is of a newer schema version than this program knows: it can be read, not changed. */
  | "schema-too-new"
  /** A migration threw, or returned what is not an object. Nothing was changed. */
  | "migration-failed"
  /** An import with this id, and other content, was made before. */
  | "import-conflict";

/** What an error may carry beside its message. */
export interface PrefsErrorOptions extends ErrorOptions {
  /** What is wrong, for `value-rejected`. */
  readonly issues?: readonly Issue[];
  /** The sides of a conflict. Not shown when the error is printed: it holds the user's values. */
  readonly conflict?: Conflict;
}

/** The one error class of @td/prefs. */
export class PrefsError extends Error {
  /** What went wrong, from a closed list. */
  readonly code: PrefsErrorCode;
  /** What it was about: identifiers, revisions and versions, never a preference's value. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What is wrong and where, for `value-rejected`; else empty. */
  readonly issues: readonly Issue[];
  /** Whether the same call may succeed when it is made again unchanged: never. */
  readonly retryable = false;
  readonly #conflict: Conflict | undefined;

  /** The message says what happened, to what, and what to do next. */
  constructor(code: PrefsErrorCode, message: string, facts: Readonly<Record<string, unknown>> = {}, options: PrefsErrorOptions = {}) {
    super(message, options);
    this.name = "PrefsError";
    this.code = code;
    this.facts = facts;
    this.issues = options.issues ?? [];
    this.#conflict = options.conflict;
  }

  /** The sides, for `revision-conflict` of preferences and `field-conflict`; else `undefined`. */
  get conflict(): Conflict | undefined {
    return this.#conflict;
  }
}
