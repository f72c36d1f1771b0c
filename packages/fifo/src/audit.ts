// Front door of `@td/fifo/audit`: everything that looks at results. Apart from the front page so that a page that only computes stays small.
export type { Cause, CauseCode } from "./causes.ts";
export { compare } from "./compare.ts";
export type { Difference, DifferenceJson, HasAllocations, LotTaken, OpenLotLike } from "./compare.ts";
export { explain } from "./explain.ts";
export type { Explainable, ExplainedLot, Explanation, Shortfall } from "./explain.ts";
export { checkInvariants } from "./invariants.ts";
export type { CheckedResult, Violation, ViolationCode } from "./invariants.ts";
export { reconcile } from "./reconcile.ts";
export type { ExchangeFill, ExchangeOrder, FieldDifference, Reconciliation, ReconcileOptions } from "./reconcile.ts";
export { reconcileBalances } from "./reconcile-balances.ts";
export type { Balance, BalanceDifference, BalanceOptions, BalanceReconciliation } from "./reconcile-balances.ts";
export type { AllocationLike, DecimalLike } from "./row.ts";
