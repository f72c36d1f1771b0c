// The stream: pushing one by one, stopping and resuming anywhere, must be as if all trades had come at once.
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect } from "vitest";
import {
  allocate,
  createAllocator,
  FifoError,
  sortTrades,
  type AllocatorSnapshot,
  type FifoErrorCode,
  type FifoOptions,
  type LedgerInput,
  type TradeInput,
} from "../src/index.ts";
import { anyBook, anyOptions, depth } from "./arbitraries.ts";
import { book, lotText, minuteAt, rowText } from "./book.ts";

const stored = (snapshot: AllocatorSnapshot) => JSON.parse(JSON.stringify(snapshot)) as AllocatorSnapshot;
const pushAll = (allocator: ReturnType<typeof createAllocator>, trades: Iterable<TradeInput>) =>
  [...trades].flatMap((trade) => allocator.push(trade));

function refusalOf(run: () => unknown): FifoErrorCode {
  try {
    run();
  } catch (error) {
    if (error instanceof FifoError) return error.code;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("an allocator", () => {
  test("gives the rows of a sell when it is pushed, and none for a buy", () => {
    const allocator = createAllocator();
    const steps = book("b1 buy 1 @ 1\n b2 buy 1 @ 2\n s1 sell 1.5 @ 3\n s2 sell 1 @ 4").map((trade) => allocator.push(trade).map(rowText));
    expect(steps).toEqual([
      [],
      [],
      ["s1 takes 1 of b1: cost 1, net 3, pnl 2", "s1 takes 0.5 of b2: cost 1, net 1.5, pnl 0.5"],
      ["s2 takes 0.5 of b2: cost 1, net 2, pnl 1", "s2 unmatched 0.5: net 2"],
    ]);
  });

  test("tells its open lots and its totals at any time, of one symbol or of all", () => {
    const allocator = createAllocator();
    pushAll(allocator, book("b1 buy 2 @ 1\n s1 sell 1 @ 3\n x1 buy 5 @ 1 symbol=A-B"));
    expect([allocator.openLots().map(lotText), allocator.openLots("BTC-USD").map(lotText), allocator.openLots("none")]).toEqual([
      ["x1 5: cost 5", "b1 1: cost 1"],
      ["b1 1: cost 1"],
      [],
    ]);
    expect(
      [allocator.totals(), allocator.totals("A-B"), allocator.totals("none")].map(({ trades, realizedPnl }) => [
        trades,
        realizedPnl.toFixed(),
      ]),
    ).toEqual([
      [3, "2"],
      [1, "0"],
      [0, "0"],
    ]);
  });

  test("lets symbols interleave: each has its own clock", () => {
    const allocator = createAllocator();
    expect(
      pushAll(allocator, book("b1 buy 1 @ 1 at=9\n x1 buy 1 @ 1 at=0 symbol=A-B\n s1 sell 1 @ 2 at=9\n x2 sell 1 @ 2 at=1 symbol=A-B")).map(
        (row) => row.sellId,
      ),
    ).toEqual(["s1", "x2"]);
  });

  test("an open lot that was read stays as it was, and so does a row", () => {
    const allocator = createAllocator();
    const [buy, first, second] = book("b1 buy 3 @ 1 fee=1\n s1 sell 1 @ 2\n s2 sell 1.0000000000000000001 @ 2") as [
      TradeInput,
      TradeInput,
      TradeInput,
    ];
    allocator.push(buy);
    const lots = allocator.openLots().map(lotText);
    const row = allocator.push(first)[0];
    const before = JSON.stringify(row);
    allocator.push(second);
    expect([lots, JSON.stringify(row)]).toEqual([["b1 3: cost 4"], before]);
    expect(row === undefined ? "" : rowText(row)).toBe("s1 takes 1 of b1: cost 1.333333333333333333, net 2, pnl 0.666666666666666667");
  });
});

describe("an event that cannot be next leaves the state as it was", () => {
  const event = { symbol: "BTC-USD", executedAt: minuteAt(5) };
  const late: readonly (readonly [string, FifoErrorCode, LedgerInput])[] = [
    ["a split that the second account cannot take", "split-not-exact", { ...event, type: "split", id: "x", ratio: "1:3" }],
    ["a split of no ratio", "invalid-ratio", { ...event, type: "split", id: "x", ratio: "1" }],
    ["a split before the last trade", "out-of-order", { ...event, type: "split", id: "x", ratio: "2:1", executedAt: minuteAt(0) }],
    ["a transfer to itself", "invalid-account", { ...event, type: "transfer", id: "x", from: "p", to: "p", quantity: "1" }],
    ["a transfer of nothing", "invalid-quantity", { ...event, type: "transfer", id: "x", from: "p", to: "q", quantity: "0" }],
    [
      "a transfer before the last trade",
      "out-of-order",
      { ...event, type: "transfer", id: "x", from: "p", to: "q", quantity: "1", executedAt: minuteAt(0) },
    ],
  ];
  test.each(late)("%s gives %s", (_, code, refused) => {
    const allocator = createAllocator({ scope: "account", shorts: "open" });
    pushAll(allocator, book("b1 buy 3 @ 1 account=p\n b2 buy 4 @ 1 account=q\n s1 sell 6 @ 1 account=r"));
    const state = () => JSON.stringify([allocator.snapshot(), allocator.totals(), allocator.openLots()]);
    const before = state();
    expect(refusalOf(() => allocator.push(refused))).toBe(code);
    expect(state()).toBe(before);
    expect(pushAll(allocator, book("s2 sell 3 @ 2 at=6 account=p")).map(rowText)).toEqual(["s2 takes 3 of b1: cost 3, net 6, pnl 3"]);
  });
});

describe("a trade that cannot be next leaves the state as it was", () => {
  const taken = book("b1 buy 2 @ 1 at=1 seq=5\n s1 sell 1 @ 2 at=3 seq=5\n x1 buy 1 @ 1 at=9 symbol=A-B");
  const late: readonly (readonly [string, FifoErrorCode, string])[] = [
    ["the last trade again", "duplicate-id", "s1 sell 1 @ 2 at=3 seq=5"],
    ["the last trade with other content", "duplicate-id", "s1 sell 9 @ 9 at=3 seq=5"],
    ["an earlier trade again, which is open", "duplicate-id", "b1 buy 2 @ 1 at=1 seq=5"],
    ["the id of an open lot at a later time", "duplicate-id", "b1 buy 9 @ 9 at=7"],
    ["the id of an open lot for a sell", "duplicate-id", "b1 sell 1 @ 2 at=7"],
    ["the id of an open lot of another symbol", "duplicate-id", "x1 buy 1 @ 1 at=7"],
    ["an earlier instant", "out-of-order", "n1 buy 1 @ 1 at=2 seq=9"],
    ["an earlier sequence of the same instant", "out-of-order", "n1 sell 1 @ 1 at=3 seq=4"],
    ["no sequence where the last had one", "out-of-order", "n1 sell 1 @ 1 at=3"],
    ["a buy of the same instant and sequence", "out-of-order", "n1 buy 1 @ 1 at=3 seq=5"],
    ["a smaller id of the same instant, sequence and side", "out-of-order", "r9 sell 1 @ 1 at=3 seq=5"],
    ["a trade that is not valid", "invalid-quantity", "n1 sell 0 @ 1 at=4"],
    ["a fee that needs a value", "fee-needs-quote-value", "n1 buy 1 @ 1 at=4 fee=1 feeCurrency=BNB"],
    ["a first trade of a symbol that is not valid", "invalid-price", "n1 buy 1 @ -1 at=4 symbol=NEW-USD"],
  ];
  test.each(late)("%s gives %s", (_, code, text) => {
    const allocator = createAllocator();
    pushAll(allocator, taken);
    const before = JSON.stringify([allocator.snapshot(), allocator.totals(), allocator.openLots()]);
    for (const trade of book(text)) expect(refusalOf(() => allocator.push(trade))).toBe(code);
    expect(JSON.stringify([allocator.snapshot(), allocator.totals(), allocator.openLots()])).toBe(before);
    expect(pushAll(allocator, book("s2 sell 1 @ 2 at=3 seq=5")).map(rowText)).toEqual(["s2 takes 1 of b1: cost 1, net 2, pnl 1"]);
  });

  test("the refusal of a late trade says which trade it belongs before", () => {
    const allocator = createAllocator();
    pushAll(allocator, taken);
    expect(() => pushAll(allocator, book("n1 buy 1 @ 1 at=2"))).toThrow(
      /^Trade "n1" of 2025-03-01T10:02:00\.000000Z belongs before "s1" of 2025-03-01T10:03:00\.000000Z/,
    );
  });
});

describe("ids of what is open", () => {
  test("are refused after a resume, too, and those of closed trades are free again", () => {
    const allocator = createAllocator({ shorts: "open" });
    pushAll(allocator, book("b1 buy 1 @ 1\n s1 sell 3 @ 2"));
    const resumed = createAllocator(undefined, stored(allocator.snapshot()));
    for (const one of [allocator, resumed]) {
      expect(refusalOf(() => pushAll(one, book("s1 buy 1 @ 1 at=5")))).toBe("duplicate-id");
      expect(pushAll(one, book("b1 buy 1 @ 1 at=5")).map(rowText)).toEqual(["s1 takes 1 of b1: cost 1, net 2, pnl 1"]);
    }
  });

  test("are found among thousands that were closed since", () => {
    const allocator = createAllocator();
    const churn = Array.from({ length: 3000 }, (_, i) => `t${i} ${i % 2 === 0 ? "buy" : "sell"} 1 @ 1`).join("\n");
    pushAll(allocator, book(`open buy 1 @ 1 at=-1\n${churn}`));
    expect(allocator.openLots().map(lotText)).toEqual(["t2998 1: cost 1"]);
    expect(refusalOf(() => pushAll(allocator, book("t2998 buy 1 @ 1 at=4000")))).toBe("duplicate-id");
    expect(pushAll(allocator, book("open buy 1 @ 1 at=4000\nt1 buy 1 @ 1 at=4001"))).toEqual([]);
  });
});

describe("a snapshot", () => {
  const options: FifoOptions = { scope: "account", dust: { "A-B": "0.1", "BTC-USD": "0.2" }, fees: "excluded" };
  const trades = book("b1 buy 3 @ 1 fee=1 gross=3.01\n s1 sell 1 @ 2 account=x\n s2 sell 1.00 @ 0.50\n x1 buy 1 @ 1 symbol=A-B seq=7");
  const snapshot = (): AllocatorSnapshot => {
    const allocator = createAllocator(options);
    pushAll(allocator, trades);
    return stored(allocator.snapshot());
  };

  test("holds open lots and sums only, in canonical text", () => {
    const [, btc] = snapshot().symbols;
    expect(btc).toEqual({
      symbol: "BTC-USD",
      last: { executedAt: "2025-03-01T10:02:00.000000Z", sequence: null, kind: "sell", id: "s2" },
      counts: { buys: 1, sells: 2, matched: 1, unmatched: 1, dust: 0, fee: 0 },
      sums: { realizedPnl: "-0.503333333333333333", unmatchedQuantity: "1", unmatchedProceeds: "2" },
      lots: [
        {
          id: "b1",
          side: "long",
          account: "",
          executedAt: "2025-03-01T10:00:00.000000Z",
          sequence: null,
          parts: 0,
          size: "3",
          used: "1",
          price: "1",
          gross: "3.01",
          fee: null,
        },
      ],
    });
  });

  test("does not grow with the history", () => {
    const allocator = createAllocator();
    const churn = Array.from({ length: 300 }, (_, i) => `t${i} ${i % 2 === 0 ? "buy" : "sell"} 1 @ 1`).join("\n");
    pushAll(allocator, book(churn));
    expect(allocator.snapshot().symbols[0]?.lots).toEqual([]);
    expect(JSON.stringify(allocator.snapshot()).length).toBeLessThan(700);
  });

  test("that was taken, resumed and taken again is the same", () => {
    expect(createAllocator(undefined, snapshot()).snapshot()).toEqual(snapshot());
    expect(createAllocator(options, snapshot()).rules).toEqual(createAllocator(options).rules);
  });

  test("of nothing resumes as nothing", () => {
    const empty = createAllocator(undefined, stored(createAllocator().snapshot()));
    expect([empty.totals().trades, empty.openLots()]).toEqual([0, []]);
  });

  test("goes on where it stopped: the trade before is refused", () => {
    for (const trade of trades.slice(2)) expect(refusalOf(() => createAllocator(undefined, snapshot()).push(trade))).toBe("duplicate-id");
    expect(refusalOf(() => pushAll(createAllocator(undefined, snapshot()), book("n1 buy 1 @ 1 at=0")))).toBe("out-of-order");
  });

  test("under other rules is refused", () => {
    for (const other of [{}, { ...options, scope: "symbol" }, { ...options, dust: "0.1" }, { ...options, fees: "included" }] as const)
      expect(refusalOf(() => createAllocator(other, snapshot()))).toBe("invalid-snapshot");
  });

  const tampered: readonly (readonly [string, (draft: AllocatorSnapshot) => unknown])[] = [
    ["a lot with more left", (draft) => Object.assign(draft.symbols[1]?.lots[0] ?? {}, { used: "0" })],
    ["a lot with another cost", (draft) => Object.assign(draft.symbols[1]?.lots[0] ?? {}, { gross: null })],
    ["a lot less", (draft) => Object.assign(draft.symbols[0] ?? {}, { lots: [] })],
    ["a symbol less", (draft) => Object.assign(draft, { symbols: draft.symbols.slice(1) })],
    ["another profit", (draft) => Object.assign(draft.symbols[1]?.sums ?? {}, { realizedPnl: "0" })],
    ["another last trade", (draft) => Object.assign(draft.symbols[1]?.last ?? {}, { id: "s0" })],
    ["another rule", (draft) => Object.assign(draft.rules, { fees: "included" })],
    ["another digest", (draft) => Object.assign(draft, { digest: "0".repeat(64) })],
    ["no digest", (draft) => Object.assign(draft, { digest: undefined })],
    ["another format", (draft) => Object.assign(draft, { format: "td-fifo-snapshot/2" })],
    ["no symbols", (draft) => Object.assign(draft, { symbols: undefined })],
  ];
  test.each(tampered)("that was tampered with is refused: %s", (_, change) => {
    const draft = snapshot();
    change(draft);
    expect(refusalOf(() => createAllocator(undefined, draft))).toBe("invalid-snapshot");
  });

  test.each([null, 5, "{}", [], {}])("that is none is refused: %j", (value) => {
    expect(refusalOf(() => createAllocator(undefined, value as unknown as AllocatorSnapshot))).toBe("invalid-snapshot");
  });
});

describe("for every book, option and set of stops", () => {
  const stops = fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 6 });
  test.prop([anyBook(), anyOptions, stops], depth(200, 3000))(
    "pushing in batches with a snapshot between them gives the bytes of one run",
    (trades, options, at) => {
      const whole = allocate(trades, options);
      let allocator = createAllocator(options);
      const rows = sortTrades(trades).flatMap((trade, i) => {
        if (at.includes(i)) allocator = createAllocator(undefined, stored(allocator.snapshot()));
        return allocator.push(trade).map((row) => row.toJSON());
      });
      const inOrder = rows.toSorted((a, b) => (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
      expect(JSON.stringify([inOrder, allocator.openLots(), allocator.totals()])).toBe(
        JSON.stringify([whole.allocations, whole.openLots, whole.totals]),
      );
      for (const [symbol, totals] of whole.symbols) expect(JSON.stringify(allocator.totals(symbol))).toBe(JSON.stringify(totals));
    },
  );
});

test("a snapshot whose keys were reordered, as PostgreSQL's jsonb does, is the same snapshot", () => {
  const allocator = createAllocator({ dust: { "B-USD": "1", "A-USD": "2" } });
  for (const trade of book("b1 buy 2 @ 3\ns1 sell 1 @ 4")) allocator.push(trade);
  const reversed = JSON.parse(JSON.stringify(allocator.snapshot()), (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).reverse()) : part,
  ) as AllocatorSnapshot;
  expect(Object.keys(reversed)[0]).toBe("digest");
  expect(createAllocator(undefined, reversed).snapshot()).toEqual(allocator.snapshot());
});

const NO_FEE: TradeInput = { id: "b1", symbol: "BTC-USD", side: "buy", quantity: "2", price: "3", executedAt: minuteAt(0) };
const SPLIT: LedgerInput = { type: "split", id: "x1", symbol: "BTC-USD", ratio: "2:1", executedAt: minuteAt(1) };
const MOVE: LedgerInput = { type: "transfer", id: "x2", symbol: "BTC-USD", from: "", to: "x", quantity: "1", executedAt: minuteAt(1) };

test.each<readonly [string, FifoOptions, readonly LedgerInput[]]>([
  ["a money scale", { money: { scale: 2, rounding: "half-up" } }, [NO_FEE]],
  ["a money scale that rounds the fee away", { money: { scale: 2, rounding: "half-up" } }, [{ ...NO_FEE, fee: "0.001" }]],
  ["fees left out", { fees: "excluded" }, [{ ...NO_FEE, fee: "1" }]],
  ["a split", {}, [NO_FEE, SPLIT]],
  ["a transfer", { scope: "account" }, [NO_FEE, MOVE]],
])("no fee is null in a snapshot, and resuming changes no byte of it: with %s", (_, options, entries) => {
  const allocator = createAllocator(options);
  for (const entry of entries) allocator.push(entry);
  const snapshot = stored(allocator.snapshot());
  expect(snapshot.symbols.flatMap(({ lots }) => lots.map((lot) => lot.fee))).toEqual(
    snapshot.symbols.flatMap(({ lots }) => lots.map(() => null)),
  );
  expect(createAllocator(undefined, snapshot).snapshot()).toEqual(snapshot);
});

test("what amounts() gives is the caller's: writing to it changes nothing", () => {
  const result = allocate(book("b1 buy 2 @ 3 fee=0.1\ns1 sell 1 @ 4"));
  const [row, lot] = [result.allocations[0], result.openLots[0]];
  Object.assign(row?.amounts() ?? {}, { pnl: null });
  Object.assign(lot?.amounts() ?? {}, { cost: null });
  expect([row?.amounts().pnl, row?.text("pnl"), lot?.text("cost")]).toEqual([expect.anything(), "0.95", "3.05"]);
});

test("totals with a caller's fields beside them keep those in JSON", () => {
  const { totals } = allocate(book("b1 buy 2 @ 3"));
  expect(JSON.parse(JSON.stringify({ ...totals, label: "x" }))).toEqual({ ...totals.toJSON(), label: "x" });
});
