// Front door of `@td/fifo`: exact FIFO lot allocation. Pure: no I/O, no clock, no randomness.
export { allocate } from "./allocate.ts";
export { Allocation } from "./allocation.ts";
export type { AllocationField, AllocationJson, AllocationKind } from "./allocation.ts";
export { createAllocator } from "./allocator.ts";
export type { Allocator } from "./allocator.ts";
export { FifoError } from "./errors.ts";
export type { FifoErrorCode, FifoErrorFacts } from "./errors.ts";
export { OpenLot } from "./open-lot.ts";
export type { OpenLotJson } from "./open-lot.ts";
export type { FifoOptions, Rules } from "./options.ts";
export { compareTrades, sortTrades } from "./order.ts";
export { FifoResult } from "./result.ts";
export type { FifoResultJson } from "./result.ts";
export type { AllocatorSnapshot, LotSnapshot, SymbolSnapshot } from "./snapshot.ts";
export type { Totals, TotalsJson } from "./totals.ts";
export type { TradeInput } from "./trade.ts";
