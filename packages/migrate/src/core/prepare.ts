// One raw record -> the rows that it asks for, or why it cannot be taken. Pure: everything that touches the table comes later.
import type { RawObject } from "./json-record.ts";
import { reject, Rejection } from "./reasons.ts";
import type { Validate } from "./validate.ts";

/** The steps of one job. */
export interface Steps<Out, Row> {
  /** Text -> fields. */
  readonly parse: (text: string) => RawObject | Rejection;
  /** Fields -> a valid record. */
  readonly validate: Validate<Out>;
  /** A valid record -> its rows. */
  readonly map: (
    record: Out,
    context: { readonly place: { readonly line: number; readonly byteOffset: number; readonly path?: string } },
  ) => Row | readonly Row[];
}

/** A record as its source gives it; `text` is `null` when its bytes are not UTF-8. */
export interface Readable {
  readonly line: number;
  readonly byteOffset: number;
  readonly text: string | null;
  readonly path?: string;
  /** Fields that it takes over from what stands around it. */
  readonly carried?: RawObject;
  /** Why it can be no record at all, when its source knows. */
  readonly refused?: Rejection;
}

/** The row or rows of a record, or why there are none. */
export function prepare<Out, Row>(steps: Steps<Out, Row>, raw: Readable): Row | readonly Row[] | Rejection {
  if (raw.refused !== undefined) return raw.refused;
  if (raw.text === null) return reject("invalid-utf8");
  const parsed = steps.parse(raw.text);
  const fields = raw.carried === undefined || parsed instanceof Rejection ? parsed : withCarried(parsed, raw.carried);
  if (fields instanceof Rejection) return fields;
  const record = steps.validate(fields);
  return record instanceof Rejection ? record : mapped(steps, record, raw);
}

/** A record with the fields that it takes over. One that it has itself already would be lost: that is a mistake in the source's `carry`. */
function withCarried(fields: RawObject, carried: RawObject): RawObject | Rejection {
  const twice = Object.keys(carried).find((name) => Object.hasOwn(fields, name));
  return twice === undefined ? { ...fields, ...carried } : new Rejection({ reason: "carried-twice", field: twice });
}

function mapped<Out, Row>(steps: Steps<Out, Row>, record: Out, { line, byteOffset, path }: Readable): Row | readonly Row[] | Rejection {
  try {
    const rows = steps.map(record, { place: { line, byteOffset, ...(path !== undefined && { path }) } });
    return Array.isArray(rows) && rows.length === 0 ? reject("no-rows") : rows;
  } catch (error) {
    return reject("map-failed", error instanceof Error ? error.message : String(error));
  }
}
