// The records of one JSON document, wherever its bytes are: constant memory whatever its size.
import { isAscii } from "node:buffer";
import { createHash } from "node:crypto";
import type { Cursor } from "../core/account.ts";
import { type Fail, type FoundRecord, type Frame, JsonScanner, type ScanPlan } from "../core/json-scan.ts";
import { readJsonRecord, readJsonValue } from "../core/json-record.ts";
import { type JsonPath, leadsTo } from "../core/record-path.ts";
import { hasMark, isBlank, looksLike } from "../core/looks-like.ts";
import { reject, Rejection } from "../core/reasons.ts";
import { MigrateError } from "../errors.ts";
import type { OpenSource, RawRecord } from "./contract.ts";
import { changed, emptySource, type SourceFile } from "./file.ts";
import { BLOCK, FileRecord, runningDigest, type RunningDigest, type SharedBytes } from "./file-records.ts";

/** How a document is read, checked. */
export interface DocumentPlan extends ScanPlan {
  /** The field that a record which is no object becomes; `null` when such records are rejected. */
  readonly value: string | null;
  /** What carried fields must be. */
  readonly only: Readonly<Record<string, readonly (string | null)[]>>;
  /** All of it as one text: another plan gives other records. */
  readonly text: string;
}

/** Bytes scanned before anything is written: a wrong shape is nearly always told from them. */
const HEAD = 1 << 20;

/** Opens the records of a document. Throws {@link MigrateError} for one that is not JSON, is cut off or has nothing where the paths lead. */
export async function openDocument(kind: string, file: SourceFile, plan: DocumentPlan): Promise<OpenSource> {
  const start = await startOf(file, plan);
  const content = await file.fingerprint();
  return {
    kind,
    name: `${file.path} ${plan.records.map(({ text }) => text).join(" ")}`,
    bytes: file.size,
    fingerprint: createHash("sha256").update(`${content}\n${plan.text}`).digest("hex"),
    start: { byteOffset: start, line: 1 },
    ...documentReading(file, start, content, plan),
    parse: plan.value === null ? readJsonRecord : wrapped(plan.value),
    close: () => file.close(),
  };
}

function wrapped(field: string): OpenSource["parse"] {
  return (text) => {
    const value = readJsonValue(text);
    if (value instanceof Rejection) return value;
    const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
    return isRecord ? (value as Readonly<Record<string, unknown>>) : { [field]: value };
  };
}

/** Where the document begins behind a byte order mark, once its first MiB has been scanned and its end seen. */
async function startOf(file: SourceFile, plan: DocumentPlan): Promise<number> {
  const bytes = await file.read(0, HEAD);
  const mark = hasMark(bytes) ? 3 : 0;
  const head = bytes.subarray(mark);
  if (isBlank(head) && bytes.length === file.size) throw emptySource(file.path);
  const guess = looksLike(head);
  if (guess !== "json" && guess !== "json-array" && guess !== "text") throw notJson(file.path, guess);
  const scanner = new JsonScanner(plan, mark, failing(file.path, plan));
  try {
    scanner.scan(bytes, 0);
    if (bytes.length === file.size) scanner.end();
  } catch (error) {
    throw guess === "text" && !isFailure(error, "path-not-found") ? notJson(file.path, guess) : error;
  }
  await expectEnd(file, head);
  return mark;
}

function isFailure(error: unknown, code: string): boolean {
  return error instanceof MigrateError && error.code === code;
}

/** A file that was cut off while it was written ends somewhere inside. */
async function expectEnd(file: SourceFile, head: Buffer): Promise<void> {
  const first = head.toString("latin1", 0, 4096).trimStart()[0];
  const wanted = first === "[" ? "]" : first === "{" ? "}" : undefined;
  const tail = (await file.read(Math.max(0, file.size - 4096), 4096)).toString("latin1").trimEnd();
  if (wanted === undefined || tail === "" || tail.endsWith(wanted)) return;
  throw damaged(file.path, file.size, `it begins with ${first} and does not end with ${wanted}: it was cut off`);
}

