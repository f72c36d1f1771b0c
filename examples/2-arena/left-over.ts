// Fields that nobody asked for are kept, not dropped.
import type { More } from "./facts.ts";

/** The fields of a record beside the known ones; `null` when there are none. */
export function leftOver(record: More, known: readonly string[]): More | null {
  const others = Object.entries(record).filter(([name, value]) => !known.includes(name) && value !== undefined);
  return others.length === 0 ? null : Object.fromEntries(others);
}
