// Which of the old application's files are there, and in which of their shapes. Nothing is written before all of them have been seen.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError } from "@td/example-shared/failure";
import { instantOf } from "./indian-time.ts";
import { lastLinesOf } from "./pnl-day.ts";
import type { CreatedAt } from "./paper-rows.ts";
import { positionId, symbolOf } from "./trade-record.ts";

/** A file of the old application. */
export interface LegacyFile {
  /** Where it belongs; absolute. */
  readonly path: string;
  /** Where it is: there, or in an archive. */
  readonly at: string;
  /** Below the tree, `data/pnl_daily.csv`. */
  readonly name: string;
  /** `empty` has no byte but blanks: the application means "nothing yet". */
  readonly shape: "list" | "object" | "csv" | "empty";
  /** Names at the top of an object. */
  readonly keys: readonly string[];
}

/** A paper account's folder. */
export interface PaperFolder {
  /** The user whose account it is. */
  readonly user: string;
  /** Below the tree. */
  readonly name: string;
  readonly files: Readonly<Record<PaperFile, LegacyFile | null>>;
  /** When each order of a number was created. */
  readonly createdAt: CreatedAt;
}

type PaperFile = "orders" | "holdings" | "transactions" | "account" | "config";

/** All that was found. */
export interface Survey {
  /** The folder that holds `data` and `paper_trading`; absolute. */
  readonly tree: string;
  readonly trades: LegacyFile | null;
  readonly tradeLines: LegacyFile | null;
  readonly pending: LegacyFile | null;
  readonly recommended: LegacyFile | null;
  readonly pnlDaily: LegacyFile | null;
  readonly paper: readonly PaperFolder[];
  /** Positions of trades_history.json that stood beside another of their symbol. */
  readonly overlapping: ReadonlySet<string>;
  /** The last line of each day in pnl_daily.csv. */
  readonly lastLines: ReadonlyMap<string, number>;
  /** The file with the broker's credentials. */
  readonly credentials: string | null;
}

/**
 * Looks at a tree. What was moved to one of `archives` is looked at there. Throws an {@link InputError} for one that has nothing of the
 * application, or a file that is damaged.
 */
export function surveyTree(tree: string, archives: readonly string[] = []): Survey {
  const look: Look = (name) => lookAt(tree, archives, name);
  const trades = look("data/trades_history.json");
  const tradeLines = look("data/trades_history.csv") ?? look("data/trade_history.csv");
  const pnlDaily = look("data/pnl_daily.csv");
  const survey: Survey = {
    tree,
    trades,
    tradeLines,
    pending: look("data/pending_orders.json"),
    recommended: look("data/system_recommended_symbols.json"),
    pnlDaily,
    paper: paperFolders([tree, ...archives], look),
    overlapping: overlappingIn(trades),
    lastLines: pnlDaily === null ? new Map() : lastLinesOf(textOf(pnlDaily.at)),
    credentials: isFile(join(tree, CREDENTIALS)) ? join(tree, CREDENTIALS) : null,
  };
  if (filesOf(survey).length > 0) return survey;
  throw new InputError(
    "nothing-found",
    `${tree} has none of the files of the trading service. Give the folder that holds data/ and paper_trading/.`,
  );
}

type Look = (name: string) => LegacyFile | null;

/** Where the broker's credentials lie. */
const CREDENTIALS = "config/kotak_neo.env";

/** The files that are there, in the order of the report. */
export function filesOf(survey: Survey): readonly LegacyFile[] {
  const { trades, tradeLines, pending, recommended, pnlDaily, paper } = survey;
  const all = [trades, tradeLines, pending, recommended, pnlDaily, ...paper.flatMap(({ files }) => Object.values(files))];
  return all.filter((file) => file !== null);
}

