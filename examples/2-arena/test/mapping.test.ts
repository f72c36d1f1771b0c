import { expect, test } from "vitest";
import type { PositionFact, TradeFact } from "../facts.ts";
import { decisionOf, logOf, logSchema } from "../logs.ts";
import { openPositionOf, positionKey, positionOf, positionSchema } from "../open-positions.ts";
import { orderKey, orderOf, orderSchema, tradeOf } from "../orders.ts";
import { pairTrades } from "../pairs.ts";
import { rangeWithin } from "../routed-store.ts";
import { readUpdatedAt } from "../times.ts";

const ORDER = {
  id: "order_1762400000000_zz9",
  symbol: "BTCUSDT",
  type: "LONG",
  size: "500",
  leverage: "3",
  pnl: "-15",
  fee: "15",
  timestamp: "1762400000000",
  entryPrice: "100000.1",
  exitPrice: "0",
};
const trade = (change: object = {}): TradeFact => tradeOf(orderSchema.parse({ ...ORDER, ...change }));

test("an exit price of 0, null or none is an entry; any other is an exit", () => {
  for (const exitPrice of ["0", "0.0", null, undefined])
    expect(trade({ exitPrice })).toMatchObject({ action: "OPEN", exitPrice: null, tradeType: "LONG", mode: "paper" });
  expect(trade({ exitPrice: "99000.50" })).toMatchObject({ action: "CLOSE", exitPrice: "99000.5" });
});

test("at an exchange both prices are the fill's, and only a booked profit is an exit, of the other side than its label", () => {
  const fill = { id: "501", exitPrice: "100000.1", leverage: "1" };
  expect(trade({ ...fill, pnl: "0" })).toMatchObject({ action: "OPEN", tradeType: "LONG", exitPrice: null, mode: "broker" });
  expect(trade({ ...fill, type: "SHORT", pnl: "3.5" })).toMatchObject({ action: "CLOSE", tradeType: "LONG", exitPrice: "100000.1" });
  expect(orderKey("bot_d", { ...ORDER, ...fill })).toBe("bot_d/BTCUSDT/501");
});

test("the older shape says entry or exit itself and has one price", () => {
  const { type: _type, entryPrice: _entry, exitPrice: _exit, fee: _fee, ...older } = ORDER;
  const shape = { ...older, action: "SHORT", price: "5" };
  const read = (side: string): TradeFact => tradeOf(orderSchema.parse({ ...shape, side }));
  expect(read("entry")).toMatchObject({ action: "OPEN", tradeType: "SHORT", entryPrice: "5", exitPrice: null, fee: "0" });
  expect(read("exit")).toMatchObject({ action: "CLOSE", exitPrice: "5" });
});

test.each([
  ["size", null, "not-a-number"],
  ["id", "", "missing-id"],
  ["timestamp", "2025", "not-a-time"],
  ["type", "BUY", "unknown-side"],
  ["entryPrice", undefined, "missing-value"],
])("an order whose %s is %s is not taken", (field, value, reason) => {
  const read = orderSchema.safeParse({ ...ORDER, [field]: value });
  expect(read.error?.issues.map(({ path, message }) => `${path.join(".")} ${message}`)).toEqual([expect.stringContaining(field)]);
  expect(JSON.stringify(read.error?.issues)).toContain(reason === "not-a-number" ? "missing-value" : reason);
});

test("an order comes back as it was, whatever else it holds", () => {
  for (const change of [{}, { exitPrice: "99000.5" }, { id: "501", type: "SHORT", pnl: "3.5", exitPrice: "100000.1" }, { note: "kept" }])
    expect(orderOf(trade(change))).toEqual({ ...ORDER, ...change });
});

