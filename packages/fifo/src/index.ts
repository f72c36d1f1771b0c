// Front door of `@td/fifo`: exact lot allocation, at once or as a stream. Pure: no I/O, no clock, no randomness.
// Results are explained, compared, checked and reconciled by `@td/fifo/audit`; late trades are taken by `@td/fifo/history`.
export { allocate } from "./allocate.ts";
export type { AllocateOptions } from "./allocate.ts";
export { Allocation } from "./allocation.ts";
export type { AllocationAmounts, AllocationField, AllocationJson, AllocationKind, SureField } from "./allocation.ts";
export { createAllocator } from "./allocator.ts";
export type { Allocator } from "./allocator.ts";
export type { LedgerInput } from "./entry.ts";
export { FifoError } from "./errors.ts";
export type { FifoErrorCode, FifoErrorFacts } from "./errors.ts";
export type { SplitInput, TransferInput } from "./event.ts";
export type { Exact } from "./exact.ts";
export { OpenLot } from "./open-lot.ts";
export type { OpenLotJson } from "./open-lot.ts";
export type { FifoOptions, Method, Rounding, Rules } from "./options.ts";
export { compareTrades, sortTrades } from "./order.ts";
export { FifoResult } from "./result.ts";
export type { FifoResultJson, TradeFacts } from "./result.ts";
export type { AllocatorSnapshot, LotSnapshot, SymbolSnapshot } from "./snapshot.ts";
export type { Totals, TotalsJson } from "./totals.ts";
export type { TradeInput } from "./trade.ts";