function documentReading(
  file: SourceFile,
  start: number,
  content: string,
  plan: DocumentPlan,
): Pick<OpenSource, "read" | "prefix" | "finish"> {
  const digest = runningDigest();
  // What records take over may stand behind them: then more than what lies before a place has gone into what was imported there.
  const behind = Object.values(plan.carried).some(({ ofKey }) => !ofKey) && file.modified !== "" ? ` ${file.modified}` : "";
  return {
    read: (from, prefix) => {
      if (behind !== "" && prefix !== null && !prefix.endsWith(behind))
        throw changed(file.path, "it was written since, and records take fields over from what stands behind them");
      return readDocument({ file, start, plan, digest }, from, prefix?.slice(0, SHA256) ?? null);
    },
    prefix: (cursor) => `${digest.upTo(cursor.byteOffset)}${behind}`,
    async finish() {
      await file.expect(content);
      const sha256 = digest.upTo(file.size);
      await file.expectWhole(sha256);
      return sha256;
    },
  };
}

/** Digits of a SHA-256. */
const SHA256 = 64;

interface Reading {
  readonly file: SourceFile;
  readonly start: number;
  readonly plan: DocumentPlan;
  readonly digest: RunningDigest;
}

/** All records from a place on. The document is scanned from its start: only that tells where a place is. */
async function* readDocument(reading: Reading, from: Cursor, prefix: string | null): AsyncGenerator<readonly RawRecord[]> {
  const { file, start, plan, digest } = reading;
  const scanner = new JsonScanner(plan, start, failing(file.path, plan));
  let checked = prefix === null;
  const check = (): void => {
    if (!checked && digest.upTo(from.byteOffset) !== prefix) throw changed(file.path, "what was imported from it reads differently now");
    checked = true;
  };
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  for (let position = 0; position < file.size;) {
    const base = position - rest.length;
    const bytes = await file.read(position, Math.max(BLOCK, rest.length), rest);
    const end = base + bytes.length;
    digest.queue({ bytes: bytes.subarray(rest.length), start: position, end });
    position = end;
    scanner.scan(bytes, base);
    if (position === file.size) scanner.end();
    rest = bytes.subarray(Math.min(scanner.keep - base, bytes.length));
    // Nothing before the place is asked for again: it need not be kept for the digest.
    if (position <= from.byteOffset) digest.upTo(position);
    const found = scanner.found;
    scanner.found = [];
    if (position > from.byteOffset) check();
    const records = await recordsOf(reading, found, { bytes, base, line, from }, scanner, position);
    line += found.length;
    if (records.length > 0) yield records;
  }
  check();
}

interface Window {
  readonly bytes: Buffer;
  /** Position of its first byte. */
  readonly base: number;
  /** Number of the first record found in it. */
  readonly line: number;
  readonly from: Cursor;
}

async function recordsOf(
  { file, plan }: Reading,
  found: readonly FoundRecord[],
  { bytes, base, line, from }: Window,
  scanner: JsonScanner,
  position: number,
): Promise<readonly RawRecord[]> {
  const shared = { bytes, ascii: isAscii(bytes) };
  const carriers = Object.entries(plan.carried);
  const records = found
    .map((one, at) => new JsonRecord(shared, one, base, line + at))
    .filter(({ byteOffset }) => byteOffset >= from.byteOffset);
  if (carriers.length === 0) return records;
  if (records.some(({ found: { frame } }) => lacking(frame, plan)))
    await lookAhead(file, plan, records, scanner.fork(), { bytes, base, position });
  for (const record of records) record.carry(plan);
  const conditions = Object.entries(plan.only);
  return records.filter(({ carried }) =>
    conditions.every(([field, values]) => values.some((value) => value === (carried?.[field] ?? null))),
  );
}

/** A record inside a document. */
class JsonRecord extends FileRecord {
  readonly found: FoundRecord;
  carried?: Readonly<Record<string, unknown>>;
  refused?: Rejection;

  constructor(shared: SharedBytes, found: FoundRecord, base: number, line: number) {
    super(shared, found.start - base, found.end - base, found.start, line, { byteOffset: found.end, line: line + 1 });
    this.found = found;
    if (found.stray) this.refused = reject("not-a-list-or-object");
  }

  get path(): string {
    return JsonScanner.pathOf(this.found);
  }

