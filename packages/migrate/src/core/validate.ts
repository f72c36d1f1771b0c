// A raw record through the host's zod schema: the value, or the reasons in td's closed list.
import { z } from "zod";
import { type JobContext, zoneOf } from "./fields.ts";
import type { RawObject } from "./json-record.ts";
import { isRejectReason, type RecordIssue, Rejection, type RejectReason } from "./reasons.ts";

/** Checks raw records. */
export type Validate<Out> = (record: RawObject) => Out | Rejection;

/** The fields that a schema knows; `open` when it takes others too, or when it is not an object schema. */
export interface KnownFields {
  /** Field names, in the order of the schema. */
  readonly names: readonly string[];
  /** Those without which no record is valid. */
  readonly required: readonly string[];
  /** Whether other fields are welcome. */
  readonly open: boolean;
}

/** What a schema says about its fields. A plain `z.object` is closed: a field that it would drop in silence is refused instead. */
export function fieldsOf(schema: z.ZodType): KnownFields {
  if (!(schema instanceof z.ZodObject)) return { names: [], required: [], open: true };
  const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
  const names = Object.keys(shape);
  const catchall = schema.def.catchall;
  return {
    names,
    required: names.filter((name) => shape[name]?.safeParse(undefined).success !== true),
    open: catchall !== undefined && catchall._zod.def.type !== "never",
  };
}

/** Builds the check of one job. `zone` is the clock of times without one. */
export function validator<Schema extends z.ZodType>(schema: Schema, zone?: string): Validate<z.output<Schema>> {
  const clock = zoneOf(zone);
  // zod hands its parse context on to every schema inside.
  const context = clock === undefined ? undefined : ({ tdClock: clock } satisfies JobContext as never);
  const known = fieldsOf(schema);
  const names: ReadonlySet<string> = new Set(known.names);
  return (record) => {
    const result = schema.safeParse(record, context);
    if (!result.success) return rejectionOf(result.error.issues);
    if (!known.open) for (const field in record) if (!names.has(field)) return new Rejection({ reason: "unknown-field", field });
    return result.data;
  };
}

function rejectionOf(issues: readonly z.core.$ZodIssue[]): Rejection {
  const [first, ...others] = issues.map(issueOf);
  return first === undefined ? new Rejection({ reason: "schema" }) : new Rejection(first, ...others);
}

function issueOf(issue: z.core.$ZodIssue): RecordIssue {
  const reason = reasonOf(issue);
  const field = issue.path.map(String).join(".");
  return { reason, ...(field !== "" && { field }), ...(reason !== issue.message && { note: issue.message }) };
}

/** A check names its reason in `params.reason` or as its message; zod's own codes are told apart as far as they say anything. */
function reasonOf(issue: z.core.$ZodIssue): RejectReason {
  const named: unknown = issue.code === "custom" ? issue.params?.["reason"] : undefined;
  if (isRejectReason(named)) return named;
  if (isRejectReason(issue.message)) return issue.message;
  return issue.code === "unrecognized_keys" ? "unknown-field" : "schema";
}
