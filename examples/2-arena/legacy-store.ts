// The lists of a user's bots in the blob as one store.
import { jsonColumnStore, type RecordStore } from "@td/migrate";
import type { z } from "zod";
import type { Fact, ListName, More } from "./facts.ts";
import { logKey, logOf, logSchema, decisionOf } from "./logs.ts";
import { openPositionOf, positionKey, positionOf, positionSchema, POSITION_NUMBERS } from "./open-positions.ts";
import { orderKey, orderOf, orderSchema, ORDER_NUMBERS, tradeOf } from "./orders.ts";
import { readable, routedStore } from "./routed-store.ts";
import type { SurveyedBot } from "./survey.ts";

/** Where the blob is, and what a change writes beside it. */
export interface BlobFile {
  /** The SQLite file. */
  readonly path: string;
  /** The clock for `updated_at`, which a change writes in milliseconds as the server does. */
  readonly now: () => Date;
}

/** The lists of these bots. Keys are `bot/list/key`, values facts; entries that make no sense are left out, and left alone. */
export function legacyStore(file: BlobFile, bots: readonly Pick<SurveyedBot, "id" | "path">[]): RecordStore<Fact> {
  const routes = bots.flatMap((bot) => [
    { prefix: `${bot.id}/botLogs/`, store: list(file, bot.path, "botLogs", { schema: logSchema, fact: decisionOf, key: logKey }) },
    {
      prefix: `${bot.id}/orders/`,
      store: list(file, bot.path, "orders", { schema: orderSchema, fact: tradeOf, key: (record) => orderKey(bot.id, record) }),
    },
    {
      prefix: `${bot.id}/positions/`,
      store: list(file, bot.path, "positions", { schema: positionSchema, fact: positionOf, key: (record) => positionKey(bot.id, record) }),
    },
  ]);
  return routedStore("arena_state", routes);
}

interface Reading<Schema extends z.ZodType> {
  readonly schema: Schema;
  readonly fact: (record: z.output<Schema>) => Fact;
  readonly key: (record: More) => string;
}

/** Newest first: a new entry goes in front. Of an entry that is there twice the first counts, as in the import. */
function list<Schema extends z.ZodType>(
  { path, now }: BlobFile,
  botPath: string,
  name: ListName,
  { schema, fact, key }: Reading<Schema>,
): RecordStore<Fact> {
  return readable(
    jsonColumnStore<Fact | null>({
      file: path,
      table: "arena_state",
      column: "state",
      where: { id: 1 },
      key,
      duplicates: "first",
      insert: "first",
      at: `${botPath}.${PLACE[name]}`,
      numbers: name === "orders" ? ORDER_NUMBERS : name === "positions" ? POSITION_NUMBERS : [],
      read: (record) => {
        const read = schema.safeParse(record);
        return read.success ? fact(read.data) : null;
      },
      write: (value) => (value === null ? {} : entryOf(value)),
      set: () => ({ updated_at: now().getTime() }),
    }),
  );
}

/** Where a list is in its bot. */
export const PLACE = { botLogs: "botLogs", orders: "orders", positions: "portfolio.positions" } as const satisfies Record<ListName, string>;

/** The entry of a fact in its list. */
function entryOf(fact: Fact): More {
  switch (fact.kind) {
    case "trade":
      return orderOf(fact);
    case "decision":
      return logOf(fact);
    case "position":
      return openPositionOf(fact);
  }
}
