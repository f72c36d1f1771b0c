// What happens in the legacy book, before any number is drawn: which blocks of orders each market has and in which sequence.
//
// A plain block is a cycle such as "bbs" (two buys, then one sale of all of it) that ends flat: n orders give n - 1 allocations.
// A hold block buys, runs k cycles on top of that position, then sells it: each inner cycle is out of step with the lots and
// gives one allocation more. Where the holding buy is missing from the local table the inner cycles fall back into step and the
// closing sale has no buy. Scale 1 thus has 11 missing buys (6 closed, 5 still held), worth 58 allocations and 6 unmatched sales.
import { LARGE_MARKETS, MARKETS, TOTAL_WEIGHT } from "./legacy-book-markets.ts";
import type { Market } from "./legacy-book-markets.ts";
import { seededRandom, shuffle } from "./legacy-book-random.ts";
import type { SeededRandom } from "./legacy-book-random.ts";

/** The orders of a plain block: `b` buy, `s` sell (the last one sells all that is left), `x` a buy that nobody has any more. */
export type Cycle = "bs" | "bbs" | "bss" | "bbsbs" | "bssssssss" | "bbbbbbbbs" | "b" | "xs" | "xbs" | "xss" | "s";

/** What a block does: a plain cycle, or a position held over `inner` cycles. */
export type Block =
  | { readonly kind: "cycle"; readonly cycle: Cycle }
  /** `missing`: the buy is at the exchange only, sold at the end; `missing-open`: the same, never sold. */
  | { readonly kind: "hold" | "missing" | "missing-open"; readonly inner: number };

/** The blocks of one market in time order. */
export interface MarketPlan {
  readonly blocks: readonly Block[];
  /** Sum of the blocks' weights, in time slots. */
  readonly slots: number;
}

type Part = "plain" | "old" | "recent" | "tail";
type Parts = Readonly<Record<Part, Block[]>>;

/** Cycles at scale 1, in the order in which they are dealt out. */
const COUNTS: readonly (readonly [Cycle, number])[] = [
  ["bbs", 160],
  ["bss", 140],
  ["bbsbs", 40],
  ["bssssssss", 10],
  ["bbbbbbbbs", 10],
  ["b", 320],
  ["xs", 4],
  ["xbs", 5],
  ["xss", 1],
  ["s", 2],
];
const ALLOCATIONS_V1 = 3446;
/** Inner cycles of the hold blocks, of the closed missing buys and of the open ones. */
const HOLDS: readonly number[] = [..."34567893456789345678934567".split("").map(Number), 60, 40];
const CLOSED_MISSING = [4, 5, 6, 5, 7, 4],
  OPEN_MISSING = [5, 6, 4, 7, 5];
const INNER: readonly Cycle[] = ["bs", "bs", "bbs", "bs", "bss"];

/** The `index`-th cycle inside a hold block. */
export function innerCycle(index: number): Cycle {
  return INNER[index % INNER.length] ?? "bs";
}

/** How many time slots a block takes. */
export function blockWeight(block: Block): number {
  if (block.kind !== "cycle") return block.inner + 2;
  return block.cycle === "b" ? 0.25 : 1;
}

/** Plans every market of the book. `scale` multiplies the rows and the faults, but at most five missing buys stay open. */
export function planBook(seed: number, scale: number): ReadonlyMap<Market, MarketPlan> {
  const random = seededRandom(String(seed), "plan");
  const parts = dealBlocks(scale, random);
  return new Map([...parts].map(([market, own]) => [market, layOut(own, random)]));
}

