// Reads stored versions: which version of each symbol counts, its allocations in FIFO's words, its lots, its digest.
import { createHash } from "node:crypto";
import type { AllocationJson, OpenLotJson } from "@td/fifo";
import { StorageError } from "../errors.ts";
import { collect } from "./collect.ts";
import { compareText } from "./compare-text.ts";
import { first } from "./ledger-access.ts";
import type { LedgerAccess, LedgerReader } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { Cells } from "./query.ts";
import { intOf, optionalText, textOf } from "./stored.ts";
import type { LedgerSelection } from "./types.ts";

/** Rows per query while a version is read. */
const CHUNK = 1000;

/** A symbol and the version of it that is read. */
export interface SymbolVersion {
  /** The market. */
  readonly symbol: string;
  /** The version. */
  readonly version: number;
  /** The base version of its rows. */
  readonly base: number;
  /** How many rows it has: those of the base version with a lower place. */
  readonly rows: number;
}

const VERSION_TYPES = ["text", "int", "int", "int"] as const;
const CURRENT = query(
  `select symbol, allocation_version, base_version, allocations from fifo_current_version where user_id = ?1`,
  ["text"],
  VERSION_TYPES,
);
const AS_OF = query(
  `select v.symbol, v.allocation_version, v.base_version, v.allocations
  from (select symbol, max(allocation_version) as newest from fifo_symbol_versions where user_id = ?1 and allocation_version <= ?2 group by symbol) n
    cross join fifo_symbol_versions v
  where v.user_id = ?1 and v.symbol = n.symbol and v.allocation_version = n.newest`,
  ["text", "int"],
  VERSION_TYPES,
);
const KNOWN = query(
  `select 1 from fifo_computation_log where user_id = ?1 and allocation_version = ?2 and status = 'completed'`,
  ["text", "int"],
  ["int"],
);

/** The versions that make up a selection, sorted by symbol. Throws `not-found` for a version that never became current. */
export async function symbolVersions(
  db: LedgerReader,
  userId: string,
  { version, symbol }: LedgerSelection,
): Promise<readonly SymbolVersion[]> {
  if (version !== undefined) await readableVersion(db, userId, version);
  const rows = version === undefined ? await db.all(CURRENT, [userId]) : await db.all(AS_OF, [userId, version]);
  return rows
    .map(([name, number, base, count]) => ({ symbol: textOf(name), version: intOf(number), base: intOf(base), rows: intOf(count) }))
    .filter((entry) => symbol === undefined || entry.symbol === symbol)
    .toSorted((a, b) => compareText(a.symbol, b.symbol));
}

/** Throws `not-found` for a version that never became current, or was rolled back. */
export async function readableVersion(db: LedgerReader, userId: string, version: number): Promise<void> {
  if ((await first(db, KNOWN, [userId, version])) !== undefined) return;
  throw new StorageError("not-found", `There is no ledger version ${version}: ledger.versions() lists those that can be read.`, {
    facts: { version },
  });
}

const COLUMNS = `sell_order_id, part, buy_order_id, kind, account, allocated_size, buy_price, sell_price, cost_basis, proceeds, net_proceeds, pnl,
  buy_fee, sell_fee, buy_time, sell_time, notes, symbol, seq`;
const TYPES = [
  ...(["text", "int", "text", "text", "text", "size", "size", "size", "money", "money", "money", "money"] as const),
  ...(["size", "size", "instant", "instant", "text", "text", "int"] as const),
];
const ROWS = query(
  `select ${COLUMNS} from fifo_allocations
  where user_id = ?1 and base_version = ?2 and symbol = ?3 and seq > ?4 and seq < ?5 order by seq limit ${CHUNK}`,
  ["text", "int", "text", "int", "int"],
  TYPES,
);
const SELL_ROWS = query(
  `select ${COLUMNS} from fifo_allocations where user_id = ?1 and sell_order_id = ?2 and base_version = ?3 and seq < ?4 order by part`,
  ["text", "text", "int", "int"],
  TYPES,
);
const SELL_SYMBOL = query(
  `select symbol from fifo_allocations where user_id = ?1 and sell_order_id = ?2 order by base_version desc limit 1`,
  ["text", "text"],
  ["text"],
);
const LOTS = query(
  `select buy_order_id, account, original_size, remaining_size, remaining_cost, buy_time from fifo_inventory_snapshot
  where user_id = ?1 and allocation_version = ?2 and symbol = ?3 order by seq`,
  ["text", "int", "text"],
  ["text", "text", "size", "size", "money", "instant"],
);

