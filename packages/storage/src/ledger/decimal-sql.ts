// Plain SQL over fixed-width decimals, for views that people read in the stock `sqlite3` shell: no registered function is needed.
//
// A decimal(p,s) column holds p + 1 digits: value * 10^s + 10^p. The first digit is therefore 1 from zero up and 0 below zero.
// All arithmetic goes through limbs of 9 digits, least significant first, so that a limb is an exact SQLite integer at every step and
// the point of a scale of 18 or 36 falls between two limbs. Sums hold for 10^9 rows in one group.

/** A SQL expression whose value is a fixed-width decimal text, or NULL. */
export interface FixedSql {
  /** The expression. It is repeated in what is built on it, so it should be a column or something as cheap. */
  readonly sql: string;
  /** Digits in all. */
  readonly precision: number;
  /** Digits after the point. */
  readonly scale: number;
}

const LIMB = 9;
const BASE = 1_000_000_000;
/** Added before a division and taken off after it: SQLite divides toward zero, a borrow needs the floor. */
const BIAS = `${BASE}000000000`;
/** Digits that a sum needs beyond its summands: 10^9 rows. */
const SUM_DIGITS = 9;
/** Places after the point of an average; sums have twice as many. */
const AVERAGE_PLACES = 18;

const power = (exponent: number): string => `1${"0".repeat(exponent)}`;
const limbCount = (precision: number): number => Math.ceil((precision + 1) / LIMB);

/** A fixed-width decimal expression. */
export function fixed(sql: string, precision: number, scale: number): FixedSql {
  return { sql, precision, scale };
}

/** The canonical text of a fixed-width decimal: no exponent, no plus sign, no trailing zeros, `0` for zero, NULL for NULL. */
export function decimalText({ sql, precision, scale }: FixedSql): string {
  const whole = precision - scale;
  const positive = `substr(${sql}, 2, ${whole}) || '.' || substr(${sql}, ${whole + 2})`;
  return `case when ${sql} >= '1' then ${pointed("+", positive)} when ${sql} < '1' then ${pointed("-", complement(sql, precision, scale))} end`;
}

/** An exact sum in two steps, so that its SQL stays short: limbs in the grouped select, their carried text in the select above it. */
export interface SumSql {
  /** Columns of the select that groups: the sums of the limbs, NULLs left out. */
  readonly columns: string;
  /** Columns of a select that groups the groups once more. */
  readonly again: string;
  /** The sum, over those columns: {@link SUM_DIGITS} digits wider than its terms; zero when every value is NULL. */
  readonly value: FixedSql;
}

/**
 * The sum of a column over a group, exact for up to 10^9 rows. `name` begins the names of its limb columns.
 * `sign` is a SQL integer, 1 or -1, by which each value is multiplied; the column must then not be NULL.
 */
export function decimalSum(term: FixedSql, name: string, sign?: string): SumSql {
  const times = sign === undefined ? "" : `${sign} * `;
  const limbs = limbsOf(term).map((limb) => `coalesce(sum(${times}${limb}), 0)`);
  const at = Math.floor(term.precision / LIMB);
  const count = sign === undefined ? `count(${term.sql})` : `coalesce(sum(${sign}), 0)`;
  const columns = limbs.map((limb, i) => `${i === at ? `${limb} - ${count} * ${power(term.precision % LIMB)}` : limb} as ${name}_${i}`);
  const names = limbs.map((_, i) => `${name}_${i}`);
  const precision = term.precision + SUM_DIGITS;
  return {
    columns: columns.join(", "),
    again: names.map((limb) => `coalesce(sum(${limb}), 0) as ${limb}`).join(", "),
    value: { sql: assemble(names, precision), precision, scale: term.scale },
  };
}

/** `a - b` of two fixed-width decimals of one shape, as a fixed-width decimal that is one limb wider; NULL when either is NULL. */
export function decimalDifference(a: FixedSql, b: FixedSql): FixedSql {
  const right = limbsOf(b);
  const precision = a.precision + LIMB;
  return {
    sql: assemble(
      limbsOf(a).map((limb, i) => `${limb} - ${right[i]}`),
      precision,
    ),
    precision,
    scale: a.scale,
  };
}

/**
 * First step of {@link decimalAverage}: `total`, plus half a unit of the 18th place and the offset of the result, each times `count`.
 * `count` is a SQL integer from 1 to 10^9. Put each step in a `materialized` select of its own: SQLite otherwise writes one expression
 * into the other, and preparing the statement takes a third of a second.
 */
export function averageDividend(total: FixedSql, count: string): FixedSql {
  const { precision } = total;
  const limbs = limbsOf(total);
  const add = (place: number, sign: string) => {
    const i = Math.floor(place / LIMB);
    limbs[i] = `${limbs[i] ?? "0"} ${sign} ${power(place % LIMB)}`;
  };
  add(precision, "-");
  add(AVERAGE_PLACES - 1, `+ 5 * ${count} *`);
  add(AVERAGE_PLACES + averagePrecision(total), `+ ${count} *`);
  return { sql: assemble(limbs, precision + 1), precision: precision + 1, scale: total.scale };
}

