// The read side for a front end that nobody has changed: the state in its old shape, whoever holds the lists.
import Database from "better-sqlite3";
import type { RecordStore } from "@td/migrate";
import { createHash } from "node:crypto";
import type { DecisionFact, Fact, More, PositionFact, TradeFact } from "./facts.ts";
import { logOf } from "./logs.ts";
import { openPositionOf, POSITION_NUMBERS } from "./open-positions.ts";
import { orderOf, ORDER_NUMBERS } from "./orders.ts";
import { parseKeepingDigits, rawNumber } from "./raw-number.ts";
import type { SurveyedBot } from "./survey.ts";

/** Entries of `botLogs` that the front end ever saw. */
const LOGS = 50;

/** A bot's lists. */
interface Lists {
  readonly orders: readonly More[];
  readonly botLogs: readonly More[];
  readonly positions: readonly More[];
}

/** The JSON that the old server answered with: the blob without its lists, and the lists as the store has them, each entry once and the newest first. */
export async function frontEndState(
  path: string,
  sides: readonly { readonly store: RecordStore<Fact>; readonly bots: readonly SurveyedBot[] }[],
): Promise<string> {
  const lists = new Map<string, Lists>();
  for (const { store, bots } of sides) for (const { id } of bots) lists.set(id, await listsOf(store, id));
  const state = readState(path) as { readonly bots: Readonly<Record<string, More>> };
  const withLists = Object.entries(state.bots).map(([at, bot]) => {
    const { orders, botLogs, positions } = lists.get(typeof bot["id"] === "string" ? bot["id"] : at) ?? {
      orders: [],
      botLogs: [],
      positions: [],
    };
    return [at, { ...bot, portfolio: { ...(bot["portfolio"] as More), positions }, orders, botLogs }] as const;
  });
  const bots = Array.isArray(state.bots) ? withLists.map(([, bot]) => bot) : Object.fromEntries(withLists);
  return JSON.stringify(sortedKeys({ ...state, bots }));
}

/** SHA-256 of such a state: two phases show the same when it is the same. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function readState(path: string): unknown {
  const database = new Database(path, { readonly: true });
  try {
    return parseKeepingDigits(
      database.prepare<[], string>("select cast(state as text) from arena_state where id = 1").pluck().get() ?? "{}",
    );
  } finally {
    database.close();
  }
}

async function listsOf(store: RecordStore<Fact>, botId: string): Promise<Lists> {
  const facts: Fact[] = [];
  for await (const page of store.scan({ after: `${botId}/`, through: `${botId}/\u{10ffff}` }))
    facts.push(...page.map(({ value }) => value));
  const trades = facts.filter((fact): fact is TradeFact => fact.kind === "trade");
  const decisions = facts.filter((fact): fact is DecisionFact => fact.kind === "decision");
  const positions = facts.filter((fact): fact is PositionFact => fact.kind === "position");
  return {
    orders: trades.toSorted((a, b) => later(a.executedAt, b.executedAt) || later(a.id, b.id)).map(orderEntry),
    botLogs: decisions
      .toSorted((a, b) => later(a.at, b.at))
      .slice(0, LOGS)
      .map(logOf),
    positions: positions.toSorted((a, b) => later(b.id, a.id)).map((fact) => numbered(openPositionOf(fact), POSITION_NUMBERS)),
  };
}

/** Which position an order belongs to is td's own knowledge: the front end has never seen it. */
function orderEntry(fact: TradeFact): More {
  return numbered(orderOf({ ...fact, positionId: null }), ORDER_NUMBERS);
}

function numbered(entry: More, names: readonly string[]): More {
  return Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, names.includes(name) ? rawNumber(value) : value]));
}

function later(a: string, b: string): number {
  return a < b ? 1 : a > b ? -1 : 0;
}

/** The order of keys is nobody's promise. */
function sortedKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || JSON_RAW(value)) return value;
  if (Array.isArray(value)) return value.map(sortedKeys);
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sortedKeys(item)]),
  );
}

const JSON_RAW = (JSON as unknown as { readonly isRawJSON: (value: object) => boolean }).isRawJSON;
