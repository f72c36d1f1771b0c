// What an older system said about profits, beside what the ledger says.
import { compareText } from "./compare-text.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { query } from "./query.ts";
import { readSymbol, symbolVersions } from "./read-ledger.ts";
import { addTexts, optionalText, subtractTexts, textOf } from "./stored.ts";

/** A sell about whose profit the two do not agree. Canonical decimals; null when that side knows no profit of it. */
export interface LegacyDifference {
  /** The sell. */
  readonly sellId: string;
  /** What the older system said. */
  readonly legacy: string | null;
  /** The profit of its matched parts in the current version. */
  readonly exact: string | null;
  /** `exact - legacy`, null counted as 0. */
  readonly difference: string;
}

/** The older system's profits against the ledger's: sells = equal + differences - onlyInLedger. */
export interface LegacyComparison {
  /** Sells of the older system. */
  readonly sells: number;
  /** Those whose profit is the same to the last digit. */
  readonly equal: number;
  /** The others, and the sells that only the ledger knows, by id. */
  readonly differences: readonly LegacyDifference[];
  /** Sells of the ledger of which the older system says nothing. */
  readonly onlyInLedger: number;
  /** Sells of the older system of which the ledger says nothing. */
  readonly onlyInLegacy: number;
  /** The older system's profits, added up. */
  readonly legacyTotal: string;
  /** The ledger's profits, added up, over every sell of it. */
  readonly exactTotal: string;
  /** `exactTotal - legacyTotal`. */
  readonly difference: string;
}

// The column that the older system itself called the profit; the second one is older still.
const LEGACY = query(
  `select order_id, coalesce(old_pnl_usd, old_realized_profit) from historical_pnl_snapshot where user_id = ?1 and order_id > ?2 order by order_id limit 2000`,
  ["text", "text"],
  ["text", "money"],
);

/** Compares every sell of either side. Memory holds one profit per sell. */
export async function compareWithLegacy(access: LedgerAccess): Promise<LegacyComparison> {
  const [legacy, exact] = [await legacyProfits(access), await exactProfits(access)];
  const differences: LegacyDifference[] = [];
  for (const sellId of [...new Set([...legacy.keys(), ...exact.keys()])].toSorted(compareText)) {
    const [was, is] = [legacy.get(sellId) ?? null, exact.get(sellId) ?? null];
    if (was !== is || !legacy.has(sellId))
      differences.push({ sellId, legacy: was, exact: is, difference: subtractTexts(is ?? "0", was ?? "0") });
  }
  const onlyInLedger = [...exact.keys()].filter((sellId) => !legacy.has(sellId)).length;
  const [legacyTotal, exactTotal] = [totalOf(legacy), totalOf(exact)];
  return {
    sells: legacy.size,
    equal: legacy.size - (differences.length - onlyInLedger),
    differences,
    onlyInLedger,
    onlyInLegacy: [...legacy.keys()].filter((sellId) => !exact.has(sellId)).length,
    legacyTotal,
    exactTotal,
    difference: subtractTexts(exactTotal, legacyTotal),
  };
}

type Profits = ReadonlyMap<string, string | null>;

async function legacyProfits(access: LedgerAccess): Promise<Profits> {
  const profits = new Map<string, string | null>();
  for (let after = ""; ;) {
    const rows = await access.all(LEGACY, [access.userId, after]);
    for (const [sellId, pnl] of rows) profits.set((after = textOf(sellId)), optionalText(pnl));
    if (rows.length === 0) return profits;
  }
}

/** Null for a sell without a matched part. */
async function exactProfits(access: LedgerAccess): Promise<Profits> {
  const profits = new Map<string, string | null>();
  for (const version of await symbolVersions(access, access.userId, {})) {
    for await (const rows of readSymbol(access, version)) {
      for (const { sellId, pnl } of rows) {
        const before = profits.get(sellId) ?? null;
        profits.set(sellId, pnl === null ? before : before === null ? pnl : addTexts([before, pnl]));
      }
    }
  }
  return profits;
}

function totalOf(profits: Profits): string {
  return addTexts([...profits.values()].filter((pnl) => pnl !== null));
}
