// The tests' own exact arithmetic: plain decimal text to integers and back, so that no sum here leans on the code under test.

/** Plain decimal text as an integer of 10^-scale; null and undefined count as zero. */
export function unitsOf(text: string | null | undefined, scale: number): bigint {
  const [, sign, whole = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text ?? "0") ?? ["", "", "not plain"];
  if (fraction.length > scale) throw new RangeError(`${text} has more than ${scale} places`);
  const units = BigInt(whole + fraction.padEnd(scale, "0"));
  return sign === "-" ? -units : units;
}

/** units / 10^scale as plain text; trailing zeros stay. */
export function plainText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return (units < 0n ? "-" : "") + digits.slice(0, point) + (scale > 0 ? "." + digits.slice(point) : "");
}

/** The sum of a field over rows, in units of 10^-scale. */
export function sumOf<T>(rows: readonly T[], field: (row: T) => string | null, scale: number): bigint {
  return rows.reduce((sum, row) => sum + unitsOf(field(row), scale), 0n);
}

/** units / 10^scale as canonical text: no trailing zeros. */
export function shortText(units: bigint, scale: number): string {
  const plain = plainText(units, scale);
  return plain.includes(".") ? plain.replace(/\.?0+$/, "").replace(/^-0$/, "0") : plain;
}
