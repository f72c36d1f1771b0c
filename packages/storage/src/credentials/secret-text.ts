// One value of a secret. Printing it in any way shows `[redacted]`; only `reveal()` gives the text. Pure.

const REDACTED = "[redacted]";

/** A text that does not show itself: `String()`, templates, JSON, `util.inspect` and error messages say `[redacted]`. */
export class SecretText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    Object.freeze(this);
  }

  /** The text itself. Pass it on at once; do not keep it. */
  reveal(): string {
    return this.#text;
  }

  /** `[redacted]`. */
  toString(): string {
    return REDACTED;
  }

  /** `[redacted]`. */
  toJSON(): string {
    return REDACTED;
  }

  /** `[redacted]`, also for `+` and templates. */
  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  /** `[redacted]`: what Node prints. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}
