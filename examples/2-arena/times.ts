// Times as the arena writes them.
import { readInstant, writeInstant } from "@td/fifo/values";
import { z } from "zod";

/** Milliseconds since 1970 as the text of a JSON number: 13 digits, so that they sort as text do. */
export const msText = () => z.string({ error: "missing-value" }).regex(/^\d{13}$/, { error: "not-a-time" });

/** The canonical instant of such a text. */
export function instantOf(ms: string): string {
  return writeInstant(Number(ms) * 1000);
}

/** The milliseconds of an instant, as text. */
export function msOf(instant: string): string {
  const micros = readInstant(instant);
  if (typeof micros !== "number") throw new RangeError(`${instant}: ${micros}`);
  return String(Math.floor(micros / 1000));
}

/** How `arena_state.updated_at` was written: by the server, by its helper module, or by the default of the column. */
export type UpdatedAtForm = "milliseconds" | "ISO text" | "SQL text, UTC";

/** Reads `updated_at`, whoever wrote it; `null` when it is none of the three. */
export function readUpdatedAt(value: unknown): { readonly at: string; readonly form: UpdatedAtForm } | null {
  if (typeof value === "number" || typeof value === "bigint") return instantFrom(String(value), "milliseconds");
  if (typeof value !== "string") return null;
  if (/^\d{13}$/.test(value)) return instantFrom(value, "milliseconds");
  const sql = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(value);
  const micros = readInstant(sql ? `${value.replace(" ", "T")}Z` : value);
  return typeof micros === "number" ? { at: writeInstant(micros), form: sql ? "SQL text, UTC" : "ISO text" } : null;
}

function instantFrom(ms: string, form: UpdatedAtForm): { readonly at: string; readonly form: UpdatedAtForm } | null {
  return /^\d{13}$/.test(ms) ? { at: instantOf(ms), form } : null;
}
