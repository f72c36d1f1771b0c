// A made arena: the file that an old server leaves behind, with everything that goes wrong in such files, and what is really in it.
import Database from "better-sqlite3";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FIRST, MARKETS, paperBot, realBot, type Amount } from "./legacy-bot.ts";
import { cutOff, fresh, olderShape, refilled, undamaged, type DamagedBot } from "./legacy-damage.ts";
import { botTruth, type ArenaTruth } from "./legacy-truth.ts";
import { random } from "./random.ts";
import type { UpdatedAtForm } from "./times.ts";

/** Which arena to make. */
export interface ArenaOptions {
  readonly seed: number;
  /** How large, 0.05 to 1: 1 is a blob of 2.7 MB. */
  readonly scale: number;
  /** Which part of the old server wrote last. Default the server itself: milliseconds. */
  readonly updatedAt?: UpdatedAtForm;
}

/** Writes `arena.db` and `arena.db-wal` into a folder. The last save is in the write-ahead log alone, as after a crash. */
export function writeLegacyArena(folder: string, options: ArenaOptions): ArenaTruth {
  const bots = damagedBots(options);
  const state = JSON.stringify({ bots: bots.map(({ written }) => written), marketData: marketData(options) });
  const earlier = bots.map(({ written }) => withoutNewest(written));
  mkdirSync(folder, { recursive: true });
  writeDatabase(folder, options, JSON.stringify({ bots: earlier, marketData: [] }), state);
  const owners = ownersOf(options.seed);
  return {
    bots: Object.fromEntries(bots.map((bot) => [bot.bot.id, botTruth(bot, owners[bot.bot.id] ?? null)])),
    bytes: Buffer.byteLength(state),
    ordersWithoutLog: earlier.reduce((sum, { orders }) => sum + (Array.isArray(orders) ? orders.length : 0), 0),
  };
}

/** The users of the bots. Whose `bot_golf` is, nobody knows. */
function ownersOf(seed: number): Readonly<Record<string, string>> {
  const user = (name: string): string => random(seed, "user", name).hex(32);
  const [ada, ben, cleo] = [user("ada"), user("ben"), user("cleo")];
  return { bot_alpha: ada, bot_bravo: ada, bot_hotel: ada, bot_carol: ben, bot_delta: ben, bot_echo: cleo, bot_fox: cleo };
}

function damagedBots({ seed, scale }: ArenaOptions): readonly DamagedBot[] {
  const amount: Amount = {
    orders: Math.ceil(320 * scale),
    logs: Math.max(4, Math.ceil(50 * scale)),
    values: Math.ceil(300 * scale),
    prompt: 6000,
  };
  const owners = ownersOf(seed);
  const paper = (id: string, leverages?: readonly number[]) => paperBot(seed, id, amount, leverages);
  const owned = (id: string) => ({ userId: owners[id] });
  return [
    olderShape(undamaged(paper("bot_alpha"), owned("bot_alpha"))),
    cutOff(undamaged(paper("bot_bravo"), owned("bot_bravo")), Math.floor(amount.orders * 0.6)),
    refilled(undamaged(paper("bot_carol"), owned("bot_carol"))),
    undamaged(realBot(seed, "bot_delta", amount), owned("bot_delta")),
    // A script of its time wrote the owner's id under another name.
    undamaged(paper("bot_echo", [1, 1.5, 2.5]), { user_id: owners["bot_echo"] }),
    // Older than users: its owner is in the table beside it.
    undamaged(paper("bot_fox"), {}),
    undamaged(paper("bot_golf"), { isPaused: 1 }),
    fresh(paper("bot_hotel"), owned("bot_hotel")),
  ];
}

function marketData({ seed, scale }: ArenaOptions): readonly object[] {
  const dice = random(seed, "markets");
  return Array.from({ length: Math.ceil(220 * scale) }, (_, at) => {
    const [symbol, price] = MARKETS[at % MARKETS.length] ?? ["BTCUSDT", 1];
    return { symbol: `${symbol.slice(0, -4)}${at}USDT`, price, price24hChange: dice.between(-900, 900) / 100 };
  });
}

/** The state of a little while before: each list without its newest entries. */
function withoutNewest(bot: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Array.isArray(bot["orders"]) ? { ...bot, orders: bot["orders"].slice(3) } : bot;
}

/** Closing a connection moves the log into the file, so both are copied while it is open. */
function writeDatabase(folder: string, { seed, updatedAt = "milliseconds" }: ArenaOptions, earlier: string, state: string): void {
  const away = mkdtempSync(join(tmpdir(), "td-arena-made-"));
  const path = join(away, "arena.db");
  const database = new Database(path);
  try {
    database.pragma("journal_mode = wal");
    database.pragma("wal_autocheckpoint = 0");
    database.exec(`create table arena_state (id integer primary key check (id = 1), state text not null, updated_at timestamp default current_timestamp);
      create table bots (id text primary key, user_id text, name text not null, created_at text);
      create table system_settings (key text primary key, value text, data_type text)`);
    const owner = database.prepare("insert into bots (id, user_id, name) values (?, ?, ?)");
    for (const [id, user] of Object.entries(ownersOf(seed))) owner.run(id, id === "bot_golf" ? null : user, id);
    database.prepare("insert into arena_state values (1, ?, ?)").run(earlier, new Date(FIRST).toISOString());
    database.pragma("wal_checkpoint(truncate)");
    // The server saves by taking the row out and putting it in again.
    database.transaction(() => {
      database.exec("delete from arena_state");
      database.prepare("insert into arena_state values (1, ?, ?)").run(state, updatedAtIn(updatedAt));
    })();
    for (const name of ["arena.db", "arena.db-wal"]) copyFileSync(join(away, name), join(folder, name));
  } finally {
    database.close();
    rmSync(away, { recursive: true, force: true });
  }
}

function updatedAtIn(form: UpdatedAtForm): number | string {
  const at = new Date(FIRST + 40 * 86_400_000).toISOString();
  if (form === "milliseconds") return Date.parse(at);
  return form === "ISO text" ? at : `${at.slice(0, 10)} ${at.slice(11, 19)}`;
}
