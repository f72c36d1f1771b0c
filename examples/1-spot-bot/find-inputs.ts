// Which files the person gave, told by what is in them and not by their names alone.
import { closeSync, openSync, readdirSync, readSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { InputError } from "@td/example-shared/failure";

/** What a file of trades can be. */
export type TradesKind = "trade-records-jsonl" | "trade-records-csv" | "coinbase-fills";

/** The files of one run. */
export interface Inputs {
  /** The bot's own log of trades. */
  readonly trades: { readonly path: string; readonly kind: TradesKind };
  /** The exchange's fills, when there are any. */
  readonly exchange: string | null;
}

const RECORD_FILES = ["trade_records.jsonl", "trade_records.csv"],
  EXCHANGE_FILE = "exchange_fills.jsonl";

/** Finds the input files at a path; throws an {@link InputError} when there is nothing usable. */
export function findInputs(path: string): Inputs {
  const stats = lookAt(path);
  if (stats.isDirectory()) return findInFolder(path);
  const found = kindOf(path);
  if (found !== "exchange-fills") return withExchange({ path, kind: found }, dirname(path));
  throw new InputError(
    "no-trades",
    `${path} holds the exchange's fills, not the bot's own trades. Put a trade_records.jsonl or .csv beside it and give the folder.`,
  );
}

function findInFolder(folder: string): Inputs {
  const names = readdirSync(folder).toSorted();
  const records = RECORD_FILES.find((name) => names.includes(name));
  const path = records === undefined ? onlyCoinbaseFile(folder, names) : join(folder, records);
  const found = kindOf(path);
  if (found === "exchange-fills")
    throw new InputError("no-trades", `${path} holds the exchange's fills, not the bot's own trades. Check which file is which.`);
  return withExchange({ path, kind: found }, folder);
}

function onlyCoinbaseFile(folder: string, names: readonly string[]): string {
  const found = names
    .filter((name) => name.toLowerCase().endsWith(".csv"))
    .map((name) => join(folder, name))
    .filter(isCoinbaseFile);
  const [first, ...others] = found;
  if (first === undefined) {
    throw new InputError(
      "no-trades",
      `${folder} has neither ${RECORD_FILES.join(" nor ")} nor a Coinbase Pro fills CSV. Give the folder or the file that has your trades.`,
    );
  }
  if (others.length > 0)
    throw new InputError(
      "several-inputs",
      `${folder} has several Coinbase Pro fills files (${found.map((file) => basename(file)).join(", ")}). Give one of them as --input.`,
    );
  return first;
}

function isCoinbaseFile(path: string): boolean {
  return statSync(path).isFile() && /^(\xEF\xBB\xBF)?portfolio,trade id,product,/.test(headOf(path));
}

/** The exchange's fills lie beside the bot's own table; a Coinbase file is the exchange's word already. */
function withExchange(trades: Inputs["trades"], folder: string): Inputs {
  const path = join(folder, EXCHANGE_FILE);
  if (trades.kind === "coinbase-fills" || statSync(path, { throwIfNoEntry: false }) === undefined) return { trades, exchange: null };
  if (lookAt(path).isDirectory())
    throw new InputError(
      "source-not-a-file",
      `${path} is a folder, not a file. Rename it, or put the exchange's fills there as JSON Lines.`,
    );
  if (kindOf(path) !== "exchange-fills")
    throw new InputError(
      "not-exchange-fills",
      `${path} does not hold fills (lines with trade_id and product_id). Replace it with the exchange's list of fills, or remove it.`,
    );
  return { trades, exchange: path };
}

function lookAt(path: string): Stats {
  const stats = attempt(path, () => statSync(path));
  if (!stats.isFile() && !stats.isDirectory())
    throw new InputError("source-not-a-file", `${path} is neither a file nor a folder. Give a plain file.`);
  return stats;
}

function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR")
      throw new InputError("source-missing", `There is no ${path}. Check the path that you gave as --input.`, error);
    if (code === "EACCES" || code === "EPERM")
      throw new InputError(
        "source-unreadable",
        `${path} may not be read. Change its permissions, or copy it to a place of your own.`,
        error,
      );
    throw error;
  }
}

const HEAD_BYTES = 65_536;

/** The start of a file as text. */
function headOf(path: string): string {
  return attempt(path, () => {
    const file = openSync(path, "r");
    try {
      const bytes = Buffer.alloc(HEAD_BYTES);
      return bytes.toString("latin1", 0, readSync(file, bytes, 0, HEAD_BYTES, 0));
    } finally {
      closeSync(file);
    }
  });
}

/** What a file holds, by its first lines. */
function kindOf(path: string): TradesKind | "exchange-fills" {
  const head = headOf(path).replace(/^(\xEF\xBB\xBF)?\s*/, "");
  if (head === "") throw new InputError("source-empty", `${path} is empty. Export it again, or give another file.`);
  if (head.includes("\0"))
    throw new InputError("not-text", `${path} is not a text file${packedAs(head)}. Give the trades as JSON Lines or CSV.`);
  const kind = head.startsWith("{") ? kindOfJsonLines(head) : kindOfCsv(head);
  if (kind !== undefined) return kind;
  const array = head.startsWith("[") ? " It looks like one JSON array: write one object per line instead (jq -c '.[]')." : "";
  throw new InputError(
    "not-trades",
    `${path} is not a trade log that this example knows: neither JSON Lines or CSV with order_id and symbol, nor a Coinbase Pro fills CSV.${array}`,
  );
}

function packedAs(head: string): string {
  if (head.startsWith("SQLite format 3")) return " but an SQLite database";
  if (head.startsWith("PK\u0003\u0004")) return " but a ZIP archive: unpack it first";
  return head.startsWith("\u001f\u008b") ? " but packed with gzip: unpack it first" : "";
}

/** Bad lines may come first, so the first line that can be read decides. */
function kindOfJsonLines(head: string): TradesKind | "exchange-fills" | undefined {
  for (const line of head.split("\n")) {
    const keys = keysOf(line);
    if (keys.includes("trade_id") && keys.includes("product_id")) return "exchange-fills";
    if (keys.includes("order_id") && keys.includes("symbol")) return "trade-records-jsonl";
  }
  return undefined;
}

function keysOf(line: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? Object.keys(value) : [];
  } catch {
    return [];
  }
}

function kindOfCsv(head: string): TradesKind | undefined {
  const cells = (head.split(/\r?\n/, 1)[0] ?? "").split(",").map((cell) => cell.replaceAll('"', "").trim());
  if (cells.includes("trade id") && cells.includes("product")) return "coinbase-fills";
  return cells.includes("order_id") && cells.includes("symbol") ? "trade-records-csv" : undefined;
}