  carry({ carried }: ScanPlan): void {
    const fields: Record<string, unknown> = {};
    for (const [name, path] of Object.entries(carried)) {
      const value = path.ofKey ? keyOn(this.found, path) : frameAt(this.found.frame, path.steps.length - 1)?.found.values.get(name);
      if (value !== undefined) fields[name] = typeof value === "string" ? value : readJsonValue(new TextDecoder().decode(value));
    }
    this.carried = fields;
  }
}

function frameAt(frame: Frame | null, depth: number): Frame | null {
  let at = frame;
  while (at !== null && at.depth > depth) at = at.parent;
  return at?.depth === depth ? at : null;
}

/** The key (or index) at the end of a path on which a record stands; `undefined` when it stands on another. */
function keyOn(found: FoundRecord, { steps }: JsonPath): string | undefined {
  const keys = keysOf(found);
  return steps.every((step, depth) => leadsTo(step, keys[depth] ?? "")) ? String(keys[steps.length - 1]) : undefined;
}

function keysOf({ frame, at }: FoundRecord): readonly (string | number)[] {
  const keys = [at];
  for (let around = frame; around !== null && around.parent !== null; around = around.parent) keys.unshift(around.at);
  return keys;
}

/** Whether something that a record takes over may still come behind it. */
function lacking(frame: Frame | null, { carried }: ScanPlan): boolean {
  return Object.entries(carried).some(([name, { ofKey, steps }]) => {
    const around = ofKey ? null : frameAt(frame, steps.length - 1);
    return around !== null && !around.found.closed && !around.found.values.has(name);
  });
}

/** Scans on, by a scanner of its own, until everything that the records take over was seen: members of an object have no order. */
async function lookAhead(
  file: SourceFile,
  plan: ScanPlan,
  records: readonly { readonly found: FoundRecord }[],
  scanner: JsonScanner,
  { bytes, base, position }: { readonly bytes: Buffer; readonly base: number; readonly position: number },
): Promise<void> {
  let rest = bytes.subarray(Math.min(scanner.keep - base, bytes.length));
  for (let at = position; at < file.size && records.some(({ found }) => lacking(found.frame, plan));) {
    const from = at - rest.length;
    const block = await file.read(at, Math.max(BLOCK, rest.length), rest);
    scanner.scan(block, from);
    rest = block.subarray(Math.min(scanner.keep - from, block.length));
    scanner.found = [];
    at = from + block.length;
  }
}

function failing(path: string, plan: DocumentPlan): Fail {
  return (failure, at, what) => {
    if (failure === "damaged") return damaged(path, at, what);
    if (failure === "not-found") return nothingThere(path, what, plan);
    return new MigrateError(
      "record-too-long",
      `${path}: the record ${what} is longer than ${plan.maxRecordBytes} bytes. If that is right, give the source a larger maxRecordBytes; if not, the file is damaged there.`,
      { facts: { path, record: what, byteOffset: at, maxRecordBytes: plan.maxRecordBytes } },
    );
  };
}

function nothingThere(path: string, what: string, { records }: DocumentPlan): MigrateError {
  const paths = records.map(({ text }) => text);
  const message = `${path} has no records at ${paths.join(" or ")}: ${what}. Give jsonFile the path of the records; for a file of several shapes a list of paths, one for each.`;
  return new MigrateError("path-not-found", message, { facts: { path, paths, found: what } });
}

function damaged(path: string, at: number, what: string): MigrateError {
  const message = `${path} is not whole JSON: at byte ${at}, ${what}. What was imported before that place stays. Export the file again and run the import with { restart: true }: what is there already counts as identical.`;
  return new MigrateError("json-damaged", message, { facts: { path, byteOffset: at } });
}

const OTHERS: Readonly<Record<string, string>> = {
  sqlite: "it is a SQLite database; read it with sqliteTable or sqliteJsonColumn",
  gzip: "it is compressed with gzip; unpack it with gunzip first",
  zip: "it is a zip archive; unpack it first",
  zstd: "it is compressed with zstd; unpack it with zstd -d first",
  "utf-16": "it is UTF-16 text; convert it to UTF-8 first (iconv -f UTF-16 -t UTF-8)",
  binary: "it is binary data",
  text: "it begins with neither { nor [",
};

function notJson(path: string, guess: string): MigrateError {
  return new MigrateError("not-json", `${path} is not JSON: ${OTHERS[guess] ?? guess}.`, { facts: { path, looksLike: guess } });
}
