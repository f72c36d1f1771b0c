// Whatever a pending order is, the file and the table give back the same order.
import { fc, test } from "@fast-check/vitest";
import { writeInstant } from "@td/fifo/values";
import { repositoryStore } from "@td/migrate";
import { openStorage, orders } from "@td/storage";
import { expect } from "vitest";
import { pendingOf, pendingOfRow, type PendingOrder, pendingRecord, pendingRow, pendingToRecord } from "../pending-order.ts";

const digits = fc.bigInt({ min: 1n, max: 10n ** 12n });
const price = digits.map((paise) => `${paise / 100n}.${String(paise % 100n || 1n).padStart(2, "0")}`.replace(/0$/, ""));
const instant = fc
  .integer({ min: 1_577_836_800, max: 1_893_456_000 })
  .chain((second) => fc.integer({ min: 0, max: 999_999 }).map((micros) => writeInstant(second * 1_000_000 + micros)));
const word = fc.constantFrom(
  ...([
    ["pending", "PENDING"],
    ["pending", "TRIGGER_PENDING"],
    ["ongoing", "PARTIALLY_FILLED"],
    ["closed", "EXECUTED"],
    ["failed", "REJECTED"],
    ["cancelled", "CANCELLED"],
  ] as const),
);

const order: fc.Arbitrary<PendingOrder> = fc
  .record({
    orderId: fc.stringMatching(/^[A-Z0-9-]{1,20}$/),
    symbol: fc.constantFrom("AAA", "BAJAJ-AUTO", "M&M"),
    side: fc.constantFrom("buy", "sell"),
    quantity: digits.map(String),
    price: fc.option(price),
    variety: fc.constantFrom("amo", "regular", null),
    word,
    placedAt: instant,
    lastCheckedAt: fc.option(instant),
    executedQuantity: fc.bigInt({ min: 0n, max: 10n ** 9n }).map(String),
    executionPrice: fc.option(price),
    reason: fc.option(fc.string({ minLength: 1 }).filter((text) => !text.includes("\0"))),
    others: fc.option(fc.record({ check_count: digits.map(String) })),
    hasSuffix: fc.boolean(),
  })
  .map(({ word: [status, statusWord], hasSuffix, others, ...rest }) => {
    const orderType = rest.price === null ? "market" : "limit";
    const placed = hasSuffix ? { placed_symbol: `${rest.symbol}-EQ` } : null;
    return { ...rest, orderType, status, statusWord, others: placed === null && others === null ? null : { ...placed, ...others } };
  });

test.prop([order])("a pending order is the same after the file", (given) => {
  expect(pendingOf(pendingRecord.parse(pendingToRecord(given)))).toEqual(given);
});

test.prop([fc.uniqueArray(order, { selector: ({ orderId }) => orderId, maxLength: 50 })], { numRuns: 20 })(
  "pending orders are the same after the table",
  async (given) => {
    const storage = await openStorage("sqlite::memory:");
    const store = repositoryStore(storage.forUser("u"), orders, { toRow: pendingRow, fromRow: pendingOfRow });
    await store.put(given.map((value) => ({ key: value.orderId, value })));
    for (const value of given) expect(await store.get(value.orderId)).toEqual(value);
    await storage.close();
  },
);
