// Checks what is stored, without trusting what stored it: the conservation statement in SQL, then every row against a second computation from the fills,
// then the sums of each version against those of its symbols.
import { checkInvariants } from "@td/fifo/audit";
import type { Rules } from "@td/fifo";
import type { Violation } from "@td/fifo/audit";
import { imbalances, storedSums } from "./balance.ts";
import type { BalanceScope, Imbalance } from "./balance.ts";
import { allFillsInOrder } from "./fills-in-order.ts";
import { first } from "./ledger-access.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { query } from "./query.ts";
import { allOfSymbol, lotsOfSymbol, symbolVersions } from "./read-ledger.ts";
import type { SymbolVersion } from "./read-ledger.ts";
import { intOf, textOf } from "./stored.ts";
import { symbolFacts } from "./symbol-facts.ts";
import { wrongTotals } from "./version-totals.ts";
import type { TotalsDamage } from "./version-totals.ts";

/** What is wrong with one symbol. */
export interface SymbolDamage {
  /** The market. */
  readonly symbol: string;
  /** Its current version. */
  readonly version: number;
  /** Fills whose rows do not add up, at most five. */
  readonly imbalances: readonly Imbalance[];
  /** Rows and lots that are not what the fills demand. */
  readonly violations: readonly Violation[];
  /** Sums kept with the version, by name, that are not those of its rows. */
  readonly sums: readonly string[];
}

/** The result of `ledger.validate`. */
export interface LedgerCheck {
  /** Whether nothing is wrong. */
  readonly sound: boolean;
  /** Symbols checked. */
  readonly symbols: number;
  /** Fills read. */
  readonly trades: number;
  /** Allocation rows checked. */
  readonly allocations: number;
  /** Symbols with damage. */
  readonly damage: readonly SymbolDamage[];
  /** Versions whose sums, which `health()` shows, are not those of their symbols. Empty when one symbol was asked for. */
  readonly totals: readonly TotalsDamage[];
}

const COVERED = query(
  `select c.through_seq, l.rules from fifo_current_version c cross join fifo_computation_log l
  where c.user_id = ?1 and c.symbol = ?2 and l.user_id = c.user_id and l.allocation_version = c.allocation_version and l.status = 'completed'`,
  ["text", "text"],
  ["int", "json"],
);

/** Checks the current version of each symbol. Memory holds one symbol at a time. */
export async function validateLedger(access: LedgerAccess, symbol?: string): Promise<LedgerCheck> {
  const versions = await symbolVersions(access, access.userId, symbol === undefined ? {} : { symbol });
  const damage: SymbolDamage[] = [];
  let trades = 0;
  let allocations = 0;
  for (const version of versions) {
    const checked = await checkSymbol(access, version);
    trades += checked.trades;
    allocations += checked.allocations;
    const { trades: _trades, allocations: _allocations, ...found } = checked;
    if (found.imbalances.length + found.violations.length + found.sums.length > 0) damage.push(found);
  }
  const totals = symbol === undefined ? await wrongTotals(access, access.userId) : [];
  return { sound: damage.length + totals.length === 0, symbols: versions.length, trades, allocations, damage, totals };
}

async function checkSymbol(
  access: LedgerAccess,
  of: SymbolVersion,
): Promise<SymbolDamage & { readonly trades: number; readonly allocations: number }> {
  const [seq, text] = (await first(access, COVERED, [access.userId, of.symbol])) ?? [];
  const throughSeq = intOf(seq);
  // Written by td from the allocator's rules.
  const rules = JSON.parse(textOf(text)) as Rules;
  const trades = await allFillsInOrder(access, of.symbol, throughSeq);
  const allocations = await allOfSymbol(access, of);
  const openLots = await lotsOfSymbol(access, access.userId, of);
  const feeAssets = trades.some(({ feeCurrency }) => feeCurrency !== null);
  const scope = {
    userId: access.userId,
    ...of,
    firstSeq: 0,
    endSeq: of.rows,
    afterSeq: 0,
    throughSeq,
    before: 0,
    fees: rules.fees,
    feeAssets,
  };
  const unbalanced = await imbalances(access, scope);
  return {
    symbol: of.symbol,
    version: of.version,
    imbalances: unbalanced,
    sums: await wrongSums(access, of, scope),
    violations: checkInvariants(trades, { rules, allocations, openLots }),
    trades: trades.length,
    allocations: allocations.length,
  };
}

/** The kept sums that the rows do not come to. */
async function wrongSums(access: LedgerAccess, { symbol, version, rows }: SymbolVersion, scope: BalanceScope): Promise<readonly string[]> {
  const kept = await symbolFacts(access, access.userId, symbol, version);
  if (kept === undefined) return ["version"];
  const { sums, facts } = await storedSums(access, scope);
  const counted = { ...sums, ...facts, allocations: rows };
  return Object.keys(counted).filter((name) => counted[name as keyof typeof counted] !== kept[name as keyof typeof counted]);
}
