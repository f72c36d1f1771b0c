// What is imported, from where, checked by what, into which table.
import type { AnyTable, InputOf } from "@td/storage";
import type { z } from "zod";
import { expectOption, has } from "../core/expect-option.ts";
import { zoneOf } from "../core/fields.ts";
import { MigrateError } from "../errors.ts";
import type { Source } from "../sources/contract.ts";

/** Where a record lies in its source. */
export interface Place {
  /** Line on which it begins, from 1; the number of the record for a source without lines. */
  readonly line: number;
  /** Bytes of the source before it; records, for a source without bytes. */
  readonly byteOffset: number;
  /** Where it stands inside the source, for sources that have a name for it: `bots[3].orders[17]`, `trades[rowid=17]`. */
  readonly path?: string;
}

/** One import: a source, the check of its records, and the rows that they become. Made by {@link defineImport}. */
export interface ImportJob<T extends AnyTable = AnyTable, Schema extends z.ZodType = z.ZodType> {
  /** Identifies the job among the user's: an unfinished run of the same name is resumed. 1 to 200 characters. */
  readonly name: string;
  /** Where the records come from. */
  readonly source: Source;
  /**
   * Checks a record, whose numbers are exact text. A check rejects with the reason that is its message or its `params.reason`, else with `schema`.
   * It must be synchronous. A plain `z.object` takes no other fields (`unknown-field`): what td would lose in silence it refuses. `z.looseObject` lets them through to `map`.
   */
  readonly schema: Schema;
  /** The clock of times that are written without an offset, for every `instantText()` that names none: `UTC`, `+05:30`, `Asia/Kolkata`. Default none: such a time is rejected. */
  readonly zone?: string;
  /**
   * The row or rows of a valid record; pure. The rows of one record are written all or none. Throwing rejects the record as `map-failed`, no rows as `no-rows`.
   */
  readonly map: (record: z.output<Schema>, context: { readonly place: Place }) => InputOf<T> | readonly InputOf<T>[];
  /** The table. Its primary key tells what is a duplicate. */
  readonly into: T;
}

/** Declares an import. Throws `invalid-option` when the name cannot be used or a part is missing. */
export function defineImport<T extends AnyTable, Schema extends z.ZodType>(job: ImportJob<T, Schema>): ImportJob<T, Schema> {
  const given = typeof job === "object" && job !== null && typeof job.name === "string";
  expectOption(given, "defineImport", "give it an object with name, source, schema, map and into");
  expectOption(has(job.source, "open"), "defineImport", "source is what jsonFile, csvFile, records and the like make");
  expectOption(has(job.schema, "safeParse"), "defineImport", "schema is a zod schema");
  expectOption(typeof job.map === "function", "defineImport", "map is a function that makes rows of a record");
  expectOption(has(job.into, "columns", "primaryKey"), "defineImport", "into is a table");
  zoneOf(job.zone);
  if (job.name.length >= 1 && job.name.length <= 200) return Object.freeze({ ...job });
  throw new MigrateError("invalid-option", "defineImport: give the job a name of 1 to 200 characters.", {
    facts: { length: job.name.length },
  });
}
