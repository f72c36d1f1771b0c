// Types only, checked by tsc: what must not compile, what cannot be changed, and that every refusal is known.
import { Decimal } from "decimal.js";
import { expectTypeOf } from "vitest";
import {
  allocate,
  createAllocator,
  type Allocation,
  type AllocationJson,
  type FifoErrorCode,
  type FifoOptions,
  type FifoResult,
  type OpenLotJson,
  type TotalsJson,
  type TradeInput,
} from "../src/index.ts";
import type { Violation } from "../src/audit.ts";

const trade = { id: "1", symbol: "BTC-USD", side: "buy", quantity: "1", price: new Decimal(2), executedAt: new Date(0) } as const;

// Money is text or Decimal.
allocate([trade, { ...trade, id: "2", gross: null, fee: "0.1", feeCurrency: null, feeInQuote: null, sequence: null, account: "spot" }]);
// @ts-expect-error a JavaScript number is no quantity
allocate([{ ...trade, quantity: 1 }]);
// @ts-expect-error a JavaScript number is no price
allocate([{ ...trade, price: 0.1 }]);
// @ts-expect-error a JavaScript number is no gross
allocate([{ ...trade, gross: 2 }]);
// @ts-expect-error a JavaScript number is no fee
allocate([{ ...trade, fee: 0.1 }]);
// @ts-expect-error a JavaScript number is no value of a fee
allocate([{ ...trade, feeInQuote: 0.1 }]);
// @ts-expect-error a bigint is no quantity
createAllocator().push({ ...trade, quantity: 1n });
// @ts-expect-error a JavaScript number is no dust threshold
allocate([], { dust: 0.1 });
// @ts-expect-error a JavaScript number is no threshold of a symbol
allocate([], { dust: { "BTC-USD": 1 } });

// The rest of a trade.
// @ts-expect-error a side is buy or sell
allocate([{ ...trade, side: "BUY" }]);
// @ts-expect-error milliseconds are no instant
allocate([{ ...trade, executedAt: 0 }]);
// @ts-expect-error an id is text
allocate([{ ...trade, id: 1 }]);
// @ts-expect-error an id must be there
allocate([{ symbol: "BTC-USD", side: "buy", quantity: "1", price: "1", executedAt: "" }]);
// @ts-expect-error undefined is not an account: leave it out
allocate([{ ...trade, account: undefined }]);
// @ts-expect-error a method is one of the list
allocate([], { method: "average" });
// @ts-expect-error an option that does not exist
allocate([], { tolerance: "0.01" });

// Inputs may be readonly; results are.
expectTypeOf<ReadonlySet<Readonly<TradeInput>>>().toExtend<Parameters<typeof allocate>[0]>();
expectTypeOf<Readonly<FifoOptions>>().toExtend<Parameters<typeof allocate>[1]>();
expectTypeOf<FifoResult["allocations"]>().toEqualTypeOf<readonly Allocation[]>();
declare const result: FifoResult;
declare const row: Allocation;
declare const json: AllocationJson;
declare const lot: OpenLotJson;
declare const totals: TotalsJson;
declare const violation: Violation;
// @ts-expect-error rows cannot be added
result.allocations.push(row);
// @ts-expect-error nor taken away
result.openLots.length = 0;
// @ts-expect-error nor replaced
result.allocations = [];
// @ts-expect-error an amount has no setter
row.pnl = null;
// @ts-expect-error nor has a kind
row.kind = "dust";
// @ts-expect-error JSON is readonly
json.pnl = null;
// @ts-expect-error so are lots
lot.quantity = "0";
// @ts-expect-error totals
totals.realizedPnl = "0";
// @ts-expect-error rules
result.rules.scope = "account";
// @ts-expect-error and violations
violation.code = "extra-row";

// Amounts that may be absent say so.
expectTypeOf<Allocation["pnl"]>().toEqualTypeOf<Decimal | null>();
expectTypeOf<Allocation["netProceeds"]>().toEqualTypeOf<Decimal>();
expectTypeOf(row.text("pnl")).toEqualTypeOf<string | null>();
expectTypeOf(row.text("quantity")).toEqualTypeOf<string>();
// @ts-expect-error an amount that does not exist
row.text("profit");

/** Every code has its line here: a new one does not compile until it is thought about. */
export function whatToDo(code: FifoErrorCode): "fix the trade" | "fix the options" | "recompute" | "ask" {
  switch (code) {
    case "invalid-trade":
    case "invalid-id":
    case "invalid-symbol":
    case "invalid-account":
    case "invalid-side":
    case "invalid-quantity":
    case "invalid-price":
    case "invalid-gross":
    case "invalid-fee":
    case "invalid-time":
    case "invalid-sequence":
    case "invalid-ratio":
    case "duplicate-id":
    case "fee-needs-quote-value":
    case "fee-exceeds-quantity":
    case "mixed-fee-currencies":
    case "split-not-exact":
      return "fix the trade";
    case "invalid-option":
      return "fix the options";
    case "out-of-order":
    case "invalid-snapshot":
      return "recompute";
    case "unknown-sell":
      return "ask";
    default:
      return code satisfies never;
  }
}
