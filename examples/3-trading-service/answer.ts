// A made tree's answer against what the database holds.
import { type Scope } from "@td/storage";
import { Decimal } from "decimal.js";
import type { Truth } from "./made-truth.ts";
import type { KnownAnswer } from "./report.ts";
import { DEFAULT_USER, type ImportSummary } from "./steps.ts";

/** Compares. The pending orders were traded on after a way back and forth, so their import is compared only when it read the file as it was made. */
export async function compareAnswer(
  truth: Truth,
  imports: readonly ImportSummary[],
  forUser: (user: string) => Scope,
  skip: ReadonlySet<string>,
): Promise<KnownAnswer> {
  const differences = [
    ...accountDifferences(
      truth,
      imports.filter(({ name }) => !skip.has(name)),
      skip,
    ),
  ];
  for (const [user, symbols] of Object.entries(truth.shares)) {
    const found = await sharesOf(forUser(user));
    for (const symbol of new Set([...Object.keys(symbols), ...found.keys()])) {
      const [asked, got] = [symbols[symbol] ?? { bought: 0, sold: 0 }, found.get(symbol)];
      if (String(asked.bought) === got?.bought && String(asked.sold) === got.sold) continue;
      differences.push(`${user} ${symbol}: ${asked.bought} bought and ${asked.sold} sold, not ${got?.bought ?? 0} and ${got?.sold ?? 0}`);
    }
  }
  const { realizedPnl } = (await bookedOf(forUser(DEFAULT_USER))) ?? { realizedPnl: "0" };
  const asked = new Decimal(truth.realizedPaise).div(100).toFixed();
  if (realizedPnl !== asked) differences.push(`booked profit: ${asked}, not ${realizedPnl}`);
  return { right: differences.length === 0, differences };
}

function* accountDifferences(truth: Truth, imports: readonly ImportSummary[], skip: ReadonlySet<string>): Generator<string> {
  for (const [user, jobs] of Object.entries(truth.jobs)) {
    for (const [name, asked] of Object.entries(jobs)) {
      if (skip.has(name)) continue;
      const found = imports.find((one) => one.user === user && one.name === name);
      const got = {
        written: found?.written ?? 0,
        identical: found?.identical ?? 0,
        conflict: found?.conflict ?? 0,
        rejected: found?.rejected ?? 0,
      };
      if (JSON.stringify(got) !== JSON.stringify(asked)) yield `${user} ${name}: ${JSON.stringify(asked)}, not ${JSON.stringify(got)}`;
    }
  }
}

/** Shares bought and sold by symbol, over all fills. */
async function sharesOf(me: Scope): Promise<ReadonlyMap<string, { readonly bought: string; readonly sold: string }>> {
  const sums = new Map<string, { bought: Decimal; sold: Decimal }>();
  for await (const rows of me.fills.stream()) {
    for (const { symbol, side, quantity } of rows) {
      const sum = sums.get(symbol) ?? { bought: new Decimal(0), sold: new Decimal(0) };
      sums.set(symbol, side === "buy" ? { ...sum, bought: sum.bought.add(quantity) } : { ...sum, sold: sum.sold.add(quantity) });
    }
  }
  return new Map([...sums].map(([symbol, { bought, sold }]) => [symbol, { bought: bought.toFixed(), sold: sold.toFixed() }]));
}

/** Booked days and their sum. */
export async function bookedOf(me: Scope): Promise<{ readonly days: number; readonly realizedPnl: string; readonly fees: string } | null> {
  let [days, realized, fees] = [0, new Decimal(0), new Decimal(0)];
  for await (const rows of me.pnlDaily.stream()) {
    for (const row of rows) [days, realized, fees] = [days + 1, realized.add(row.realizedPnl), fees.add(row.fees)];
  }
  return days === 0 ? null : { days, realizedPnl: realized.toFixed(), fees: fees.toFixed() };
}