/** A stored row under the names of @td/fifo, amounts as canonical text. */
function allocationOf(row: Cells): AllocationJson {
  return {
    sellId: textOf(row[0]),
    part: intOf(row[1]),
    buyId: optionalText(row[2]),
    kind: row[3] === "matched" ? "matched" : row[3] === "dust" ? "dust" : "unmatched",
    account: textOf(row[4]),
    quantity: textOf(row[5]),
    buyPrice: optionalText(row[6]),
    sellPrice: textOf(row[7]),
    costBasis: optionalText(row[8]),
    proceeds: textOf(row[9]),
    netProceeds: textOf(row[10]),
    pnl: optionalText(row[11]),
    buyFee: optionalText(row[12]),
    sellFee: textOf(row[13]),
    buyTime: optionalText(row[14]),
    sellTime: textOf(row[15]),
    reason: optionalText(row[16])?.replace(/^(?:UNMATCHED|DUST): /, "") ?? null,
    symbol: textOf(row[17]),
    short: false, // the ledger's rules open no shorts
  };
}

/** The allocations of one symbol's version in order, in arrays. */
export async function* readSymbol(
  access: LedgerAccess,
  { symbol, base, rows: count }: SymbolVersion,
): AsyncGenerator<readonly AllocationJson[]> {
  for (let after = -1; ;) {
    const rows = await access.all(ROWS, [access.userId, base, symbol, after, count]);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(allocationOf);
    after = intOf(last[18]);
  }
}

/** All allocations of one symbol's version. */
export function allOfSymbol(access: LedgerAccess, of: SymbolVersion): Promise<readonly AllocationJson[]> {
  return collect(readSymbol(access, of));
}

/** A sell in the version that is current for its symbol. */
export interface SellRows extends SymbolVersion {
  /** Its allocations, by part. */
  readonly allocations: readonly AllocationJson[];
}

/** A sell's rows, or `undefined` when it was never computed. */
export async function rowsOfSell(db: LedgerReader, userId: string, sellId: string): Promise<SellRows | undefined> {
  const [symbol] = (await first(db, SELL_SYMBOL, [userId, sellId])) ?? [];
  const [current] = symbol === undefined ? [] : await symbolVersions(db, userId, { symbol: textOf(symbol) });
  if (current === undefined) return undefined;
  const rows = await db.all(SELL_ROWS, [userId, sellId, current.base, current.rows]);
  return rows.length === 0 ? undefined : { ...current, allocations: rows.map(allocationOf) };
}

/** The open lots of one symbol's version, by account, then oldest first. */
export async function lotsOfSymbol(db: LedgerReader, userId: string, { symbol, version }: SymbolVersion): Promise<readonly OpenLotJson[]> {
  return (await db.all(LOTS, [userId, version, symbol])).map((row) => ({
    symbol,
    id: textOf(row[0]),
    account: textOf(row[1]),
    side: "long",
    original: textOf(row[2]),
    quantity: textOf(row[3]),
    cost: textOf(row[4]),
    executedAt: textOf(row[5]),
  }));
}

/** SHA-256 over the lines `sell|buy or -|quantity|cost or -|net proceeds|pnl or -`, by symbol and place, joined by line feeds. */
export async function digestOf(access: LedgerAccess, versions: readonly SymbolVersion[]): Promise<string> {
  const hash = createHash("sha256");
  let separator = "";
  for (const version of versions) {
    for await (const rows of readSymbol(access, version)) {
      hash.update(separator + rows.map(digestLine).join("\n"));
      separator = "\n";
    }
  }
  return hash.digest("hex");
}

function digestLine(row: AllocationJson): string {
  return `${row.sellId}|${row.buyId ?? "-"}|${row.quantity}|${row.costBasis ?? "-"}|${row.netProceeds}|${row.pnl ?? "-"}`;
}