/** `total / count` rounded half-even to 18 places, where `dividend` is the {@link averageDividend} of that `total`, which has scale 36. */
export function decimalAverage(dividend: FixedSql, total: FixedSql, count: string): FixedSql {
  const precision = averagePrecision(total);
  const limbs = limbsOf(dividend);
  const top = Math.floor((AVERAGE_PLACES + precision) / LIMB);
  const head = `(${limbs[top + 1] ?? "0"} - ${power(dividend.precision % LIMB)}) * ${BASE}`;
  const quotients: string[] = [];
  let partial = "";
  for (let i = top; i >= AVERAGE_PLACES / LIMB; i--) {
    partial = `(${i === top ? head : `${partial} % ${count} * ${BASE}`} + ${limbs[i]})`;
    quotients.push(`${partial} / ${count}`);
  }
  const even = `(${partial} % ${count} = 0 and substr(${dividend.sql}, -${AVERAGE_PLACES}) = '${"0".repeat(AVERAGE_PLACES)}')`;
  const last = `${quotients.pop()} - ${even} * (${partial} / ${count} % 2)`; // a tie was rounded up: an odd result goes back by one
  const format = `%0${(precision % LIMB) + 1}d${`%0${LIMB}d`.repeat(quotients.length)}`;
  return { sql: `printf('${format}', ${[...quotients, last].join(", ")})`, precision, scale: AVERAGE_PLACES };
}

/** Digits of an average: those of one summand, less the places that rounding takes. */
function averagePrecision(total: FixedSql): number {
  return total.precision - SUM_DIGITS - AVERAGE_PLACES;
}

/** The limbs of the encoded value (the offset 10^p included), least significant first. */
function limbsOf({ sql, precision }: FixedSql): string[] {
  return Array.from({ length: limbCount(precision) }, (_, i) => `cast(${slice(sql, precision, i)} as integer)`);
}

/** The text of limb `i`; the most significant one may be shorter. */
function slice(sql: string, precision: number, i: number): string {
  const end = precision + 1 - i * LIMB;
  const start = Math.max(1, end - LIMB + 1);
  return `substr(${sql}, ${start}, ${end - start + 1})`;
}

/** Limbs of a signed number, least significant first and not yet carried, to fixed-width text of `precision + 1` digits. */
function assemble(limbs: readonly string[], precision: number): string {
  const offset = Math.floor(precision / LIMB);
  const digits: string[] = [];
  let carry = "";
  for (let i = 0; i < limbCount(precision); i++) {
    const parts = [limbs[i], carry, i === offset ? power(precision % LIMB) : undefined].filter((part) => part !== undefined && part !== "");
    const total = `(${parts.join(" + ") || "0"} + ${BIAS})`;
    digits.unshift(`${total} % ${BASE}`);
    carry = `${total} / ${BASE} - ${BASE}`;
  }
  const top = (precision % LIMB) + 1;
  return `printf('%0${top}d${`%0${LIMB}d`.repeat(digits.length - 1)}', ${digits.join(", ")})`;
}

/** Digits with a point to canonical text. `sign` stands in front while zeros are cut, so that a leading `0` can be told from none. */
function pointed(sign: "+" | "-", digits: string): string {
  const trimmed = `replace('${sign}' || ltrim(${digits}, '0'), '${sign}.', '${sign}0.')`;
  const text = `rtrim(rtrim(${trimmed}, '0'), '.')`;
  return sign === "+" ? `ltrim(${text}, '+')` : text;
}

/** The digits of the magnitude of a negative value, with a point: 10^p minus the encoded value, limb by limb. */
function complement(sql: string, precision: number, scale: number): string {
  const cuts = [...cutsOf(scale, 1), ...cutsOf(precision - scale, 1 + scale)]; // least significant first
  const format = cuts.map(({ size }) => `%0${size}d`);
  const fraction = cutsOf(scale, 1).length;
  const shown = [...format.slice(fraction).reverse(), ".", ...format.slice(0, fraction).reverse()].join("");
  return `printf('${shown}', ${cuts
    .map((cut) => complementOf(sql, precision, cut))
    .reverse()
    .join(", ")})`;
}

interface Cut {
  /** Place of its last digit, 1 for the last digit of all. */
  readonly place: number;
  /** Digits, 1 to 9. */
  readonly size: number;
}

function cutsOf(digits: number, place: number): Cut[] {
  const count = Math.ceil(digits / LIMB);
  return Array.from({ length: count }, (_, i) => ({ place: place + i * LIMB, size: Math.min(LIMB, digits - i * LIMB) }));
}

function complementOf(sql: string, precision: number, { place, size }: Cut): string {
  const end = precision + 2 - place;
  const limb = `cast(substr(${sql}, ${end - size + 1}, ${size}) as integer)`;
  const below = place === 1 ? "1" : `(ltrim(substr(${sql}, ${end + 1}), '0') = '')`;
  return `(${power(size)} - 1 - ${limb} + ${below}) % ${power(size)}`;
}
