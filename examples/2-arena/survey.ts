// A first look at an arena: its bots, whose they are, and how much each has. Reads only, with what is in the write-ahead log.
import Database from "better-sqlite3";
import { statSync } from "node:fs";
import { InputError } from "@td/example-shared/failure";
import type { ListName } from "./facts.ts";
import { readUpdatedAt, type UpdatedAtForm } from "./times.ts";

/** How the owner of a bot was found: in the blob, in the table `bots` beside it, or nowhere. */
export type OwnerFrom = "blob" | "bots table" | "nobody";

/** A bot of the blob. */
export interface SurveyedBot {
  readonly id: string;
  readonly name: string;
  /** The path to it for stores (`bots[id=bot_a]`). */
  readonly path: string;
  /** The path to it for imports and slimming (`bots[0]`). */
  readonly place: string;
  /** The path to it for SQLite's JSON functions (`$.bots[0]`). */
  readonly sqlPath: string;
  readonly userId: string;
  readonly ownerFrom: OwnerFrom;
  readonly mode: "paper" | "broker";
  readonly paused: boolean;
  /** Entries in each list; `null` when the list is absent. */
  readonly lists: Readonly<Record<ListName, number | null>>;
}

/** What is known of an arena before anything is moved. */
export interface Survey {
  /** Bytes of the blob. */
  readonly bytes: number;
  /** Bytes in the write-ahead log beside the file: what a copy of the file alone would lack. */
  readonly walBytes: number;
  readonly updatedAt: { readonly at: string; readonly form: UpdatedAtForm } | null;
  readonly bots: readonly SurveyedBot[];
}

/** The user of bots that nobody owns, until `storage.system` gives them to somebody. */
export const UNCLAIMED = "arena-unclaimed";

/** Looks at an arena. Throws an {@link InputError} for a file that is none. */
export function survey(path: string): Survey {
  const walBytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const database = new Database(path, { readonly: true, fileMustExist: true });
  try {
    const row = stateOf(database, path);
    return {
      bytes: Buffer.byteLength(row.state),
      walBytes,
      updatedAt: readUpdatedAt(row.updated_at),
      bots: botsOf(database, path, row.state),
    };
  } finally {
    database.close();
  }
}

interface StateRow {
  readonly state: string;
  readonly updated_at: unknown;
}

function stateOf(database: Database.Database, path: string): StateRow {
  try {
    const row = database.prepare<[], StateRow>("select cast(state as text) as state, updated_at from arena_state where id = 1").get();
    if (row !== undefined) return row;
  } catch (error) {
    throw new InputError(
      "not-an-arena",
      `${path} has no table arena_state with the columns id, state and updated_at: it is not an arena.`,
      error,
    );
  }
  throw new InputError("no-state", `${path}: arena_state has no row 1. A server that saves right now may have taken it out: try again.`);
}

type RawBot = Readonly<Record<string, unknown>>;

function botsOf(database: Database.Database, path: string, state: string): readonly SurveyedBot[] {
  const parsed = parse(path, state) as { readonly bots?: unknown } | null;
  const bots = parsed?.bots;
  if (typeof bots !== "object" || bots === null) throw new InputError("not-an-arena", `${path}: the state has no bots.`);
  const owners = ownersIn(database);
  // Some versions kept the bots in an object, by id.
  return Object.entries(bots as Readonly<Record<string, RawBot>>).map(([at, bot]) => {
    const id = text(bot["id"]) ?? at;
    const paths = Array.isArray(bots)
      ? { path: `bots[id=${id}]`, place: `bots[${at}]`, sqlPath: `$.bots[${at}]` }
      : { path: `bots.${at}`, place: `bots[${JSON.stringify(at)}]`, sqlPath: `$.bots.${JSON.stringify(at)}` };
    return { id, ...paths, ...surveyed(bot, owners.get(id)) };
  });
}

function surveyed(bot: RawBot, owner: string | undefined): Omit<SurveyedBot, "id" | "path" | "place" | "sqlPath"> {
  const inBlob = text(bot["userId"]) ?? text(bot["user_id"]);
  const portfolio = bot["portfolio"] as RawBot | undefined;
  return {
    name: text(bot["name"]) ?? "",
    userId: inBlob ?? owner ?? UNCLAIMED,
    ownerFrom: inBlob === undefined ? (owner === undefined ? "nobody" : "bots table") : "blob",
    mode: bot["tradingMode"] === "real" ? "broker" : "paper",
    paused: bot["isPaused"] === true || bot["isPaused"] === 1,
    lists: { botLogs: lengthOf(bot["botLogs"]), orders: lengthOf(bot["orders"]), positions: lengthOf(portfolio?.["positions"]) },
  };
}

function lengthOf(list: unknown): number | null {
  return Array.isArray(list) ? list.length : null;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function parse(path: string, state: string): unknown {
  try {
    return JSON.parse(state) as unknown;
  } catch (error) {
    throw new InputError("not-json", `${path}: the state is not JSON.`, error);
  }
}

/** Owners by bot in the table `bots`, where there is one. */
function ownersIn(database: Database.Database): ReadonlyMap<string, string> {
  const there = database
    .prepare<[], number>("select count(*) from pragma_table_info('bots') where name in ('id', 'user_id')")
    .pluck()
    .get();
  if (there !== 2) return new Map();
  return new Map(database.prepare<[], [string, string]>("select id, user_id from bots where user_id is not null").raw().all());
}

/** The bots by user, in the order of the users. */
export function byUser(bots: readonly SurveyedBot[]): ReadonlyMap<string, readonly SurveyedBot[]> {
  const groups = new Map<string, SurveyedBot[]>();
  for (const bot of bots.toSorted((a, b) => (a.userId < b.userId ? -1 : 1)))
    groups.set(bot.userId, [...(groups.get(bot.userId) ?? []), bot]);
  return groups;
}
