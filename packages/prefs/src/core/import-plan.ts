// What an import would move, computed from the stored texts alone.
import type { Decoded } from "./decoded.ts";
import type { KeyRules, Move, MovedItem } from "./key-rules.ts";

/** A key whose text, or a part of it, could not be read. It stays where it is, as it is. */
export interface Quarantined {
  /** The name of the old key. */
  readonly key: string;
  /** What was expected, or which parts were not read; never the text. */
  readonly reason: string;
  /** True when the rest of the text was read and moves. */
  readonly partly: boolean;
}

/** What an import would move. */
export interface ImportPlan {
  /** Fields and the values they would take. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly watchlist: readonly MovedItem[];
  /** Ids of dismissed insights. */
  readonly dismissed: readonly string[];
  /** Keys whose whole content is in this plan, and the fields that they fill: when the account has these, they may be removed. */
  readonly whole: ReadonlyMap<string, readonly string[]>;
  /** Keys that say that nothing was chosen. */
  readonly empty: readonly string[];
  /** Keys whose field an earlier key has filled with another value. They stay where they are. */
  readonly superseded: readonly string[];
  readonly quarantined: readonly Quarantined[];
}

/** What a key holds, read. */
interface Read<P> {
  readonly key: string;
  readonly move: Move<P>;
  readonly content: Decoded<unknown>;
}

/** Reads the stored texts of all keys that move; `textOf` answers undefined for a key that is not there. */
export function planImport<P>(rules: KeyRules<P>, textOf: (key: string) => string | undefined): ImportPlan {
  const reads = rules.moves.flatMap(([key, rule]) => {
    const stored = textOf(key);
    return stored === undefined ? [] : [{ key, move: rule, content: rule.decode(stored) }];
  });
  const fields = winners(reads);
  const loses = (read: Read<P>): boolean => fieldsOf(read).some(([field, value]) => !same(fields.get(field), value));
  const quarantined = reads.flatMap(unreadOf);
  return {
    fields: Object.fromEntries(fields),
    watchlist: union(valuesInto<P, MovedItem>(reads, "watchlist"), ({ symbol, exchange }) => `${symbol} ${exchange ?? ""}`),
    dismissed: union(valuesInto<P, string>(reads, "dismissed"), (id) => id),
    whole: new Map(
      reads
        .filter((read) => read.content.kind === "value" && !loses(read) && quarantined.every(({ key }) => key !== read.key))
        .map((read) => [read.key, fieldsOf(read).map(([field]) => field)]),
    ),
    empty: reads.filter(({ content }) => content.kind === "empty").map(({ key }) => key),
    superseded: reads.filter(loses).map(({ key }) => key),
    quarantined,
  };
}

/** True when the plan has nothing that an account could take. */
export function isEmptyPlan({ fields, watchlist, dismissed }: ImportPlan): boolean {
  return Object.keys(fields).length + watchlist.length + dismissed.length === 0;
}

/** The first key with a value fills its field. */
function winners<P>(reads: readonly Read<P>[]): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  for (const [field, value] of reads.flatMap(fieldsOf)) if (!fields.has(field)) fields.set(field, value);
  return fields;
}

/** The fields that a key fills. */
function fieldsOf<P>({ move: rule, content }: Pick<Read<P>, "move" | "content">): [string, unknown][] {
  return rule.into === "fields" && content.kind === "value" ? Object.entries(content.value as object) : [];
}

function valuesInto<P, T>(reads: readonly Read<P>[], into: "watchlist" | "dismissed"): T[] {
  return reads.flatMap(({ move: rule, content }) => (rule.into === into && content.kind === "value" ? (content.value as T[]) : []));
}

function union<T>(values: readonly T[], nameOf: (value: T) => string): T[] {
  const byName = new Map<string, T>();
  for (const value of values) if (!byName.has(nameOf(value))) byName.set(nameOf(value), value);
  return [...byName.values()];
}

function unreadOf<P>({ key, content }: Read<P>): Quarantined[] {
  if (content.kind === "unreadable") return [{ key, reason: content.reason, partly: false }];
  if (content.kind !== "value" || content.unread === undefined) return [];
  return [{ key, reason: `not read: ${content.unread.join(", ")}`, partly: true }];
}

/** Equal as JSON; a decoder gives an object's names in the order of the text. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
