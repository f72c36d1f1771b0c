// Front door of @td/storage.
export type { ExplainReport, PlanProblem } from "./care/explain.ts";
export type { ChangeEvent, ChangesRequest, RowChange } from "./changes/types.ts";
export type { MaintainOptions, MaintainReport } from "./care/maintain.ts";
export type {
  AuditRequest,
  Credential,
  CredentialActor,
  CredentialInput,
  CredentialMode,
  Credentials,
  OpenOptions,
  PutOptions,
} from "./credentials/types.ts";
export type { KeyUsage, KeyUsageReport } from "./credentials/key-usage.ts";
export type { KeyringKey, KeyringOptions } from "./credentials/keyring.ts";
export { keyFromPassphrase, newPassphraseParameters } from "./credentials/passphrase.ts";
export type { PassphraseParameters } from "./credentials/passphrase.ts";
export { createCredentialRotation } from "./credentials/rotation.ts";
export type {
  CredentialRotation,
  RotationFailure,
  RotationOptions,
  RotationProgress,
  RotationReport,
} from "./credentials/rotation-types.ts";
export { SecretText } from "./credentials/secret-text.ts";
export type { CredentialInfo } from "./credentials/stored-credential.ts";
export type { CredentialAuditRow } from "./credentials/tables.ts";
export { collectDigest, combineDigests } from "./digest.ts";
export type { DatasetDigest, DigestCollector, TableDigest } from "./digest.ts";
export { StorageError } from "./errors.ts";
export type { StorageErrorCode, StorageErrorOptions, StorageFacts } from "./errors.ts";
export type { Imbalance } from "./ledger/balance.ts";
export type { Ledger } from "./ledger/create-ledger.ts";
export type { LegacyComparison, LegacyDifference } from "./ledger/legacy-pnl.ts";
export type { RollbackOptions, RollbackPlan, RollbackReport } from "./ledger/rollback.ts";
export {
  fifoAllocations,
  fifoComputationLog,
  fifoCurrentVersion,
  fifoInventorySnapshot,
  fifoSymbolVersions,
  fifoVersionTotals,
  historicalPnlSnapshot,
  manualReviewQueue,
} from "./ledger/tables.ts";
export type { AllocationRow, ComputationRow, HistoricalPnlRow, OpenLotRow, ReviewRow } from "./ledger/tables.ts";
export type {
  ComputeOptions,
  ComputeProgress,
  ComputeReport,
  CurrentVersion,
  LedgerHealth,
  LedgerRules,
  LedgerSelection,
  LedgerTotals,
  RefusedSymbol,
  ReviewChanges,
  SymbolPnl,
} from "./ledger/types.ts";
export type { LedgerCheck, SymbolDamage } from "./ledger/validate.ts";
export type { TotalsDamage } from "./ledger/version-totals.ts";
export { defineSchema } from "./migrations/define-schema.ts";
export type { SchemaOptions } from "./migrations/define-schema.ts";
export { addColumn, createIndex, createTable, dropColumn, dropIndex, dropTable, rebuildTable, sql } from "./migrations/steps.ts";
export type { FillExpressions, IndexOptions, SqlStepOptions } from "./migrations/steps.ts";
export { storageSchema } from "./migrations/storage-schema.ts";
export type { EngineStatements, ManagedSchema, Migration, MigrationStep, SqlStatements } from "./migrations/types.ts";
export { openStorage } from "./open-storage.ts";
export type { Storage, StorageOptions } from "./open-storage.ts";
export type { SqlParameter, SqlRow, SqlValue } from "./raw-sql.ts";
export type { QueryEvent } from "./query-event.ts";
export type {
  Conflict,
  ImportResult,
  NewerImportResult,
  Page,
  PageRequest,
  Rejection,
  Repository,
  RowIssue,
  Selection,
  StreamRequest,
  UpdateOptions,
} from "./repository.ts";
export { digestTable } from "./scope.ts";
export type { Scope } from "./scope.ts";
export type { SystemAuditEntry, SystemRequest } from "./system/audit.ts";
export type { EachUserOptions, EachUserReport, UserFailure } from "./system/each-user.ts";
export type { ReassignConflict, ReassignedTable, ReassignReport, ReassignRequest } from "./system/reassign.ts";
export type { LeaderboardRequest, LeaderboardRow } from "./stats/leaderboard.ts";
export type { StorageSystem, SystemPage, SystemPageRequest, SystemScope } from "./system/storage-system.ts";
export type {
  Heartbeat,
  LogLevel,
  PruneReport,
  ServicePageRequest,
  Services,
  TaskContext,
  TaskOptions,
  TaskOutcome,
} from "./services/types.ts";
export type { Stats } from "./stats/create-stats.ts";
export { planSnapshotRetention, retainSnapshots } from "./stats/retention.ts";
export type { RetentionOptions, RetentionPlan, RetentionReport } from "./stats/retention.ts";
export type { Close, DayPnl, Drawdown, EquityPoint, EquitySelection, StatsSelection, StatsSource, WinRate } from "./stats/types.ts";
export { c } from "./table/columns.ts";
export type { Column, ColumnDefinition, ColumnKind, DecimalInput, InstantInput, Presence } from "./table/columns.ts";
export type { Check, Comparison } from "./table/checks.ts";
export { defineTable } from "./table/define-table.ts";
export type { TableOptions } from "./table/define-table.ts";
export { defineView } from "./table/define-view.ts";
export type { View } from "./table/define-view.ts";
export type {
  AnyTable,
  ChangesOf,
  ColumnSpec,
  Condition,
  Engine,
  ForeignKey,
  InputOf,
  KeyOf,
  OrderOf,
  RowOf,
  Table,
  WhereOf,
} from "./table/types.ts";
export type { ValueIssue } from "./table/refusal.ts";
export { accounts } from "./tables/accounts.ts";
export type { AccountInput, AccountRow } from "./tables/accounts.ts";
export { botDecisions } from "./tables/bot-decisions.ts";
export type { BotDecisionInput, BotDecisionRow } from "./tables/bot-decisions.ts";
export { botStateSnapshots } from "./tables/bot-state-snapshots.ts";
export type { SnapshotInput, SnapshotRow } from "./tables/bot-state-snapshots.ts";
export { bots } from "./tables/bots.ts";
export type { BotInput, BotRow } from "./tables/bots.ts";
export { fills } from "./tables/fills.ts";
export type { FillInput, FillRow } from "./tables/fills.ts";
export { holdings } from "./tables/holdings.ts";
export type { HoldingInput, HoldingRow } from "./tables/holdings.ts";
export { orders } from "./tables/orders.ts";
export type { OrderInput, OrderRow } from "./tables/orders.ts";
export { pnlDaily } from "./tables/pnl-daily.ts";
export type { PnlDailyInput, PnlDailyRow } from "./tables/pnl-daily.ts";
export { positions } from "./tables/positions.ts";
export type { PositionInput, PositionRow } from "./tables/positions.ts";
export { serviceLogs, serviceStatus, serviceTaskExecutions } from "./tables/services.ts";
export type { ServiceLogRow, ServiceStatusRow, TaskExecutionRow } from "./tables/services.ts";
export { signals } from "./tables/signals.ts";
export type { SignalInput, SignalRow } from "./tables/signals.ts";
export { trades } from "./tables/trades.ts";
export type { TradeInput, TradeRow } from "./tables/trades.ts";
export { userSettings } from "./tables/user-settings.ts";
export type { UserSettingInput, UserSettingRow } from "./tables/user-settings.ts";
export type { UserRepositories } from "./tables/user-tables.ts";
export { users } from "./tables/users.ts";
export type { UserInput, UserRow } from "./tables/users.ts";
