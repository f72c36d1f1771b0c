import { parseSplit, parseTransfer, type Split, type SplitInput, type Transfer, type TransferInput } from "./event.ts";
import { FifoError, shown } from "./errors.ts";
import { parseFill, type Fill } from "./fill.ts";
import type { Rules } from "./options.ts";
import type { TradeInput } from "./trade.ts";

/** Everything that a computation takes: trades, and the events beside them. */
export type LedgerInput = TradeInput | SplitInput | TransferInput;

/** A checked trade or event. */
export type Entry = Fill | Split | Transfer;

/** Checks a trade or event; throws a `FifoError` that names it and the field. */
export function parseEntry(input: LedgerInput, rules?: Pick<Rules, "fees" | "money">): Entry {
  switch (input?.type) {
    case undefined:
    case "trade":
      return parseFill(input, rules);
    case "split":
      return parseSplit(input);
    case "transfer":
      return parseTransfer(input);
    default:
      throw new FifoError(
        "invalid-trade",
        `An entry has type ${shown((input as { type: unknown }).type)}; give "trade", "split" or "transfer".`,
      );
  }
}
