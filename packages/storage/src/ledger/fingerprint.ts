// What a symbol's allocations depend on, as text: equal fingerprints give equal allocations, so nothing has to be computed.
import type { Rules } from "@td/fifo";
import { canonicalJson } from "../table/json-codec.ts";

/** Raised whenever @td/fifo or the ledger comes to give other rows for the same fills and rules. */
const ENGINE = "td-fifo/1";

/**
 * Fills and the highest ingest sequence name a state of a symbol's fills: an insert or an update takes a number that was never used,
 * a delete lowers the count.
 */
export function fingerprint(symbol: string, fills: number, throughSeq: number, rules: Rules): string {
  return `${fills} fills to ${throughSeq}; ${rulesText(symbol, rules)}; ${ENGINE}`;
}

/** A threshold of another symbol changes nothing here. */
function rulesText(symbol: string, rules: Rules): string {
  const dust = typeof rules.dust === "string" || rules.dust === null ? rules.dust : (rules.dust[symbol] ?? null);
  return canonicalJson({ ...rules, dust }) ?? "";
}
