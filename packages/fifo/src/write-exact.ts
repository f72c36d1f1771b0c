import { Decimal } from "decimal.js";
import { writeUnits } from "./attos.ts";
import type { Exact } from "./exact.ts";

/** The canonical text of an exact value. */
export function writeExact({ units, scale }: Exact): string {
  return writeUnits(units, scale);
}

/** An exact value as a `Decimal`. */
export function decimalOf(value: Exact): Decimal {
  return new Decimal(writeExact(value));
}
