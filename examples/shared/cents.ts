// Rounding for the eye. Nothing that is computed or stored ever passes through here.
import { readDecimal, writeDecimal } from "@td/fifo/values";

/** A decimal text rounded half away from zero to two places, thousands separated: for display only. */
export function toCents(text: string): string {
  const parts = readDecimal(text);
  if (typeof parts === "string") return text;
  const { units, scale } = parts;
  const cents = scale <= 2 ? units * 10n ** BigInt(2 - scale) : roundAway(units, 10n ** BigInt(scale - 2));
  const [whole = "0", fraction = ""] = writeDecimal(cents, 2).split(".");
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${fraction.padEnd(2, "0")}`;
}

function roundAway(units: bigint, divisor: bigint): bigint {
  const half = divisor / 2n;
  return (units < 0n ? units - half : units + half) / divisor;
}
