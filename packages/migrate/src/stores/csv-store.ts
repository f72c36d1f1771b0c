// Records in a CSV file with a header: new ones are added at its end, changes and deletes rewrite it.
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { compareKeys, keyInRange } from "../core/compare-keys.ts";
import { csvLine, csvRecordAt, editCsvRecords, readCsvRecords, type CsvRecord, type CsvRecords } from "../core/csv-records.ts";
import { MigrateError } from "../errors.ts";
import { fileDocument } from "./atomic-file.ts";
import { withFileLock, type FileLock } from "./file-lock.ts";
import type { RecordStore, ScanRange, StoredRecord } from "./record-store.ts";
import type { VersionedText } from "./text-document.ts";

/** How a {@link csvStore} reads and writes. */
export interface CsvStoreOptions {
  /** The column that holds the key. */
  readonly key: string;
  /** The columns of a file that is made anew. Default: those of the first record. */
  readonly columns?: readonly string[];
  /** What stands between cells. Default a comma. */
  readonly delimiter?: string;
  /**
   * What a last line is that has all its cells and no line ending: its last cell may be cut off (`640` of `64000`). `refuse` (default) throws
   * `store-malformed`; `whole`: the file's own way to end, so it counts, and lines with too few cells are refused; `torn`: it was never written to its
   * end, so it does not count, as is right where this store alone writes: td ends every line.
   */
  readonly lastLine?: "refuse" | "whole" | "torn";
  /** Milliseconds to wait for another process that writes the file. Default 5000. */
  readonly lockTimeoutMs?: number;
  /** `false`: only this process writes the file. Default true. */
  readonly lock?: boolean;
}

/**
 * Records in a CSV file. A put of new keys only is one write at the end of the file, made durable, and cut off again when the disk refuses a part of
 * it; a power loss in the middle leaves a last line without an ending, which never counts as a value unseen: see `lastLine`. Every other change
 * rewrites the file, all or none. Untouched lines keep their bytes.
 *
 * Holds the text in memory. Throws `store-malformed`, `duplicate-key`, `record-refused`, `store-busy`.
 */
export function csvStore(path: string, options: CsvStoreOptions): RecordStore<CsvRecord> {
  const file = resolve(path);
  const delimiter = options.delimiter ?? ",";
  const lock: FileLock = { timeoutMs: options.lockTimeoutMs ?? 5000, betweenProcesses: options.lock ?? true };
  const document = fileDocument(file, { ...lock, betweenProcesses: false });
  let last: { readonly mark: string; readonly records: CsvRecords } | undefined;
  const recordsOf = (current: VersionedText | undefined): CsvRecords => {
    if (current !== undefined && last?.mark === current.mark) return last.records;
    const records = readCsvRecords(current?.text ?? "", options.key, delimiter, options.lastLine);
    if ("problem" in records) throw malformed(path, records.problem, records.where);
    if (current !== undefined) last = { mark: current.mark, records };
    return records;
  };
  const change = (puts: readonly StoredRecord<CsvRecord>[], deletes: readonly string[]): Promise<void> =>
    withFileLock(`${file}#`, lock, async () => {
      const current = await document.read();
      const records = started(recordsOf(current), puts, options.columns, delimiter);
      const lines = new Map(puts.map((put) => [put.key, lineOf(path, records, put, options.key, delimiter)]));
      const onlyNew = deletes.length === 0 && puts.every(({ key }) => !records.byKey.has(key));
      if (onlyNew && current !== undefined && current.text === records.text && current.text.endsWith("\n")) {
        return append(file, [...lines.values()].map((line) => line + records.eol).join(""));
      }
      await document.edit(() => editCsvRecords(records, lines, new Set(deletes)));
    });
  return {
    name: path,
    get: async (key) => {
      const records = recordsOf(await document.read());
      const line = records.byKey.get(key);
      return line === undefined ? undefined : csvRecordAt(records, line, delimiter);
    },
    put: async (records) => (records.length === 0 ? undefined : change(records, [])),
    delete: async (keys) => (keys.length === 0 ? undefined : change([], keys)),
    async *scan(range: ScanRange = {}) {
      const records = recordsOf(await document.read());
      const found = [...records.byKey].filter(([key]) => keyInRange(key, range)).sort(([a], [b]) => compareKeys(a, b));
      for (let at = 0; at < found.length; at += CHUNK)
        yield found.slice(at, at + CHUNK).map(([key, line]) => ({ key, value: csvRecordAt(records, line, delimiter) }));
    },
  };
}

const CHUNK = 1000;

function started(
  records: CsvRecords,
  puts: readonly StoredRecord<CsvRecord>[],
  columns: readonly string[] | undefined,
  delimiter: string,
): CsvRecords {
  const header = columns ?? Object.keys(puts[0]?.value ?? {});
  if (records.header.length > 0 || header.length === 0) return records;
  const line = csvLine(header, Object.fromEntries(header.map((name) => [name, name])), delimiter);
  return { ...records, header, text: `${typeof line === "string" ? line : ""}\n` };
}

function lineOf(
  path: string,
  { header }: CsvRecords,
  { key, value }: StoredRecord<CsvRecord>,
  keyColumn: string,
  delimiter: string,
): string {
  const line = csvLine(header, value, delimiter);
  if (typeof line === "string" && value[keyColumn] === key && key !== "" && line.isWellFormed()) return line;
  const why =
    typeof line !== "string"
      ? `the file has no column ${line.unknown.join(", ")}`
      : line.isWellFormed()
        ? `its ${keyColumn} is another or none`
        : "its text holds half of a surrogate pair, which UTF-8 cannot";
  throw new MigrateError("record-refused", `${path} cannot hold the record "${key}": ${why}. Nothing was changed.`, {
    facts: { store: path, key },
  });
}

async function append(file: string, text: string): Promise<void> {
  const handle = await open(file, "a");
  try {
    const { size } = await handle.stat();
    try {
      await handle.appendFile(text);
      await handle.sync();
    } catch (error) {
      await handle.truncate(size).catch(() => undefined);
      throw error;
    }
  } finally {
    await handle.close();
  }
}

function malformed(path: string, problem: string, where: string): MigrateError {
  const code = problem === "duplicate-key" ? "duplicate-key" : "store-malformed";
  const help =
    problem === "last-line"
      ? ': its last line has no ending, so its last cell may be cut off. End it, or say `lastLine: "whole"` when all is there, `"torn"` when only td writes the file'
      : "";
  return new MigrateError(code, `${path} cannot be read as CSV with keys: ${problem} (${where})${help}. Nothing was changed.`, {
    facts: { store: path, problem, where },
  });
}
