// Front door of @td/storage.
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
export { fifoAllocations, fifoComputationLog, fifoCurrentVersion, fifoInventorySnapshot, manualReviewQueue } from "./ledger/tables.ts";
export type { AllocationRow, ComputationRow, OpenLotRow, ReviewRow } from "./ledger/tables.ts";
export type {
  ComputeOptions,
  ComputeProgress,
  ComputeReport,
  CurrentVersion,
  LedgerHealth,
  LedgerRules,
  LedgerSelection,
  LedgerTotals,
  ReviewChanges,
  SymbolPnl,
} from "./ledger/types.ts";
export type { LedgerCheck, SymbolDamage } from "./ledger/validate.ts";
export { openStorage } from "./open-storage.ts";
export type { Storage, StorageOptions } from "./open-storage.ts";
export type { QueryEvent } from "./query-event.ts";
export type {
  Conflict,
  ImportResult,
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
export { fills } from "./tables/fills.ts";
export type { FillInput, FillRow } from "./tables/fills.ts";
