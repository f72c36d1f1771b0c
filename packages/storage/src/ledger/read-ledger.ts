// Reads stored versions: which version of each symbol counts, its allocations in FIFO's words, its lots, its digest.
import { createHash } from "node:crypto";
import type { AllocationJson, OpenLotJson } from "@td/fifo";
import { StorageError } from "../errors.ts";
import type { Connection, StoredRow } from "../sqlite/connection.ts";
import { collect } from "./collect.ts";
import { compareText } from "./compare-text.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { numbered } from "./numbered.ts";
import { instantOf, intOf, moneyText, optionalInstant, optionalMoney, optionalSize, optionalText, sizeText, textOf } from "./stored.ts";
import type { LedgerSelection } from "./types.ts";

/** Rows per query while a version is read. */
const CHUNK = 1000;

/** A symbol and the version of it that is read. */
export interface SymbolVersion {
  /** The market. */
  readonly symbol: string;
  /** The version that wrote its rows. */
  readonly version: number;
}

const CURRENT = `select symbol, allocation_version from fifo_current_version where user_id = ?`;
const AS_OF = numbered(`select s.value, max(l.allocation_version) from fifo_computation_log l cross join json_each(l.symbols_processed) s
  where l.user_id = ?1 and l.status = 'completed' and l.allocation_version <= ?2 group by s.value`);
const KNOWN = `select 1 from fifo_computation_log where user_id = ? and allocation_version = ? and status = 'completed'`;

/** The versions that make up a selection, sorted by symbol. Throws `not-found` for a version that never became current. */
export function symbolVersions(db: Connection, userId: string, { version, symbol }: LedgerSelection): readonly SymbolVersion[] {
  if (version !== undefined && db.get(KNOWN, [userId, version]) === undefined) throw unknownVersion(version);
  const rows = version === undefined ? db.all(CURRENT, [userId]) : db.all(...AS_OF(userId, version));
  return rows
    .map(([name, number]) => ({ symbol: textOf(name), version: intOf(number) }))
    .filter((entry) => symbol === undefined || entry.symbol === symbol)
    .toSorted((a, b) => compareText(a.symbol, b.symbol));
}

function unknownVersion(version: number): StorageError {
  return new StorageError("not-found", `There is no ledger version ${version}: ledger.versions() lists those that became current.`, {
    facts: { version },
  });
}

const COLUMNS = `sell_order_id, part, buy_order_id, kind, account, allocated_size, buy_price, sell_price, cost_basis, proceeds, net_proceeds, pnl,
  buy_fee, sell_fee, buy_time, sell_time, notes, symbol, seq`;
const ROWS = `select ${COLUMNS} from fifo_allocations
  where user_id = ? and allocation_version = ? and symbol = ? and seq > ? order by seq limit ${CHUNK}`;
const SELL_ROWS = `select ${COLUMNS} from fifo_allocations where user_id = ? and sell_order_id = ? and allocation_version = ? order by part`;
const SELL_SYMBOL = `select symbol from fifo_allocations where user_id = ? and sell_order_id = ? order by allocation_version desc limit 1`;
const LOTS = `select buy_order_id, account, original_size, remaining_size, remaining_cost, buy_time from fifo_inventory_snapshot
  where user_id = ? and allocation_version = ? and symbol = ? order by seq`;

/** A stored row under the names of @td/fifo, amounts as canonical text. */
export function allocationOf(row: StoredRow): AllocationJson {
  return {
    sellId: textOf(row[0]),
    part: intOf(row[1]),
    buyId: optionalText(row[2]),
    kind: row[3] === "matched" ? "matched" : row[3] === "dust" ? "dust" : "unmatched",
    account: textOf(row[4]),
    quantity: sizeText(row[5]),
    buyPrice: optionalSize(row[6]),
    sellPrice: sizeText(row[7]),
    costBasis: optionalMoney(row[8]),
    proceeds: moneyText(row[9]),
    netProceeds: moneyText(row[10]),
    pnl: optionalMoney(row[11]),
    buyFee: optionalSize(row[12]),
    sellFee: sizeText(row[13]),
    buyTime: optionalInstant(row[14]),
    sellTime: instantOf(row[15]),
    reason: optionalText(row[16])?.replace(/^(?:UNMATCHED|DUST): /, "") ?? null,
    symbol: textOf(row[17]),
    short: false, // the ledger's rules open no shorts
  };
}

/** The allocations of one symbol's version in order, in arrays. */
export async function* readSymbol(access: LedgerAccess, { symbol, version }: SymbolVersion): AsyncGenerator<readonly AllocationJson[]> {
  for (let after = -1; ;) {
    const rows = await access.read((db) => db.all(ROWS, [access.userId, version, symbol, after]));
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

/** The allocations of one sell in the version that is current for its symbol; empty when it was never computed. */
export function rowsOfSell(db: Connection, userId: string, sellId: string): readonly AllocationJson[] {
  const [symbol] = db.get(SELL_SYMBOL, [userId, sellId]) ?? [];
  const [current] = symbol === undefined ? [] : symbolVersions(db, userId, { symbol: textOf(symbol) });
  return current === undefined ? [] : db.all(SELL_ROWS, [userId, sellId, current.version]).map(allocationOf);
}

/** The open lots of one symbol's version, by account, then oldest first. */
export function lotsOfSymbol(db: Connection, userId: string, { symbol, version }: SymbolVersion): readonly OpenLotJson[] {
  return db.all(LOTS, [userId, version, symbol]).map((row) => ({
    symbol,
    id: textOf(row[0]),
    account: textOf(row[1]),
    side: "long",
    original: sizeText(row[2]),
    quantity: sizeText(row[3]),
    cost: moneyText(row[4]),
    executedAt: instantOf(row[5]),
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
