// Types only, checked by tsc: what the declared tables' rows are, and what must not compile.
import type { Decimal } from "decimal.js";
import { expectTypeOf } from "vitest";
import { c, defineTable } from "../src/index.ts";
import type { ChangesOf, InputOf, KeyOf, OrderOf, RowOf, WhereOf } from "../src/index.ts";

const samples = defineTable(
  "samples",
  {
    userId: c.text(),
    id: c.text(),
    side: c.oneOf("buy", "sell"),
    price: c.decimal(20, 8),
    stop: c.decimal(20, 8).nullable(),
    at: c.instant(),
    count: c.int().default(0),
    live: c.bool(),
    extra: c.json<{ readonly tag: string }>(),
    seq: c.sequence(),
  },
  { primaryKey: ["userId", "id"], indexes: { by_time: ["userId", "at", "id"] } },
);

interface Expected {
  readonly userId: string;
  readonly id: string;
  readonly side: "buy" | "sell";
  readonly price: Decimal;
  readonly stop: Decimal | null;
  readonly at: string;
  readonly count: number;
  readonly live: boolean;
  readonly extra: { readonly tag: string };
  readonly seq: number;
}

expectTypeOf<RowOf<typeof samples>>().toEqualTypeOf<Expected>();
expectTypeOf<Readonly<typeof samples.sqlite.$inferSelect>>().toEqualTypeOf<Expected>();
expectTypeOf<Readonly<typeof samples.postgres.$inferSelect>>().toEqualTypeOf<Expected>();
expectTypeOf<KeyOf<typeof samples>>().toEqualTypeOf<{ readonly id: string }>();
expectTypeOf<OrderOf<typeof samples>>().toEqualTypeOf<"primaryKey" | "by_time">();
expectTypeOf<InputOf<typeof samples>>().toEqualTypeOf<{
  readonly id: string;
  readonly side: "buy" | "sell";
  readonly price: Decimal | string;
  readonly at: string | Date;
  readonly live: boolean;
  readonly extra: { readonly tag: string };
  readonly stop?: Decimal | string | null;
  readonly count?: number;
}>();

export const where: WhereOf<typeof samples> = { side: "buy", price: { gt: "1.5", lte: "2" }, id: { in: ["a", "b"] }, stop: null };
export const changes: ChangesOf<typeof samples> = { price: "2", stop: null };

// @ts-expect-error undefined is not a filter
export const undefinedFilter: WhereOf<typeof samples> = { side: undefined };
// @ts-expect-error a JavaScript number is not money
export const numberFilter: WhereOf<typeof samples> = { price: 1.5 };
// @ts-expect-error the user comes from the scope
export const userFilter: WhereOf<typeof samples> = { userId: "u" };
// @ts-expect-error the key does not change
export const keyChange: ChangesOf<typeof samples> = { id: "b" };
// @ts-expect-error td fills the sequence
export const sequenceChange: ChangesOf<typeof samples> = { seq: 1 };
// @ts-expect-error not one of the values
export const wrongSide: WhereOf<typeof samples> = { side: "hold" };
