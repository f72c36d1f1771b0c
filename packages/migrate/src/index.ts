// Front door of @td/migrate.
export { archiveSource, undoArchive, verifyArchive } from "./archive/archive-source.ts";
export type { ArchiveOptions, ArchiveReport } from "./archive/archive-source.ts";
export { compareDatasets } from "./compare/compare-datasets.ts";
export type { CompareDatasetsOptions, DatasetComparison, RowDifference, TableComparison } from "./compare/compare-datasets.ts";
export { compareStores, streamDifferences } from "./compare/compare-stores.ts";
export type {
  CompareOptions,
  CompareProgress,
  CompareReport,
  FieldDifference,
  SettleOptions,
  StoreDifference,
} from "./compare/compare-stores.ts";
export { digest } from "./compare/digest-store.ts";
export type { StoreDigest } from "./compare/digest-store.ts";
export { copyDataset } from "./copy/copy-dataset.ts";
export type { CopiedTable, CopyOptions, CopyProgress, CopyReport } from "./copy/copy-dataset.ts";
export { MigrateError } from "./errors.ts";
export type { MigrateErrorCode, MigrateFacts } from "./errors.ts";
export type { ByReason, Counts, Cursor } from "./core/account.ts";
export { decimalText, instantText, moneyText, requiredText } from "./core/fields.ts";
export type { DecimalOptions, InstantOptions } from "./core/fields.ts";
export type { TimeSpelling } from "./core/written-times.ts";
export type { RawObject } from "./core/json-record.ts";
export type { ImportProgress } from "./core/progress.ts";
export { REJECT_REASONS, Rejection } from "./core/reasons.ts";
export type { RecordIssue, RejectReason } from "./core/reasons.ts";
export type { KnownFields } from "./core/validate.ts";
export { defineImport } from "./import/job.ts";
export type { ImportJob, Place } from "./import/job.ts";
export { listRejects } from "./import/list-rejects.ts";
export type {
  ConflictingRecord,
  ConflictingRow,
  ImportReject,
  ImportReport,
  RejectedRecord,
  RejectResolution,
  SourceSummary,
} from "./import/report.ts";
export type { ImportOptions, RejectShare } from "./import/options.ts";
export { resolveReject, retryRejects } from "./import/rejects.ts";
export type { ResolveOptions, RetryOptions, RetryReport } from "./import/rejects.ts";
export { listKeptRows, rollbackImport } from "./import/rollback-import.ts";
export type { KeptReason, KeptRow, RollbackOptions, RollbackReport } from "./import/rollback-import.ts";
export { runImport } from "./import/run-import.ts";
export { verifyImport } from "./import/verify-import.ts";
export type { VerifyImportOptions, VerifyImportProblem, VerifyImportReport, VerifyProblemKind } from "./import/verify-import.ts";
export type { OpenSource, RawRecord, Source } from "./sources/contract.ts";
export { csvFile } from "./sources/csv-file.ts";
export type { CsvOptions } from "./sources/csv-file.ts";
export { jsonFile } from "./sources/json-file.ts";
export type { JsonOptions } from "./sources/json-plan.ts";
export { jsonLines } from "./sources/json-lines.ts";
export type { JsonLinesOptions } from "./sources/json-lines.ts";
export { postgresQuery } from "./sources/postgres-query.ts";
export type { PostgresQueryOptions } from "./sources/postgres-query.ts";
export { records } from "./sources/records.ts";
export type { RowFilter } from "./sources/sqlite-database.ts";
export { sqliteJsonColumn } from "./sources/sqlite-json-column.ts";
export type { SqliteJsonColumnOptions } from "./sources/sqlite-json-column.ts";
export { sqliteTable } from "./sources/sqlite-table.ts";
export type { SqliteTableOptions } from "./sources/sqlite-table.ts";
export { webStorageDump } from "./sources/web-storage-dump.ts";
export type { WebStorageOptions } from "./sources/web-storage-dump.ts";
export type { BucketDigest, DigestRequest } from "./compare/digest-request.ts";
export type { CsvRecord } from "./core/csv-records.ts";
export { csvStore } from "./stores/csv-store.ts";
export type { CsvStoreOptions } from "./stores/csv-store.ts";
export { jsonColumnStore } from "./stores/json-column-store.ts";
export type { JsonColumnStoreOptions } from "./stores/json-column-store.ts";
export type { JsonRecordsOptions } from "./stores/json-document-store.ts";
export { jsonFileStore } from "./stores/json-file-store.ts";
export type { JsonFileStoreOptions } from "./stores/json-file-store.ts";
export { memoryStore } from "./stores/memory-store.ts";
export { repositoryStore } from "./stores/repository-store.ts";
export type { RepositoryStore, RepositoryStoreOptions } from "./stores/repository-store.ts";
export type { RecordStore, ScanRange, StoredRecord } from "./stores/record-store.ts";
export type { BlobPlace } from "./slim/blob-place.ts";
export { proofOfRun } from "./slim/proof.ts";
export type { ImportProof } from "./slim/proof.ts";
export { planSlim, slimBlob, undoSlim } from "./slim/slim-blob.ts";
export type { SlimOptions, SlimReport, SlimRequest } from "./slim/slim-blob.ts";
export type { RemovedPart, SlimPlan } from "./slim/slim-plan.ts";
export { differingFields, ignored, plainText, sameDecimal, sameInstant } from "./core/canonical-fields.ts";
export type { CanonicalRule, CanonicalRules } from "./core/canonical-fields.ts";
export type { Gate, GateLimits, GateName } from "./core/gates.ts";
export type { Phase, Side } from "./core/phases.ts";
export type { DualWriteStatus } from "./core/status.ts";
export type {
  Decision,
  Divergence,
  DualWrite,
  DualWriteEvent,
  DualWriteOptions,
  GateOptions,
  MigrationReport,
  RepairOptions,
  RepairReport,
  VerifyOptions,
  VerifyReport,
} from "./dual-write/contract.ts";
export { dualWrite } from "./dual-write/dual-write.ts";
export { importRejectsOf } from "./dual-write/import-rejects.ts";
export { dualAudit, dualDirtyKeys, dualWrites, dualWriteTables } from "./dual-write/tables.ts";
export type { DirtyKeyRow, DualAuditRow, DualWriteRow } from "./dual-write/tables.ts";
export { importLocks, importRejects, importRows, importRuns, importTables } from "./import/tables.ts";
export type { ImportLockRow, ImportRejectRow, ImportRowsRow, ImportRunRow } from "./import/tables.ts";
export { createMigrator } from "./schema/create-migrator.ts";
export type {
  BaselineRequest,
  Destruction,
  DownOptions,
  HistoryTable,
  MigrationEvent,
  MigrationPlan,
  MigrationState,
  MigrationStatus,
  Migrator,
  MigratorOptions,
  MigratorReport,
  PlannedMigration,
  RanMigration,
  RepairRequest,
  SchemaProblem,
  UpOptions,
} from "./schema/contract.ts";
export { migrateSchema } from "./schema/migrate-schema.ts";
