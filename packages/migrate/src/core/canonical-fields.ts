// When two spellings of a field are one value. Rules are declared per field, so that nothing is believed equal that nobody has said is.
import { canonicalDecimal, readDecimal, readInstant, writeDecimal, writeInstant } from "@td/fifo/values";
import { canonicalJson } from "@td/storage/internal";

/** The canonical text of a field's value; values with the same text are equal. `undefined` leaves the field out of the comparison. Pure. */
export type CanonicalRule = (value: unknown) => string | undefined;

/** Rules by the name of the field. A field without one is compared by {@link plainText}. */
export type CanonicalRules = Readonly<Record<string, CanonicalRule>>;

/** Takes `1.50`, 1.5 and a `Decimal` of 1.5 for equal. `scale` first rounds both sides half to even to that many digits after the point: for floats with noise. */
export function sameDecimal(options: { readonly scale?: number } = {}): CanonicalRule {
  return (value) => {
    const text = typeof value === "number" || typeof value === "bigint" ? String(value) : (value as string);
    const parts = readDecimal(text);
    if (typeof parts === "string") return plainText(value);
    if (options.scale === undefined || parts.scale <= options.scale) return writeDecimal(parts.units, parts.scale);
    return writeDecimal(roundHalfEven(parts.units, 10n ** BigInt(parts.scale - options.scale)), options.scale);
  };
}

/** Takes two spellings of one instant for equal. `zone` is that of a time without one; `digits` (0 to 6, default 6) cuts fractions of a second off. */
export function sameInstant(options: { readonly zone?: string; readonly digits?: number } = {}): CanonicalRule {
  const unit = 10 ** (6 - (options.digits ?? 6));
  return (value) => {
    const instant = value instanceof Date || typeof value === "string" ? readInstant(value, options.zone) : "not-a-time";
    return typeof instant === "string" ? plainText(value) : writeInstant(Math.floor(instant / unit) * unit);
  };
}

/** Leaves a field out of the comparison: one that only one side has, or that each side fills itself. */
export const ignored: CanonicalRule = () => undefined;

/** Takes equal JSON for equal, whatever the order of its keys; a `Decimal` by its digits. An absent value is null. */
export const plainText: CanonicalRule = (value) => {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  const made = plain(value);
  return canonicalJson(made) ?? JSON.stringify(made, (_name, item: unknown) => (typeof item === "number" ? String(item) : item));
};

/** What JSON can spell: decimals, dates and bigints as text. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return value;
  const decimal = Object.prototype.toString.call(value) === "[object Decimal]" ? canonicalDecimal(value as never) : undefined;
  if (decimal !== undefined) return typeof decimal === "string" ? decimal : decimal.text;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, plain(item)]),
  );
}

function roundHalfEven(units: bigint, unit: bigint): bigint {
  const negative = units < 0n;
  const [whole, rest] = [(negative ? -units : units) / unit, (negative ? -units : units) % unit];
  const up = rest * 2n > unit || (rest * 2n === unit && whole % 2n === 1n);
  const rounded = up ? whole + 1n : whole;
  return negative ? -rounded : rounded;
}

/** The fields in which two records differ, sorted; none when they are equal. A field that one side lacks counts as null there. */
export function differingFields(a: unknown, b: unknown, rules: CanonicalRules): readonly string[] {
  if (!isRecord(a) || !isRecord(b)) return plainText(a) === plainText(b) ? [] : ["(value)"];
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names]
    .filter((name) => {
      const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
      return a[name] !== b[name] && (rule ?? plainText)(a[name]) !== (rule ?? plainText)(b[name]);
    })
    .toSorted();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
