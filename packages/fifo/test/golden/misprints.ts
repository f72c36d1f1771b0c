// What the comparison must notice: a case with one of its published figures changed.
import type { GoldenCase } from "./case.ts";

const FIGURES = new Set(["quantity", "cost", "proceeds", "gain", "openCost", "openQuantity"]);
const PUBLISHED = ["sells", "fees", "open", "totals"] as const;

/** The case once for each published figure, with that figure one unit off in its last place. */
export function misprints(golden: GoldenCase): readonly GoldenCase[] {
  return PUBLISHED.flatMap((field) => changed(golden[field], field).map((value) => ({ ...golden, [field]: value })));
}

function changed(value: unknown, key: string): readonly unknown[] {
  if (typeof value === "string") return FIGURES.has(key) ? [oneOff(value)] : [];
  if (Array.isArray(value)) return value.flatMap((item: unknown, i) => changed(item, key).map((other) => value.with(i, other)));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => changed(child, name).map((other) => ({ ...value, [name]: other })));
}

/** `66.67` becomes `66.68`, `9.99` becomes `10.00`, `-20` becomes `-21`. */
function oneOff(figure: string): string {
  const [, sign = "", digits = ""] = /^(-?)([\d.]+)$/.exec(figure) ?? [];
  const places = digits.split(".")[1]?.length ?? 0;
  const units = (BigInt(digits.replace(".", "")) + 1n).toString().padStart(places + 1, "0");
  return sign + (places === 0 ? units : `${units.slice(0, -places)}.${units.slice(-places)}`);
}
