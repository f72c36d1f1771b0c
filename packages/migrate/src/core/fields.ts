// zod schemas for exact values. Each is one function call per value: they run for every field of every record.
import { canonicalDecimal, readInstant, writeInstant, type EpochMicros } from "@td/fifo/values";
import { z } from "zod";
import { MigrateError } from "../errors.ts";
import type { RejectReason } from "./reasons.ts";

/** What {@link decimalText} demands of a number. */
export interface DecimalOptions {
  /** The number must be above zero; a reason here is given instead of `not-positive`. Default: any sign. */
  readonly positive?: boolean | RejectReason;
  /** The number must not be below zero; a reason here is given instead of `negative`. Default: any sign. */
  readonly notNegative?: boolean | RejectReason;
}

/** What {@link instantText} demands of a time. */
export interface InstantOptions {
  /** The zone of a time written without one: `UTC` or a fixed offset such as `+05:30`. Default: such a time is rejected. */
  readonly zone?: string;
  /** The latest time that is believed, as an instant text or a `Date`; later ones are rejected as `time-in-future`. Default: any. */
  readonly notAfter?: string | Date;
}

/** Text that was read, or the reason why it was not. */
interface Reading {
  readonly text?: string;
  readonly reason?: RejectReason;
}
type Read = (input: string) => Reading;

interface ExactText extends z.ZodType<string, string> {
  _zod: z.ZodType<string, string>["_zod"] & { def: { type: "custom"; read: Read; missing: RejectReason; otherType: RejectReason } };
}

// A type of its own instead of z.string().refine(): no payload and no list of checks per value, and a missing value has its own reason.
const ExactText = z.core.$constructor<ExactText>("TdExactText", (inst, def) => {
  z.ZodType.init(inst, def);
  inst._zod.parse = (payload) => {
    const input = payload.value as unknown;
    const reading =
      typeof input === "string" ? def.read(input) : { reason: input === null || input === undefined ? def.missing : def.otherType };
    if (reading.text !== undefined) payload.value = reading.text;
    else
      payload.issues.push({
        code: "custom",
        input,
        inst,
        message: reading.reason ?? "schema",
        params: { reason: reading.reason },
      } as never);
    return payload;
  };
});

/**
 * An exact decimal: text in, canonical text out (`1.50` -> `1.5`, `1e-8` -> `0.00000001`). The reader of a source hands JSON numbers
 * over as text, so a number never passes through floating point.
 *
 * Rejects with `missing-value`, `not-a-number`, `number-too-long`, and what the options name.
 */
export function decimalText(options: DecimalOptions = {}): z.ZodType<string, string> {
  const positive = reasonOf(options.positive, "not-positive");
  const notNegative = reasonOf(options.notNegative, "negative");
  const read: Read = (input) => {
    const decimal = canonicalDecimal(input);
    if (typeof decimal === "string") return { reason: decimal };
    const below = decimal.text.charCodeAt(0) === 45;
    if (positive !== undefined && (below || decimal.text === "0")) return { reason: positive };
    return below && notNegative !== undefined ? { reason: notNegative } : decimal;
  };
  return new ExactText({ type: "custom", read, missing: "missing-value", otherType: "not-a-number" });
}

/**
 * An instant with microseconds: text in, text of the same instant out.
 *
 * Rejects with `missing-value`, `not-a-time`, `time-without-zone`, `time-too-precise`, `time-out-of-range` and `time-in-future`. Throws `invalid-option` for a zone or limit that is none.
 */
export function instantText(options: InstantOptions = {}): z.ZodType<string, string> {
  const latest = limitOf(options.notAfter);
  checkZone(options.zone);
  const read: Read = (input) => {
    const text = withZ(input);
    const instant = readInstant(text, options.zone);
    if (instant === "time-out-of-range" && latest !== undefined && input > "2") return { reason: "time-in-future" };
    if (typeof instant === "string") return { reason: instant };
    if (latest !== undefined && instant > latest) return { reason: "time-in-future" };
    return { text: options.zone === undefined ? text : writeInstant(instant) };
  };
  return new ExactText({ type: "custom", read, missing: "missing-value", otherType: "not-a-time" });
}

/** Text that must be there and not be empty. `missing` is the reason for null, absent or empty (default `missing-value`); other types are `not-text`. */
export function requiredText(missing: RejectReason = "missing-value"): z.ZodType<string, string> {
  const read: Read = (input) => (input === "" ? { reason: missing } : { text: input });
  return new ExactText({ type: "custom", read, missing, otherType: "not-text" });
}

/** Databases write UTC as `+00:00` or `+00`; `T` and `Z` are the spelling that td reads fastest, here and again in the column. */
function withZ(text: string): string {
  const zone = text.endsWith("+00:00") ? 6 : text.endsWith("+00") ? 3 : 0;
  if (zone === 0) return text;
  const time = text.slice(0, -zone);
  return time.charCodeAt(10) === 32 ? `${time.slice(0, 10)}T${time.slice(11)}Z` : `${time}Z`;
}

function reasonOf(option: boolean | RejectReason | undefined, usual: RejectReason): RejectReason | undefined {
  if (option === undefined || option === false) return undefined;
  return option === true ? usual : option;
}

function limitOf(notAfter: string | Date | undefined): EpochMicros | undefined {
  if (notAfter === undefined) return undefined;
  const limit = readInstant(notAfter);
  if (typeof limit === "string") throw invalid("notAfter must be an instant with an offset", String(notAfter));
  return limit;
}

function checkZone(zone: string | undefined): void {
  if (typeof readInstant("2000-01-01T00:00:00", zone ?? "UTC") === "string")
    throw invalid("zone must be UTC or an offset such as +05:30", zone ?? "");
}

function invalid(rule: string, value: string): MigrateError {
  return new MigrateError("invalid-option", `instantText: ${rule}, not ${JSON.stringify(value)}.`, { facts: { value } });
}