function lookAt(tree: string, archives: readonly string[], name: string): LegacyFile | null {
  const path = join(tree, name);
  const archived = name.startsWith("data/") ? basename(name) : name;
  const at = [path, ...archives.map((archive) => join(archive, archived))].find(isFile);
  if (at === undefined) return null;
  const text = textOf(at);
  const place = { path, at, name };
  if (text.trim() === "") return { ...place, shape: "empty", keys: [] };
  if (name.endsWith(".csv")) return { ...place, shape: "csv", keys: [] };
  const content = parsed(at, text);
  return Array.isArray(content) ? { ...place, shape: "list", keys: [] } : { ...place, shape: "object", keys: Object.keys(Object(content)) };
}

/** The old application took a damaged file for an empty one, and wrote over it. */
function parsed(path: string, text: string): unknown {
  try {
    // Python writes these, JSON has no such numbers. They are told of record by record at the import; here the shape is asked for.
    return JSON.parse(text.replaceAll(/-?\b(?:NaN|Infinity)\b/g, "null"));
  } catch (error) {
    throw new InputError(
      "json-damaged",
      `${path} is not whole JSON: it was cut off or damaged, and the old application would have taken it for empty. Nothing was written. Restore the file, or move it away if it may be lost.`,
      error,
    );
  }
}

function paperFolders(trees: readonly string[], look: Look): readonly PaperFolder[] {
  const places = trees.map((tree) => join(tree, "paper_trading")).filter(isFolder);
  const names = places.flatMap((place) => readdirSync(place).filter((name) => isFolder(join(place, name))));
  return [...new Set(names)].toSorted().map((name) => paperFolder(name, look));
}

function paperFolder(folder: string, look: Look): PaperFolder {
  const name = `paper_trading/${folder}`;
  const file = (one: PaperFile) => look(`${name}/${one}.json`);
  const orders = file("orders");
  return {
    user: paperUser(folder),
    name,
    files: { orders, transactions: file("transactions"), holdings: file("holdings"), account: file("account"), config: file("config") },
    createdAt: createdAtIn(orders),
  };
}

/** `user_7` is the user 7; the folder of the only paper account of old is `paper`, any other `paper-FOLDER`. */
export function paperUser(folder: string): string {
  const id = /^user_(.+)$/.exec(folder)?.[1];
  return id ?? (folder === "unified_service" ? "paper" : `paper-${folder}`);
}

/**
 * Positions that stood open beside another one of their symbol. The application added each further buy to the quantity of every open row, so
 * that each of them has the total.
 */
function overlappingIn(file: LegacyFile | null): ReadonlySet<string> {
  const rows = listIn(file, "trades").map((record) => ({
    symbol: symbolOf(record),
    from: instantOf(record["entry_time"]),
    to: record["status"] === "closed" ? (instantOf(record["exit_time"]) ?? "9") : "9",
  }));
  const bySymbol = Map.groupBy(rows, ({ symbol }) => symbol);
  const overlapping = [...bySymbol.values()].flatMap((group) =>
    group.filter((row) => group.some((other) => other !== row && (other.from ?? "") < row.to && (row.from ?? "") < other.to)),
  );
  return new Set(overlapping.map(({ symbol, from }) => positionId(symbol, from)));
}

function createdAtIn(file: LegacyFile | null): CreatedAt {
  const known = listIn(file, "").flatMap(({ order_id: id, created_at: at }) => {
    const created = instantOf(at);
    return typeof id === "string" && created !== null ? [{ id, created }] : [];
  });
  const byId = Map.groupBy(known, ({ id }) => id);
  return new Map([...byId].map(([id, orders]) => [id, orders.map(({ created }) => created).toSorted()]));
}

type Fields = Readonly<Record<string, unknown>> & { readonly symbol?: string; readonly ticker?: string; readonly placed_symbol?: string };

/** The records under a name, or of a list; what is none is left to the import. */
function listIn(file: LegacyFile | null, key: string): readonly Fields[] {
  if (file === null || file.shape === "empty" || (file.shape === "list") !== (key === "")) return [];
  const content = parsed(file.at, textOf(file.at)) as Readonly<Record<string, unknown>>;
  const list: unknown = key === "" ? content : content[key];
  return Array.isArray(list) ? list.filter((record): record is Fields => typeof record === "object" && record !== null) : [];
}

function textOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^\u{feff}/u, "");
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
