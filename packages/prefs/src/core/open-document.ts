// A stored document in the shape of today's definition. Migrated in memory; whoever writes next stores the result.
import { PrefsError } from "../errors.ts";
import type { PreferencesDefinition } from "./define-preferences.ts";
import { isJsonObject, type JsonObject } from "./json.ts";

/** What is stored for a user: three things, and nothing that can be computed. */
export interface StoredDocument {
  /** Version of the definition that wrote the document. */
  readonly schemaVersion: number;
  /** The chosen fields, and what no version of this program knows. */
  readonly document: JsonObject;
  /** Top-level fields that the user chose, sorted. */
  readonly explicit: readonly string[];
}

/** A document in today's shape, or a newer one as it is. */
export interface OpenDocument extends StoredDocument {
  /** Whether a newer version wrote it: it may be read, not changed. */
  readonly readOnly: boolean;
}

/** What a user has who never chose anything. */
export function emptyDocument({ version }: PreferencesDefinition): OpenDocument {
  return { schemaVersion: version, document: {}, explicit: [], readOnly: false };
}

/** Migrates a stored document to today's version. Throws `migration-failed`. */
export function openDocument(definition: PreferencesDefinition, stored: StoredDocument): OpenDocument {
  if (stored.schemaVersion > definition.version) return { ...stored, readOnly: true };
  const steps = definition.migrations.slice(stored.schemaVersion);
  if (steps.length === 0) return { ...stored, readOnly: false };
  const document = migrate(steps, stored.schemaVersion, stored.document);
  // What the chosen fields alone become are the chosen fields of today, under whatever names.
  const chosen = Object.fromEntries(Object.entries(stored.document).filter(([field]) => stored.explicit.includes(field)));
  const explicit = Object.keys(migrate(steps, stored.schemaVersion, chosen)).filter((field) => Object.hasOwn(document, field));
  return { schemaVersion: definition.version, document, explicit: explicit.sort(), readOnly: false };
}

function migrate(steps: readonly ((document: JsonObject) => JsonObject)[], from: number, document: JsonObject): JsonObject {
  return steps.reduce((made, step, at) => stepped(step, from + at, made), document);
}

function stepped(step: (document: JsonObject) => JsonObject, from: number, document: JsonObject): JsonObject {
  let made: unknown;
  try {
    made = step(document);
  } catch (cause) {
    throw failed(from, "threw", cause);
  }
  if (isJsonObject(made)) return made;
  throw failed(from, "returned what is not an object");
}

function failed(from: number, what: string, cause?: unknown): PrefsError {
  return new PrefsError(
    "migration-failed",
    `The migration from version ${from} ${what}. Nothing was changed: make the step take every document of that version.`,
    { from },
    cause === undefined ? {} : { cause },
  );
}
