// In which order tables are copied: what a row refers to comes first.

/** A table as far as the order goes. */
interface Referring {
  readonly name: string;
  readonly foreignKeys: readonly { readonly references: string }[];
}

/** The tables, each behind those that it refers to; otherwise in the given order. Tables that refer to each other in a circle keep that order. */
export function dependencyOrder<T extends Referring>(tables: readonly T[]): readonly T[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const placed = new Set<string>();
  const order: T[] = [];
  const place = (table: T): void => {
    if (placed.has(table.name)) return;
    placed.add(table.name);
    for (const { references } of table.foreignKeys) {
      const other = byName.get(references);
      if (other !== undefined) place(other);
    }
    order.push(table);
  };
  for (const table of tables) place(table);
  return order;
}

/** Which of two stored keys comes first in the order of both engines: below zero, zero, above. */
export function compareStored(a: readonly unknown[], b: readonly unknown[], compareText: (a: string, b: string) => number): number {
  for (const [at, value] of a.entries()) {
    const other = b[at];
    const order = typeof value === "number" ? value - Number(other) : compareText(String(value), String(other));
    if (order !== 0) return order;
  }
  return 0;
}