function dealBlocks(scale: number, random: SeededRandom): ReadonlyMap<Market, Parts> {
  const parts = new Map<Market, Parts>(MARKETS.map((market) => [market, { plain: [], old: [], recent: [], tail: [] }]));
  const budget = { left: Math.round(ALLOCATIONS_V1 * scale) };
  let turn = random.int(LARGE_MARKETS.length);
  const nextLarge = () => LARGE_MARKETS[turn++ % LARGE_MARKETS.length];
  const put = (part: Part, block: Block) => {
    const market = part === "plain" || part === "tail" ? anyMarket(random) : nextLarge();
    if (market !== undefined) parts.get(market)?.[part].push(block);
    budget.left -= allocationsOf(block);
  };
  const scaled = (count: number) => Math.round(count * scale);
  for (const [cycle, count] of COUNTS) {
    for (let i = scaled(count); i > 0; i--) put(partOf(cycle, i), { kind: "cycle", cycle });
  }
  for (let i = scaled(HOLDS.length) - 1; i >= 0; i--) put("plain", { kind: "hold", inner: nth(HOLDS, i) });
  const stillHeld = shuffle([...LARGE_MARKETS], random).slice(0, OPEN_MISSING.length);
  for (let i = scaled(OPEN_MISSING.length + CLOSED_MISSING.length) - stillHeld.length; i > 0; i--) {
    put("recent", { kind: "missing", inner: nth(CLOSED_MISSING, i) });
  }
  for (const [i, market] of stillHeld.entries()) {
    const block: Block = { kind: "missing-open", inner: nth(OPEN_MISSING, i) };
    parts.get(market)?.tail.unshift(block);
    budget.left -= allocationsOf(block);
  }
  while (budget.left > 0) put("plain", { kind: "cycle", cycle: "bs" });
  return parts;
}

function nth(list: readonly number[], index: number): number {
  return list[index % list.length] ?? 0;
}

function anyMarket(random: SeededRandom): Market | undefined {
  let ticket = random.int(TOTAL_WEIGHT);
  return MARKETS.find((market) => (ticket -= market.weight) < 0);
}

/** Buys that are lost lie before the retention; of the coins that arrived by transfer, half do. */
function partOf(cycle: Cycle, index: number): Part {
  if (cycle === "b") return "tail";
  if (cycle === "s") return index % 2 === 1 ? "old" : "recent";
  return cycle.startsWith("x") ? "old" : "plain";
}

/** Allocations that a block adds to version 1. */
function allocationsOf(block: Block): number {
  if (block.kind === "cycle") return cycleAllocations(block.cycle);
  const outOfStep = block.kind === "hold" ? 1 : 0;
  let count = block.kind === "missing-open" ? 0 : 1;
  for (let i = 0; i < block.inner; i++) count += cycleAllocations(innerCycle(i)) + outOfStep;
  return count;
}

function cycleAllocations(cycle: Cycle): number {
  return cycle === "s" ? 1 : cycle.length - 1;
}

/** Puts a market's blocks in a row: the plain ones shuffled, the special ones where in the year they belong, the tail last. */
function layOut({ plain, old, recent, tail }: Parts, random: SeededRandom): MarketPlan {
  const slots = [...plain, ...old, ...recent, ...tail].reduce((sum, block) => sum + blockWeight(block), 0);
  const special = [
    ...old.map((block) => ({ at: 0.02 + random.unit() * 0.5, block })),
    ...recent.map((block) => ({ at: 0.77 + random.unit() * 0.15, block })),
  ].toSorted((a, b) => a.at - b.at);
  const blocks: Block[] = [];
  let used = 0,
    next = 0;
  const add = (block: Block) => {
    blocks.push(block);
    used += blockWeight(block);
  };
  for (const block of shuffle(plain, random)) {
    for (let due = special[next]; due !== undefined && isDue(due.at, used, blockWeight(block), slots); due = special[++next])
      add(due.block);
    add(block);
  }
  for (const block of [...special.slice(next).map((entry) => entry.block), ...tail]) add(block);
  return { blocks, slots };
}

/** An old block must not come late, a recent one not early: each would fall on the wrong side of the retention. */
function isDue(at: number, used: number, weight: number, slots: number): boolean {
  return (at > 0.6 ? used : used + weight) / slots >= at;
}
