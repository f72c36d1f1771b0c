// Between the fields of a secret and the bytes that are sealed. Nothing here repeats a name or a value in an error: either may be the
// secret (whoever mixes them up must not find it in the log). Pure.
import { StorageError } from "../errors.ts";
import { SecretText } from "./secret-text.ts";

/** Bytes that a secret may have once it is written as JSON. */
const MOST_BYTES = 2 ** 18;

/** The bytes of a secret: JSON of its fields in order, so any text comes back as it was. Throws `value-rejected`. */
export function encodeSecret(secret: unknown): Uint8Array {
  if (typeof secret !== "object" || secret === null || Array.isArray(secret)) throw refused("give an object of texts");
  const fields = Object.entries(secret);
  if (fields.length === 0) throw refused("it has no fields");
  fields.forEach(([name, value], at) => {
    if (name === "") throw refused("the name of a field is empty");
    if (typeof value !== "string") throw refused(`the value of its field ${at + 1} of ${fields.length} is not a text`);
  });
  const bytes = Buffer.from(JSON.stringify(fields.toSorted(([a], [b]) => (a < b ? -1 : 1))), "utf8");
  if (bytes.length > MOST_BYTES) throw refused(`it takes ${bytes.length} bytes of at most ${MOST_BYTES}`);
  return bytes;
}

/** The fields of a secret, or `undefined` when the bytes are not one. */
export function decodeSecret(bytes: Uint8Array): Readonly<Record<string, SecretText>> | undefined {
  const fields = parsed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"));
  if (!Array.isArray(fields) || !fields.every(isField)) return undefined;
  return Object.freeze(Object.fromEntries(fields.map(([name, value]) => [name, new SecretText(value)])));
}

// The parser's error quotes the text, so it goes no further.
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isField(field: unknown): field is readonly [string, string] {
  return Array.isArray(field) && field.length === 2 && field.every((part) => typeof part === "string");
}

function refused(what: string): StorageError {
  return new StorageError("value-rejected", `The secret of a credential is refused: ${what}.`, { facts: { table: "broker_credentials" } });
}
