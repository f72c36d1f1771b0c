// Which asset a fill's fee was paid in, in SQL: the rules of @td/fifo a second time, so that the ledger's balance does not lean on the engine.
import type { ViewDialect } from "./view-dialect.ts";

/** Whether a fill's fee was paid in its base asset, which takes it out of the quantity: the fee's asset, a separator, another asset. */
export function isBaseFee(d: ViewDialect, fill: string): string {
  const fee = `${fill}.fee_currency`;
  const quote = `substr(${fill}.symbol, length(${fee}) + 2)`;
  const head = `substr(${fill}.symbol, 1, length(${fee}) + 1) in (${fee} || '-', ${fee} || '/')`;
  return `${head} and ${d.position(quote, "'-'")} = 0 and ${d.position(quote, "'/'")} = 0 and ${quote} not in ('', ${fee}) and ${fee} <> ''`;
}

/** Whether a fill's fee was paid in its quote asset: not named at all, or the symbol ends with a separator and the fee's asset. */
export function isQuoteFee(d: ViewDialect, fill: string): string {
  const fee = `${fill}.fee_currency`;
  const head = `substr(${fill}.symbol, 1, length(${fill}.symbol) - length(${fee}) - 1)`;
  const tail = `${fill}.symbol in (${head} || '-' || ${fee}, ${head} || '/' || ${fee})`;
  return `(${fee} is null or (${head} <> '' and ${tail} and ${d.position(fee, "'-'")} = 0 and ${d.position(fee, "'/'")} = 0 and ${fee} <> ''))`;
}
