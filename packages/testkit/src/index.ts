// Front door of @td/testkit.
export { bundleForBrowser, bundleWithout } from "./bundle.ts";
export { writeLegacyBook } from "./legacy-book.ts";
export type { BookFile, BookOptions, BookTruth } from "./legacy-book.ts";
export type { BookAnswer, MissingBuy, VersionTruth } from "./legacy-book-answer.ts";
export type { DirtyOutcome } from "./legacy-book-dirty.ts";
export type { DirtyLine } from "./legacy-book-local.ts";
export type { MarketTruth } from "./legacy-book-matcher.ts";
export { DIRTY_COUNTS, RECORDED_BOOKS } from "./legacy-book-truth.ts";
export type { RecordedBook, RecordedVersion } from "./legacy-book-truth.ts";
export type { FileTruth } from "./legacy-book-writer.ts";
