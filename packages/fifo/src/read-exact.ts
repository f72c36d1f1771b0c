import type { Decimal } from "decimal.js";
import { canonicalDecimal } from "./decimal-text.ts";
import { FifoError, shown } from "./errors.ts";
import type { Exact } from "./exact.ts";
import { exactOf } from "./units.ts";

/** A decimal of the caller. Throws `invalid-trade`, which names the record and the field, when it is none. */
export function readExact(value: string | Decimal, id: string, field: string): Exact {
  const canonical = canonicalDecimal(value);
  if (typeof canonical !== "string") return exactOf(canonical.text);
  throw new FifoError("invalid-trade", `${shown(id)}: ${field} is ${shown(value)} (${canonical}); give a decimal as text or Decimal.`, {
    tradeId: id,
    field,
    reason: canonical,
  });
}
