// The text that PostgreSQL writes for a jsonb value, from the canonical text of it: keys by length, then by bytes; numbers without exponents.

/** The text of a canonical JSON text as PostgreSQL writes it when it reads the value from a jsonb column. */
export function jsonbText(canonical: string): string {
  return written(JSON.parse(canonical) as unknown);
}

function written(value: unknown): string {
  if (typeof value === "number") return plainNumber(String(value));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  const keys = Object.keys(value).sort(byLengthThenBytes);
  const record = value as Readonly<Record<string, unknown>>;
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${written(record[key])}`).join(", ")}}`;
}

function byLengthThenBytes(a: string, b: string): number {
  const [left, right] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  if (left.length !== right.length) return left.length - right.length;
  const at = left.findIndex((byte, place) => byte !== right[place]);
  return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}

const EXPONENT = /^(-?)(\d)(?:\.(\d+))?e([+-])(\d+)$/;

/** `1.5e+21` is `1500000000000000000000`, `1e-7` is `0.0000001`; minus zero has no sign. */
function plainNumber(text: string): string {
  const found = EXPONENT.exec(text);
  if (found === null) return text === "-0" ? "0" : text;
  const [, sign = "", first = "", decimals = "", direction, exponent = "0"] = found;
  const places = Number(exponent);
  const digits = first + decimals;
  if (direction === "-") return `${sign}0.${"0".repeat(places - 1)}${digits}`;
  return `${sign}${digits.slice(0, places + 1).padEnd(places + 1, "0")}${decimals.length > places ? `.${decimals.slice(places)}` : ""}`;
}
