// The JSON text of a record in which amounts are exact: text on named paths is written as the digits of a number.

interface RawJson {
  readonly rawJSON: (text: string) => unknown;
  readonly isRawJSON: (value: unknown) => boolean;
}
const { rawJSON: rawJson, isRawJSON: isRawJson } = JSON as unknown as RawJson;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** The text of a value; what `JSON.rawJSON` made keeps its digits. `numbers` names the paths (names between dots; lists are walked through) whose text is written as a number. */
export function writeJsonValue(value: unknown, numbers: ReadonlySet<string>, indent: string | undefined): string | undefined {
  const text: string | undefined = JSON.stringify(withNumbers(value, numbers, ""), undefined, indent);
  return text;
}

function withNumbers(value: unknown, numbers: ReadonlySet<string>, path: string): unknown {
  if (typeof value === "bigint") return rawJson(String(value));
  if (typeof value === "string") return numbers.has(path) && NUMBER.test(value) ? rawJson(value) : value;
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`${path} is ${value}`);
  if (typeof value !== "object" || value === null || isRawJson(value)) return value;
  if (Array.isArray(value)) return value.map((item) => withNumbers(item, numbers, path));
  const json = (value as { readonly toJSON?: unknown }).toJSON;
  if (typeof json === "function") return withNumbers((json as () => unknown).call(value), numbers, path);
  const made: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value))
    defineOwn(made, name, withNumbers(item, numbers, path === "" ? name : `${path}.${name}`));
  return made;
}

// `__proto__` as a plain assignment would set the prototype and lose the field.
function defineOwn(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}
