// Closed positions are nowhere in the blob: an exit order repeats market, side, entry price, size and leverage of its entry, and so tells them.
import type { PositionFact, TradeFact } from "./facts.ts";
import { msOf } from "./times.ts";

/** A position that was opened and closed. */
export interface ClosedPosition {
  /** That of the position when its exit has it, else `pos_of_` and the id of the entry order. */
  readonly id: string;
  readonly open: TradeFact;
  readonly close: TradeFact;
}

/** What belongs together among a bot's paper trades. */
export interface Pairs {
  /** The position of each trade, by the trade's id. */
  readonly links: ReadonlyMap<string, string>;
  readonly closed: readonly ClosedPosition[];
  /** Exits whose entry is no longer there: trades without a position. */
  readonly loneCloses: readonly TradeFact[];
  /** Entries with neither an exit nor an open position. */
  readonly loneOpens: readonly TradeFact[];
}

/** Finds them. An open position takes its entry first; then each exit, in the order of time, takes the oldest entry that is left and fits. */
export function pairTrades(trades: readonly TradeFact[], held: readonly PositionFact[]): Pairs {
  const paper = trades.filter(({ mode }) => mode === "paper").toSorted(byTime);
  const links = new Map<string, string>();
  const entries = new Map<string, TradeFact[]>();
  for (const trade of paper) {
    if (trade.action !== "OPEN") continue;
    if (trade.positionId === null) entries.set(likeness(trade), [...(entries.get(likeness(trade)) ?? []), trade]);
    else links.set(trade.id, trade.positionId);
  }
  const closed: ClosedPosition[] = [];
  const exits = paper.filter(({ action }) => action === "CLOSE");
  // What has its position's id from its maker comes first: only what is left is told by likeness.
  for (const position of [...held.map(heldBy), ...exits.filter(hasPosition).map(closedBy)]) {
    const entry = take(entries, position.like, (trade) => isMadeWith(trade, position.id));
    for (const trade of [entry, position.exit]) if (trade !== undefined) links.set(trade.id, position.id);
    const open = entry ?? paper.find((trade) => trade.action === "OPEN" && trade.positionId === position.id);
    if (open !== undefined && position.exit !== undefined) closed.push({ id: position.id, open, close: position.exit });
  }
  const loneCloses: TradeFact[] = [];
  for (const close of exits) {
    if (close.positionId !== null) continue;
    const entry = take(entries, close, (trade) => trade.executedAt <= close.executedAt);
    if (entry === undefined) {
      loneCloses.push(close);
      continue;
    }
    const id = `pos_of_${entry.id}`;
    closed.push({ id, open: entry, close });
    links.set(entry.id, id).set(close.id, id);
  }
  return { links, closed, loneCloses, loneOpens: [...entries.values()].flat() };
}

function byTime(a: TradeFact, b: TradeFact): number {
  if (a.executedAt !== b.executedAt) return a.executedAt < b.executedAt ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

interface Likeness extends Pick<TradeFact, "symbol" | "entryPrice" | "size" | "leverage"> {
  readonly tradeType?: string;
  readonly positionType?: string;
}

/** What an entry, its position and its exit have in common. */
function likeness({ symbol, tradeType, positionType, entryPrice, size, leverage }: Likeness): string {
  return [symbol, tradeType ?? positionType, entryPrice, size, leverage].join(" ");
}

function take(entries: ReadonlyMap<string, TradeFact[]>, like: Likeness, fits: (trade: TradeFact) => boolean): TradeFact | undefined {
  const list = entries.get(likeness(like)) ?? [];
  const at = list.findIndex(fits);
  return at < 0 ? undefined : list.splice(at, 1)[0];
}

/** A position that has an id: it is open, or its exit says so. */
interface Identified {
  readonly id: string;
  readonly like: Likeness;
  readonly exit?: TradeFact;
}

function heldBy(position: PositionFact): Identified {
  return { id: position.id, like: position };
}

function hasPosition(trade: TradeFact): trade is TradeFact & { readonly positionId: string } {
  return trade.positionId !== null;
}

function closedBy(exit: TradeFact & { readonly positionId: string }): Identified {
  return { id: exit.positionId, like: exit, exit };
}

/** A paper position and its entry are made in one call: the times in their ids differ by 2 ms at most. */
function isMadeWith(trade: TradeFact, positionId: string): boolean {
  const ms = /^pos_(\d{13})_/.exec(positionId)?.[1];
  return ms !== undefined && Math.abs(Number(msOf(trade.executedAt)) - Number(ms)) <= 2;
}
