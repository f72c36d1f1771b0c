// Readers for what applications keep in localStorage: every value is a text, with or without quotes, JSON or not, whole or broken.
import { type Decoded, type Decoder, decoded, EMPTY, unreadable } from "./decoded.ts";

/** Which names a decoder takes. */
export interface NameOptions<N extends string> {
  /** All names there are; any other is unreadable. */
  readonly oneOf: readonly N[];
  /** Old names and what they are called now. A new name that is there itself wins over its old one. Default: none. */
  readonly renamed?: Readonly<Record<string, N>>;
}

/** `'1'` is true. Anything else was never accepted, so nothing is chosen; also not `'true'`. */
export const flag: Decoder<true> = (stored) => (stored === "1" ? decoded(true) : EMPTY);

/** JSON, parsed; `null` is empty. JSON that was written as a text into JSON is unwrapped once. `read` looks at the value. */
export function json<T>(read: (value: unknown) => Decoded<T>): Decoder<T> {
  return (stored) => {
    const outer = parsed(stored);
    const inner = typeof outer === "string" && /^[[{]/.test(outer) ? parsed(outer) : outer;
    if (inner === undefined) return unreadable("JSON");
    return inner === null ? EMPTY : read(inner);
  };
}

/** A text as it is, or in the quotes of JSON. Empty text is empty. */
export const text: Decoder<string> = (stored) => {
  const inner = /^\s*"/.test(stored) ? parsed(stored) : stored;
  if (typeof inner !== "string") return unreadable("a text");
  const trimmed = inner.trim();
  return trimmed === "" || trimmed === "null" ? EMPTY : decoded(trimmed);
};

/** One of the names, plain or in quotes. */
export function oneName<const N extends string>(options: NameOptions<N>): Decoder<N> {
  return (stored) => {
    const read = text(stored);
    if (read.kind !== "value") return read;
    const name = known(options, read.value);
    return name === undefined ? unreadable(`one of ${options.oneOf.join(", ")}`) : decoded(name);
  };
}

/** JSON list of names; each name once, in order. An unknown name stays unread, the others count. */
export function names<const N extends string>(options: NameOptions<N>): Decoder<N[]> {
  return json((value) => {
    if (!Array.isArray(value)) return unreadable("a JSON list of names");
    const found = value.map((name) => known(options, name));
    return decoded([...new Set(found.filter((name) => name !== undefined))], unreadParts(found));
  });
}

/** JSON object of name to true or false. What is neither, or of an unknown name, stays unread, the others count. */
export function switches<const N extends string>(options: NameOptions<N>): Decoder<Partial<Record<N, boolean>>> {
  return json((value) => {
    if (!isObject(value)) return unreadable("a JSON object of true and false");
    const entries = Object.entries(value).map(([name, on]) => [known(options, name), on, name] as const);
    const good = entries.filter((entry): entry is [N, boolean, string] => entry[0] !== undefined && typeof entry[1] === "boolean");
    // Old names first, so that a new name that is there itself comes last and wins.
    const ordered = [...good.filter(([now, , then]) => now !== then), ...good.filter(([now, , then]) => now === then)];
    const unread = entries.filter(([name, on]) => name === undefined || typeof on !== "boolean").map(([, , then]) => then);
    return decoded(Object.fromEntries(ordered) as Partial<Record<N, boolean>>, unread);
  });
}

/** JSON object of id to true, or a list of ids: the ids. An id set to `false` is not in the set. */
export const ids: Decoder<string[]> = json((value) => {
  const entries = Array.isArray(value)
    ? value.map((id: unknown) => [id, true] as const)
    : isObject(value)
      ? Object.entries(value)
      : undefined;
  if (entries === undefined) return unreadable("a JSON object or list of ids");
  const good = entries.map(([id, on]) =>
    typeof id === "string" && id !== "" && typeof on === "boolean" ? ([id, on] as const) : undefined,
  );
  const chosen = good.filter((entry) => entry !== undefined && entry[1]).map((entry) => entry?.[0] ?? "");
  return decoded([...new Set(chosen)], unreadParts(good));
});

/** The names of the entries at the places that could not be read. */
function unreadParts(found: readonly unknown[]): string[] {
  return found.flatMap((part, place) => (part === undefined ? [`entry ${place + 1}`] : []));
}

function known<N extends string>({ oneOf, renamed }: NameOptions<N>, name: unknown): N | undefined {
  if (typeof name !== "string") return undefined;
  return (
    oneOf.find((candidate) => candidate === name) ?? (renamed !== undefined && Object.hasOwn(renamed, name) ? renamed[name] : undefined)
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** undefined: not JSON. */
function parsed(stored: string): unknown {
  try {
    return JSON.parse(stored) as unknown;
  } catch {
    return undefined;
  }
}
