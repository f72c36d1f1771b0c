// What a host declares about its preferences. Pure, and free of Node: servers and browsers share one definition.
import type { z } from "zod";
import { PrefsError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { isPointer } from "./pointer.ts";

/** The schema of the effective value: an object whose fields are all present once the defaults are applied. `z.looseObject` also shows unknown keys. */
export type PreferencesSchema = z.ZodObject;

/** One step of a document from a version to the next. Pure and total: any object goes in, unknown keys come out as they were, nothing is thrown. */
export type Migration = (document: JsonObject) => JsonObject;

type Below<Version extends number, Counted extends readonly unknown[] = []> = Counted["length"] extends Version
  ? never
  : Counted["length"] | Below<Version, readonly [...Counted, unknown]>;

/** One step for each version below `Version`: a hole is a type error. */
export type Migrations<Version extends number> = { readonly [From in Below<Version>]: Migration } & { readonly [from: number]: Migration };

/** A flag that can be set and never unset, once for each version of a text: evidence, kept with time and actor. */
export interface AcceptanceRule<Field extends string = string> {
  /** What was accepted, as the records call it: `disclosure`. */
  readonly name: string;
  /** The boolean field: true when accepted. */
  readonly accepted: Field;
  /** The text field: which version of the text. Needed for the flag to be true. */
  readonly version: Field;
}

/** What holds beside the schema. */
export interface PreferencesRules<Field extends string = string> {
  /** Flags that are evidence; default none. */
  readonly acceptances?: readonly AcceptanceRule<Field>[];
  /** JSON pointers of places whose contents stay out of the records: `/accountProfile/taxId`. Default none. */
  readonly redact?: readonly string[];
}

/** A definition as given. */
export interface PreferencesOptions<Schema extends PreferencesSchema, Version extends number> {
  /** Version of the documents that this schema describes: an integer, one more for each change of shape. 0 is what no version wrote. */
  readonly version: Version;
  /** The schema of the effective value. Keep defaults out of it. */
  readonly schema: Schema;
  /** What fields hold that the user has not chosen; objects are filled in key by key. Applied on read, never stored: a later change reaches everybody. */
  readonly defaults: z.input<Schema>;
  /** By the version that a document comes from, 0 to `version - 1`. */
  readonly migrations: Migrations<Version>;
  /** What holds beside the schema; default nothing. */
  readonly rules?: PreferencesRules<keyof z.output<Schema> & string>;
}

/** A definition that has been checked. */
export interface PreferencesDefinition<Schema extends PreferencesSchema = PreferencesSchema> {
  /** Version of the documents that it writes. */
  readonly version: number;
  /** The schema of the effective value. */
  readonly schema: Schema;
  /** What fields hold that the user has not chosen. */
  readonly defaults: JsonObject;
  /** The steps; the one at `n` leads from version `n` to `n + 1`. */
  readonly migrations: readonly Migration[];
  /** Flags that are evidence. */
  readonly acceptances: readonly AcceptanceRule[];
  /** Places whose contents stay out of the records. */
  readonly redact: readonly string[];
}

/** The effective value of a definition. */
export type ValueOf<Definition extends PreferencesDefinition> = z.output<Definition["schema"]>;

/** A JSON merge patch of a value: any part of it; null removes the user's choice, so that the default shows again. Arrays replace whole. */
export type PatchOf<Value> = { readonly [Field in keyof Value]?: PatchOfField<Value[Field]> | null };
type PatchOfField<Field> = Field extends readonly unknown[] ? Field : Field extends object ? PatchOf<Field> : Field;

/**
 * Checks and freezes a definition.
 *
 * Throws `definition-invalid` when the version is not a whole number, a migration is missing or one too many, the schema refuses the defaults,
 * or a rule names a field that the schema does not have.
 */
export function definePreferences<Schema extends PreferencesSchema, const Version extends number>(
  options: PreferencesOptions<Schema, Version>,
): PreferencesDefinition<Schema> {
  const { version, schema } = options;
  const defaults: unknown = options.defaults;
  const { acceptances = [], redact = [] } = options.rules ?? {};
  if (!Number.isSafeInteger(version) || version < 0) refuse("version is a whole number from 0", { version });
  if (!isJsonObject(defaults)) return refuse("defaults is an object");
  checkDefaults(schema, defaults);
  checkFields(schema, acceptances);
  for (const pointer of redact)
    if (!isPointer(pointer)) refuse(`redact holds ${pointer}, which is not a JSON pointer such as /profile/taxId`);
  const migrations = steps(version, options.migrations);
  return Object.freeze({ version, schema, defaults, migrations, acceptances, redact });
}

function checkDefaults(schema: PreferencesSchema, defaults: JsonObject): void {
  const { success, error } = schema.safeParse(defaults);
  if (success) return;
  const fields = error.issues.map(({ path }) => path.join("."));
  refuse(`the schema refuses the defaults at ${fields.join(", ")}`, { fields });
}

function checkFields(schema: PreferencesSchema, acceptances: readonly AcceptanceRule[]): void {
  for (const field of acceptances.flatMap(({ accepted, version }) => [accepted, version])) {
    if (!Object.hasOwn(schema.shape, field)) refuse(`a rule names the field ${field}, which the schema does not have`, { field });
  }
}

function steps(version: number, given: Readonly<Record<string, Migration>>): readonly Migration[] {
  const extra = Object.keys(given).find((from) => !/^\d+$/.test(from) || Number(from) >= version);
  if (extra !== undefined) refuse(`there is a migration from ${extra}, which is not below the version ${version}`, { from: extra });
  return Array.from({ length: version }, (_, from) => given[from] ?? refuse(`the migration from version ${from} is missing`, { from }));
}

function refuse(what: string, facts: Readonly<Record<string, unknown>> = {}): never {
  throw new PrefsError("definition-invalid", `These preferences cannot be defined: ${what}.`, facts);
}
