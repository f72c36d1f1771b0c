// The service's clock: India, +05:30 all year round. Its files write a time in four ways, mixed within one file.
import { instantText } from "@td/migrate";
import { readInstant, writeInstant } from "@td/fifo/values";
import { z } from "zod";

/** The zone of a day, and of a time that is written without an offset. */
export const ZONE = "Asia/Kolkata";

const OFFSET = "+05:30";

const written = instantText({ zone: ZONE, also: ["dd-mon-yyyy"] }).transform(canonical);

/** Ids are made of times: one instant must have one spelling. */
function canonical(text: string): string {
  const micros = readInstant(text);
  if (typeof micros === "string") throw new RangeError(`${text}: ${micros}`);
  return writeInstant(micros);
}

const noText = (text: unknown): unknown => (text === "" ? null : (text ?? null));

/** A time in any of the service's forms, as the text of a UTC instant. */
export const time = (): z.ZodType<string> => z.preprocess(noText, written);

/** The same, or null when there is none. */
export const timeIfAny = (): z.ZodType<string | null> => z.preprocess(noText, written.nullable());

/** The same, or null when the field holds something else: an old bug wrote words there. */
export const timeOrWords = (): z.ZodType<string | null> => z.preprocess(instantOf, written.nullable());

/** The instant that a text is; null when it is none. */
export function instantOf(text: unknown): string | null {
  return written.safeParse(text).data ?? null;
}

/** An instant as the service writes it today: `2025-10-27T16:05:00+05:30`. */
export function indianText(instant: string): string {
  const micros = readInstant(instant);
  if (typeof micros === "string") throw new RangeError(`${instant}: ${micros}`);
  const seconds = new Date(Math.floor(micros / 1000) + OFFSET_MS).toISOString().slice(0, 19);
  const fraction = String(((micros % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, "0");
  return `${seconds}${fraction === "000000" ? "" : `.${fraction}`}${OFFSET}`;
}

const OFFSET_MS = (5 * 60 + 30) * 60_000;

/** The day in India on which an instant lies: `2025-10-27`. */
export function indianDay(instant: string): string {
  return indianText(instant).slice(0, 10);
}