test("a failure of the model is found in the notes, and numbers of a decision come back as numbers", () => {
  const log = {
    timestamp: "1762400000001",
    decisions: [{ action: "LONG", size: "250.5", parameters: { lookback: "50" }, reasoning: "5" }],
    prompt: "p",
  };
  expect(decisionOf(logSchema.parse(log))).toMatchObject({ succeeded: true, notes: null, at: "2025-11-06T03:33:20.001000Z" });
  const failed = decisionOf(logSchema.parse({ ...log, notes: ["slow", "⚠️ API ERROR: 503"] }));
  expect(failed).toMatchObject({ succeeded: false, error: "503" });
  expect(JSON.stringify(logOf(failed))).toBe(
    '{"timestamp":1762400000001,"decisions":[{"action":"LONG","size":250.5,"parameters":{"lookback":50},"reasoning":"5"}],"prompt":"p","notes":["slow","⚠️ API ERROR: 503"]}',
  );
});

const POSITION = {
  id: "pos_1762400000000_ab1",
  symbol: "BTCUSDT",
  type: "LONG",
  entryPrice: "100000.1",
  size: "500",
  leverage: "3",
  liquidationPrice: "0",
};
const position = (change: object = {}): PositionFact => positionOf(positionSchema.parse({ ...POSITION, ...change }));

test("a position was opened when its id says, except at an exchange, whose ids say when it was looked at", () => {
  expect(position()).toMatchObject({ openedAt: "2025-11-06T03:33:20.000000Z", liquidationPrice: "0", stopLoss: null });
  const real = { ...POSITION, id: "BTCUSDT_1762400000000" };
  expect(positionOf(positionSchema.parse(real))).toMatchObject({ openedAt: null, mode: "broker" });
  expect([positionKey("b", POSITION), positionKey("b", real)]).toEqual(["pos_1762400000000_ab1", "b/BTCUSDT/LONG"]);
  expect(openPositionOf(position({ pnl: "1.5" }))).toEqual({ ...POSITION, pnl: "1.5" });
});

test("an open position takes its own entry; an exit takes the oldest entry that is left; what lacks the other stays alone", () => {
  const at = (id: string, minute: number, exitPrice = "0", more: object = {}): TradeFact =>
    trade({ id, timestamp: String(1_762_400_000_000 + minute * 60_000), exitPrice, ...more });
  const entries = [at("a", 0), at("b", 1), at("c", 2)];
  const exits = [at("x", 3, "9"), at("y", 4, "9"), at("lone", 5, "9", { size: "7" })];
  const found = pairTrades([...exits, ...entries], [position()]);
  expect(found.closed.map(({ id, close }) => [id, close.id])).toEqual([
    ["pos_of_b", "x"],
    ["pos_of_c", "y"],
  ]);
  expect(Object.fromEntries(found.links)).toEqual({ a: POSITION.id, b: "pos_of_b", x: "pos_of_b", c: "pos_of_c", y: "pos_of_c" });
  expect([found.loneCloses.map(({ id }) => id), found.loneOpens]).toEqual([["lone"], []]);
  const later = pairTrades([at("z", 6, "9", { positionId: POSITION.id }), at("a", 0)], []);
  expect(Object.fromEntries(later.links)).toEqual({ a: POSITION.id, z: POSITION.id });
  expect(later.closed).toMatchObject([{ id: POSITION.id, open: { id: "a" }, close: { id: "z" } }]);
});

test("updated_at is read as each of its three writers wrote it", () => {
  const at = "2025-12-16T03:33:20.000000Z";
  expect(readUpdatedAt(1765856000000)).toEqual({ at, form: "milliseconds" });
  expect(readUpdatedAt("2025-12-16T03:33:20.000Z")).toEqual({ at, form: "ISO text" });
  expect(readUpdatedAt("2025-12-16 03:33:20")).toEqual({ at, form: "SQL text, UTC" });
  expect([readUpdatedAt("yesterday"), readUpdatedAt(null)]).toEqual([null, null]);
});

test("a range of all keys becomes one of a route's own", () => {
  expect(rangeWithin("b/", {})).toEqual({});
  expect(rangeWithin("b/", { after: "a/z", through: "c" })).toEqual({});
  expect(rangeWithin("b/", { after: "b/5", through: "b/7" })).toEqual({ after: "5", through: "7" });
  expect([rangeWithin("b/", { after: "b0" }), rangeWithin("b/", { through: "a" })]).toEqual([undefined, undefined]);
});
