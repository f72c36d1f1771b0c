// Which stored keys are the user's choices, which are this browser's business, and which are never read.
import type { Decoder } from "./decoded.ts";
import type { PatchOf } from "./define-preferences.ts";

/** An item of the old watchlist. */
export interface MovedItem {
  /** Upper case, without the suffix of an exchange. */
  readonly symbol: string;
  /** Default: none, the item is of no exchange in particular. */
  readonly exchange?: string;
  /** Default: none. */
  readonly notes?: string;
}

/** A key whose value moves to the user's account, and where to. */
export type Move<P> =
  /** Fields of the preferences. */
  | { readonly into: "fields"; readonly decode: Decoder<PatchOf<P>> }
  /** Items of the watchlist. */
  | { readonly into: "watchlist"; readonly decode: Decoder<readonly MovedItem[]> }
  /** Insights that are dismissed. */
  | { readonly into: "dismissed"; readonly decode: Decoder<readonly string[]> };

/** What happens with a key: it moves to the account, stays in this browser, or is never read (tokens, credentials). */
export type KeyRule<P> = Move<P> | "local" | "never";

/** What is known about a key. */
export type KeyClass = "move" | "local" | "never" | "unknown";

/** The classified keys of an application; made by `classifyKeys`. */
export interface KeyRules<P> {
  /** The keys that move, in the order in which they win over each other. */
  readonly moves: readonly (readonly [key: string, move: Move<P>])[];
  /** What is known about a key; undefined for a key of another application. */
  readonly classOf: (key: string) => KeyClass | undefined;
}

/** Names the keys that are this application's. */
export interface ClassifyOptions {
  /** Beginnings of this application's keys. A key that begins otherwise, and has no rule, is of another application: not even its name is reported. Default: all keys are this application's. */
  readonly own?: readonly string[];
}

/** Makes the moves of `classifyKeys`. */
export const move = {
  /** The key's value becomes this field, unless the user has chosen one in the account already. */
  field: <F extends string, V>(field: F, decode: Decoder<V>) => ({ into: "fields" as const, decode: asField(field, decode) }),
  /** The key's value becomes several fields. */
  fields: <V extends object>(decode: Decoder<V>) => ({ into: "fields" as const, decode }),
  /** The key's symbols join the watchlist. */
  watchlist: (decode: Decoder<readonly MovedItem[]>) => ({ into: "watchlist" as const, decode }),
  /** The key's ids join the dismissed insights. */
  dismissed: (decode: Decoder<readonly string[]>) => ({ into: "dismissed" as const, decode }),
};

function asField<F extends string, V>(field: F, decode: Decoder<V>): Decoder<Record<F, V>> {
  return (stored) => {
    const read = decode(stored);
    return read.kind === "value" ? { ...read, value: { [field]: read.value } as Record<F, V> } : read;
  };
}

/**
 * Says what happens with each key. A key that ends in `*` stands for all keys with that beginning; an exact key wins over it, a longer beginning over a
 * shorter one. Two keys of one field: the first one in the object that holds a value wins. Keys without a rule stay where they are, and are reported.
 * @throws TypeError for a key that moves and ends in `*`: what moves is listed one by one.
 */
export function classifyKeys<P>(rules: Readonly<Record<string, KeyRule<P>>>, options: ClassifyOptions = {}): KeyRules<P> {
  const moves = Object.entries(rules).filter((entry): entry is [string, Move<P>] => typeof entry[1] === "object");
  const vague = moves.find(([key]) => key.endsWith("*"));
  if (vague !== undefined) throw new TypeError(`classifyKeys: ${vague[0]} cannot move, name its keys one by one`);
  const exact = new Map(Object.entries(rules));
  const beginnings = [...exact.keys()].filter((key) => key.endsWith("*")).sort((a, b) => b.length - a.length);
  const ruleOf = (key: string): KeyRule<P> | undefined =>
    exact.get(key) ?? exact.get(beginnings.find((beginning) => key.startsWith(beginning.slice(0, -1))) ?? "");
  const isOwn = (key: string): boolean => options.own?.some((beginning) => key.startsWith(beginning)) ?? true;
  return {
    moves,
    classOf: (key) => {
      const rule = ruleOf(key);
      return typeof rule === "object" ? "move" : (rule ?? (isOwn(key) ? "unknown" : undefined));
    },
  };
}
