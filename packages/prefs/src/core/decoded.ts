/** What one stored text turned out to be. */
export type Decoded<T> =
  /** A value. `unread` names the parts of the text that could not be read; the text is then kept where it is. */
  | { readonly kind: "value"; readonly value: T; readonly unread?: readonly string[] }
  /** The text says that nothing was chosen, such as JSON `null`: the default goes on. */
  | { readonly kind: "empty" }
  /** Nothing in the text can be used. The reason names the shape that was expected, never the text. */
  | { readonly kind: "unreadable"; readonly reason: string };

/** Reads one stored text. Never throws. */
export type Decoder<T> = (text: string) => Decoded<T>;

/** The text says that nothing was chosen. */
export const EMPTY: Decoded<never> = { kind: "empty" };

/** The text holds this. */
export const decoded = <T>(value: T, unread: readonly string[] = []): Decoded<T> =>
  unread.length === 0 ? { kind: "value", value } : { kind: "value", value, unread };

/** The text cannot be used; `expected` names the shape that was looked for. */
export const unreadable = (expected: string): Decoded<never> => ({ kind: "unreadable", reason: `expected ${expected}` });
