// Which td table is behind a store, so that its records can be compared where they lie.
import { createHash } from "node:crypto";
import type { AnyTable, Scope } from "@td/storage";
import { bulkOfScope, type KeyRange } from "@td/storage/internal";
import { ignored, type CanonicalRules } from "../core/canonical-fields.ts";
import type { ScanRange } from "../stores/record-store.ts";
import type { BucketDigest, DigestRequest } from "./digest-request.ts";

/** The rows behind a store. */
export interface TableBehind {
  /** Whose rows. */
  readonly scope: Scope;
  /** The table: its key is the user and one text column. */
  readonly table: AnyTable;
  /** What makes values of rows; `undefined` when the rows are the values. Two stores are compared by their rows only when it is the same. */
  readonly fromRow: unknown;
}

const tables = new WeakMap<object, TableBehind>();

/** Makes the rows behind a store known: all of them are its records. */
export function keepTable(store: object, behind: TableBehind): void {
  tables.set(store, behind);
}

/** The rows behind a store, when all of them are its records. */
export function tableBehind(store: object): TableBehind | undefined {
  return tables.get(store);
}

/** The range of stored keys of a range of keys. */
function keyRange(userId: string, { after, through }: ScanRange): KeyRange {
  return { ...(after !== undefined && { after: [userId, after] }), ...(through !== undefined && { through: [userId, through] }) };
}

/** Leaves out of a comparison what is not content: the user, what says how a row arrived, and what td numbers. */
export function contentRules({ table, fromRow }: TableBehind): CanonicalRules {
  if (fromRow !== undefined) return {};
  const own = Object.entries(table.columns).filter(([name, { definition }]) => name === "userId" || definition.assigned);
  return Object.fromEntries(own.map(([name]) => [name, ignored]));
}

/** What two tables must have in common so that digests of their rows can be compared. */
export function formOf(table: AnyTable): string {
  const columns = Object.entries(table.columns)
    .filter(([name, { definition }]) => name !== "userId" && !definition.assigned)
    .map(([name, { definition }]) => [
      name,
      definition.kind,
      "scale" in definition ? [definition.precision, definition.scale] : [],
      definition.nullable,
    ]);
  return `td-rows/1 ${createHash("sha256").update(JSON.stringify(columns)).digest("hex").slice(0, 16)}`;
}

/** The digests of a table's rows, made in the database: the `digest` of a store that is backed by one. */
export async function digestRows(
  { scope, table }: Pick<TableBehind, "scope" | "table">,
  request: DigestRequest,
): Promise<readonly BucketDigest[]> {
  const bulk = bulkOfScope(scope);
  const form = formOf(table);
  const found: BucketDigest[] = [];
  for (let after = request.after; found.length < (request.buckets ?? Infinity);) {
    const rest = { ...(after !== undefined && { after }), ...(request.through !== undefined && { through: request.through }) };
    const end = request.size === undefined ? undefined : await bulk.keyAt(table, keyRange(scope.userId, rest), request.size - 1);
    const through = end === undefined ? request.through : String(end[1]);
    const { rows, digest } = await bulk.digest(
      table,
      keyRange(scope.userId, { ...rest, ...(through !== undefined && { through }) }),
      "content",
      "text",
    );
    if (rows > 0 || request.size === undefined) found.push({ through: through ?? null, count: rows, form, digest });
    if (end === undefined) break;
    after = through;
  }
  return found;
}
