// Which rows a run wrote: noted per batch in a few bytes per row, so that a rollback takes away exactly these.
import { canonicalDecimal, readInstant, writeInstant } from "@td/fifo/values";
import type { AnyTable, InputOf, KeyOf, RowOf, Scope, WhereOf } from "@td/storage";
import { layoutOf } from "@td/storage/internal";
import { createHash } from "node:crypto";
import { importRows, type ImportRunRow } from "./tables.ts";

/** A row as given or as read. */
type AnyRow = Readonly<Record<string, unknown>>;

/** The values of a key without the user, in canonical form. */
export type RowKey = readonly (string | number | boolean)[];

/** The key of a row. */
export function keyOf(table: AnyTable, row: AnyRow): RowKey {
  return table.primaryKey.slice(1).map((property) => keyValue(table, property, row[property]));
}

function keyValue(table: AnyTable, property: string, given: unknown): string | number | boolean {
  const definition = table.columns[property]?.definition;
  const value = given ?? definition?.fallback;
  if (definition?.kind === "instant") return canonicalInstant(value);
  if (definition?.kind === "decimal") return canonicalNumber(value);
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}

function canonicalInstant(value: unknown): string {
  const instant = readInstant(value as string | Date);
  return typeof instant === "number" ? writeInstant(instant) : instant;
}

function canonicalNumber(value: unknown): string {
  const text = typeof value === "string" ? value : (value as { toFixed(): string }).toFixed();
  const decimal = canonicalDecimal(text);
  return typeof decimal === "string" ? text : decimal.text;
}

/** A key as text: equal for equal keys. */
export function keyText(key: RowKey): string {
  return JSON.stringify(key);
}

/** A key for the repository. */
export function keyObject<T extends AnyTable>(table: T, key: RowKey): KeyOf<T> {
  return Object.fromEntries(table.primaryKey.slice(1).map((property, at) => [property, key[at]])) as KeyOf<T>;
}

/** Keys per query. */
const KEYS = 500;

/** The rows that stand under some keys, by their keys as text. */
export async function standingRows<T extends AnyTable>(
  scope: Scope,
  table: T,
  keys: readonly RowKey[],
): Promise<ReadonlyMap<string, RowOf<T>>> {
  const found = new Map<string, RowOf<T>>();
  for (let at = 0; at < keys.length; at += KEYS) {
    const some = keys.slice(at, at + KEYS);
    const wanted = new Set(some.map(keyText));
    // For a key of several columns this finds a few rows more, which are let go again.
    const where = Object.fromEntries(
      table.primaryKey.slice(1).map((property, part) => [property, { in: [...new Set(some.map((key) => key[part]))] }]),
    );
    for await (const rows of scope.table(table).stream({ where: where as WhereOf<T> })) {
      for (const row of rows) {
        const text = keyText(keyOf(table, row));
        if (wanted.has(text)) found.set(text, row);
      }
    }
  }
  return found;
}

/** Which of the rows that were given to `importMany` it wrote, in the order of their numbers, when it found others of them there already. Only for a table with a sequence. */
export async function newestRows<T extends AnyTable>(
  scope: Scope,
  table: T,
  rows: readonly InputOf<T>[],
  written: number,
): Promise<readonly InputOf<T>[]> {
  const sequence = layoutOf(table).sequence?.property ?? "";
  const standing = await standingRows(
    scope,
    table,
    rows.map((row) => keyOf(table, row)),
  );
  const numberOf = (row: InputOf<T>): number => Number((standing.get(keyText(keyOf(table, row))) as AnyRow | undefined)?.[sequence] ?? -1);
  const first = new Map(rows.toReversed().map((row) => [keyText(keyOf(table, row)), row]));
  // The rows just written have the highest numbers.
  return [...first.values()].toSorted((a, b) => numberOf(a) - numberOf(b)).slice(-written);
}

/** What a row's content is told by in a table without a sequence. */
export function markOf(table: AnyTable, row: AnyRow): string {
  return createHash("sha256").update(table.canonical(row)).digest("base64url").slice(0, 22);
}

/** Notes the rows that a batch wrote. To be called in the transaction that wrote them. */
export async function noteRows<T extends AnyTable>(
  tx: Scope,
  table: T,
  run: Pick<ImportRunRow, "runId">,
  part: number,
  rows: readonly InputOf<T>[],
): Promise<void> {
  const last = rows.at(-1);
  if (last === undefined) return;
  const { sequence } = layoutOf(table);
  const newest = sequence === undefined ? null : await tx.table(table).get(keyObject(table, keyOf(table, last)));
  await tx.table(importRows).insert({
    runId: run.runId,
    part,
    keys: keysText(table, rows),
    upTo: newest === null ? null : Number((newest as AnyRow)[sequence?.property ?? ""]),
    marks: sequence === undefined ? JSON.stringify(rows.map((row) => markOf(table, { ...row, userId: tx.userId }))) : null,
  });
}

/** Every written row passes through here: a key of one value, as most are, is not put into a list of its own. */
function keysText(table: AnyTable, rows: readonly AnyRow[]): string {
  const [, property = "", ...others] = table.primaryKey;
  const one = others.length === 0 && property !== "";
  return JSON.stringify(rows.map((row) => (one ? keyValue(table, property, row[property]) : keyOf(table, row))));
}

/** The keys of an entry. */
export function keysOf(keys: string): readonly RowKey[] {
  return (JSON.parse(keys) as readonly (RowKey | string | number | boolean)[]).map((key) =>
    Array.isArray(key) ? (key as RowKey) : [key as string],
  );
}

/** The text of an entry for fewer keys. */
export function keysLeft(table: AnyTable, keys: readonly RowKey[]): string {
  return JSON.stringify(table.primaryKey.length === 2 ? keys.map(([value]) => value) : keys);
}
