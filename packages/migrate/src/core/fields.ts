// zod schemas for exact values. Each is one function call per value: they run for every field of every record.
import { canonicalDecimal, readInstant, writeInstant, type EpochMicros } from "@td/fifo/values";
import { z } from "zod";
import { MigrateError } from "../errors.ts";
import type { RejectReason } from "./reasons.ts";
import { spelledTimes, type TimeSpelling } from "./written-times.ts";
import { clockOf, type ReadClock } from "./zone.ts";

/** What {@link decimalText} demands of a number. */
export interface DecimalOptions {
  /** The number must be above zero; a reason here is given instead of `not-positive`. Default: any sign. */
  readonly positive?: boolean | RejectReason;
  /** The number must not be below zero; a reason here is given instead of `negative`. Default: any sign. */
  readonly notNegative?: boolean | RejectReason;
}

/** What {@link instantText} demands of a time. */
export interface InstantOptions {
  /**
   * The clock of a time written without an offset: `UTC`, a fixed offset such as `+05:30`, or an IANA zone such as `Asia/Kolkata`. Default the job's `zone`;
   * without that such a time is rejected.
   */
  readonly zone?: string;
  /** How else the source writes times. Default only ISO-8601. */
  readonly also?: readonly TimeSpelling[];
  /** The latest time that is believed, as an instant text or a `Date`; later ones are rejected as `time-in-future`. Default: any. */
  readonly notAfter?: string | Date;
}

/** Text that was read, or the reason why it was not. */
interface Reading {
  readonly text?: string;
  readonly reason?: RejectReason;
}
type Read = (input: string, zone: ReadClock | undefined) => Reading;

/** What a schema is told about the job that uses it, by the parse context of zod. */
export interface JobContext {
  /** The clock of the job's zone. */
  readonly tdClock?: ReadClock;
}

interface ExactText extends z.ZodType<string, string> {
  _zod: z.ZodType<string, string>["_zod"] & { def: { type: "custom"; read: Read; missing: RejectReason; otherType: RejectReason } };
}

// A type of its own instead of z.string().refine(): no payload and no list of checks per value, and a missing value has its own reason.
const ExactText = z.core.$constructor<ExactText>("TdExactText", (inst, def) => {
  z.ZodType.init(inst, def);
  inst._zod.parse = (payload, context) => {
    const input = payload.value as unknown;
    const reading =
      typeof input === "string"
        ? def.read(input, (context as JobContext).tdClock)
        : { reason: input === null || input === undefined ? def.missing : def.otherType };
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
 * Rejects with `missing-value`, `not-a-time`, `time-without-zone`, `time-too-precise`, `time-out-of-range`, `time-in-future`, and where the clock of a zone is put
 * back or forward with `time-ambiguous` and `time-does-not-exist`. Throws `invalid-option` for a zone or limit that is none.
 */
export function instantText(options: InstantOptions = {}): z.ZodType<string, string> {
  const latest = limitOf(options.notAfter);
  const own = zoneOf(options.zone);
  const spelled = options.also === undefined ? undefined : spelledTimes(options.also);
  const read: Read = (input, jobClock) => {
    const text = withZ(spelled === undefined ? input : spelled(input));
    const clock = own ?? jobClock;
    const written = readInstant(text);
    const instant = written === "time-without-zone" && clock !== undefined ? onClock(text, clock) : written;
    if (instant === "time-out-of-range" && latest !== undefined && text > "2") return { reason: "time-in-future" };
    if (typeof instant === "string") return { reason: instant };
    if (latest !== undefined && instant > latest) return { reason: "time-in-future" };
    return { text: instant === written ? text : writeInstant(instant) };
  };
  return new ExactText({ type: "custom", read, missing: "missing-value", otherType: "not-a-time" });
}

function onClock(text: string, clock: ReadClock): EpochMicros | RejectReason {
  const local = readInstant(text, "UTC");
  return typeof local === "number" ? clock(local) : local;
}

/** The clock of a zone. Throws `invalid-option` when it is none. */
export function zoneOf(zone: string | undefined): ReadClock | undefined {
  if (zone === undefined) return undefined;
  const clock = clockOf(zone);
  if (clock === undefined) throw invalid("zone must be UTC, an offset such as +05:30 or a zone such as Asia/Kolkata", zone);
  return clock;
}

/**
 * An amount of money as people write it: `$1,234.56 `, `($1,234.56)` for less than nothing, `Rs +1,234.50`, `-12.5`; canonical decimal text out. Text that is
 * anything else is rejected as `not-a-number`, never taken for 0.
 */
export function moneyText(options: DecimalOptions = {}): z.ZodType<string, string> {
  const exact = decimalText(options);
  const read: Read = (input) => {
    const found = MONEY.exec(input.trim());
    const { open = "", sign = "", digits = "", close = "" } = found?.groups ?? {};
    if (found === null || (open === "(") !== (close === ")") || (open !== "" && sign !== "")) return { reason: "not-a-number" };
    const result = exact.safeParse(`${open === "(" || sign === "-" ? "-" : ""}${digits.replaceAll(",", "")}`);
    return result.success ? { text: result.data } : { reason: (result.error.issues[0]?.message ?? "schema") as RejectReason };
  };
  return new ExactText({ type: "custom", read, missing: "missing-value", otherType: "not-a-number" });
}

const MONEY = /^(?<open>\(?)(?:[$€£₹]|Rs\.?)?\s*(?<sign>[+-]?)(?:[$€£₹]|Rs\.?)?\s*(?<digits>\d+(?:,\d{2,3})*(?:\.\d+)?)(?<close>\)?)$/;

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

function invalid(rule: string, value: string): MigrateError {
  return new MigrateError("invalid-option", `instantText: ${rule}, not ${JSON.stringify(value)}.`, { facts: { value } });
}
