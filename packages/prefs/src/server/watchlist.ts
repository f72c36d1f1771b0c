// The listings that a user watches. Each call is about one listing and may be repeated; only `replace` is about the whole.
import { randomUUID } from "node:crypto";
import type { RowOf, Scope } from "@td/storage";
import { changesBetween } from "../core/changes.ts";
import { listingName, listingOf, type Listing } from "../core/listing.ts";
import { PrefsError } from "../errors.ts";
import type { WatchlistBody, WatchlistCheck, WatchlistInput, WatchlistItem } from "../wire.ts";
import { record } from "./audit.ts";
import { bounded, inTransaction, type ChangedBy, type Context, type Work } from "./context.ts";
import { listTag } from "./etag.ts";
import { instantAfter } from "./instants.ts";
import { userWatchlists } from "./tables.ts";

/** Items that a watchlist holds at most. */
const MAX_ITEMS = 1000;

/** Which listing of a symbol. */
export interface ExchangeOption {
  /** The exchange; null or absent for the listing without one. */
  readonly exchange?: string | null;
}

/** What is added with a listing. */
export interface AddOptions extends ExchangeOption, ChangedBy {
  /** Up to 2000 characters; null for none. Absent leaves those of an item that is there. */
  readonly notes?: string | null;
}

/** What replacing the list expects. */
export interface ReplaceListOptions extends ChangedBy {
  /** Refuse with `revision-conflict` unless the list has this `etag`. Default any. */
  readonly ifEtag?: string;
}

/** A user's watchlist. Every call throws `value-rejected` for a listing or notes that are not usable. */
export interface Watchlist {
  /** The items, newest first. */
  list(): Promise<WatchlistBody>;
  /** One item, or null. */
  get(symbol: string, options?: ExchangeOption): Promise<WatchlistItem | null>;
  /** Whether a listing is watched; without `exchange`, whether any listing of the symbol is. */
  check(symbol: string, options?: ExchangeOption): Promise<WatchlistCheck>;
  /** Adds a listing, or leaves it and writes `notes` when they are given; `added` says which. Throws `value-rejected` when the list is full. */
  add(symbol: string, options?: AddOptions): Promise<{ readonly item: WatchlistItem; readonly added: boolean }>;
  /** Writes the notes of a listing, null for none; null when it is not watched. */
  note(symbol: string, notes: string | null, options?: ExchangeOption & ChangedBy): Promise<WatchlistItem | null>;
  /** Removes a listing; whether it was there. */
  remove(symbol: string, options?: ExchangeOption & ChangedBy): Promise<boolean>;
  /** Makes the list hold these and no others. Items that stay keep id, time and, when not given, notes. Throws `revision-conflict`. */
  replace(items: readonly WatchlistInput[], options?: ReplaceListOptions): Promise<WatchlistBody>;
}

type Row = RowOf<typeof userWatchlists>;

/** The watchlist of a user. */
export function createWatchlist(context: Context, userId: string): Watchlist {
  const scope = (): Scope => context.storage.forUser(userId);
  const change = <R>(by: ChangedBy, work: (work: Work) => Promise<R>): Promise<R> => inTransaction(context, userId, by, work);
  return Object.freeze({
    list: () => readList(scope()),
    get: async (symbol, { exchange } = {}) => found(await scope().table(userWatchlists).get(usable(symbol, exchange))),
    check: (symbol, { exchange } = {}) => checkListing(scope(), symbol, exchange),
    add: async (symbol, { exchange, notes, ...by } = {}) => {
      const listing = usable(symbol, exchange);
      const words = usableNotes(notes);
      return change(by, (work) => addListing(work, listing, words));
    },
    note: async (symbol, notes, { exchange, ...by } = {}) => {
      const listing = usable(symbol, exchange);
      const words = usableNotes(notes) ?? null;
      return change(by, async (work) => {
        const row = await work.tx.table(userWatchlists).get(listing);
        return row === null ? null : itemOf(await writeNotes(work, row, words));
      });
    },
    remove: async (symbol, { exchange, ...by } = {}) => {
      const listing = usable(symbol, exchange);
      return change(by, async (work) => {
        const row = await work.tx.table(userWatchlists).get(listing);
        if (row !== null) await removeRow(work, row);
        return row !== null;
      });
    },
    replace: async (items, { ifEtag, ...by } = {}) => {
      const wanted = usableList(items);
      return change(by, (work) => replaceList(work, wanted, ifEtag));
    },
  } satisfies Watchlist);
}

/** Adds a listing inside a transaction. Of several that come together the one with the greatest `place` is the newest. */
export async function addListing(
  work: Work,
  listing: Listing,
  notes: string | null | undefined,
  place = 0,
): Promise<{ item: WatchlistItem; added: boolean }> {
  const row = await work.tx.table(userWatchlists).get(listing);
  if (row !== null) return { item: itemOf(notes === undefined ? row : await writeNotes(work, row, notes)), added: false };
  if ((await work.tx.table(userWatchlists).count()) >= MAX_ITEMS)
    throw refused("", `the watchlist is full with ${MAX_ITEMS} items: remove one first`);
  return { item: itemOf(await insertRow(work, listing, notes ?? null, place)), added: true };
}

/** The listing, or the refusal of it. */
export function usable(symbol: unknown, exchange?: string | null): Listing {
  const listing = typeof symbol === "string" ? listingOf(symbol, exchange) : undefined;
  if (listing !== undefined) return listing;
  throw refused("/symbol", "a symbol has 1 to 50 characters, an exchange up to 20, without NUL");
}

/** The notes, or the refusal of them. */
export function usableNotes(notes: string | null | undefined): string | null | undefined {
  return notes === undefined || notes === null ? notes : bounded("notes", notes, 0, 2000);
}

interface Wanted {
  readonly listing: Listing;
  readonly notes: string | null | undefined;
}

/** Each listing once; the first of equal ones counts. */
function usableList(items: readonly WatchlistInput[]): ReadonlyMap<string, Wanted> {
  if (items.length > MAX_ITEMS) throw refused("/items", `a watchlist has ${MAX_ITEMS} items at most`);
  const wanted = new Map<string, Wanted>();
  for (const { symbol, exchange, notes } of items) {
    const listing = usable(symbol, exchange);
    const name = keyOf(listing);
    if (!wanted.has(name)) wanted.set(name, { listing, notes: usableNotes(notes) });
  }
  return wanted;
}

async function replaceList(work: Work, wanted: ReadonlyMap<string, Wanted>, ifEtag: string | undefined): Promise<WatchlistBody> {
  const rows = await readRows(work.tx);
  const { etag } = bodyOf(work.tx.userId, rows);
  if (ifEtag !== undefined && ifEtag !== etag) {
    throw new PrefsError(
      "revision-conflict",
      "The watchlist was not changed: it has changed since it was read. Read it again, then decide.",
      {},
    );
  }
  const standing = new Map(rows.map((row) => [keyOf(row), row]));
  for (const row of rows) if (!wanted.has(keyOf(row))) await removeRow(work, row);
  let place = wanted.size;
  for (const [name, { listing, notes }] of wanted) {
    const row = standing.get(name);
    place--;
    if (row === undefined) await insertRow(work, listing, notes ?? null, place);
    else if (notes !== undefined) await writeNotes(work, row, notes);
  }
  return readList(work.tx);
}

/** `place` microseconds are added to the time, so that items that come together keep their order. */
async function insertRow(work: Work, { symbol, exchange }: Listing, notes: string | null, place: number): Promise<Row> {
  const at = instantAfter(work.at, place);
  const row = await work.tx.table(userWatchlists).insert({ id: randomUUID(), symbol, exchange, notes, addedAt: at, updatedAt: at });
  await record(work, { area: "watchlist", subject: listingName(row), changes: [{ path: "", to: contentOf(row) }] });
  return row;
}

async function writeNotes(work: Work, row: Row, notes: string | null): Promise<Row> {
  if (row.notes === notes) return row;
  const { symbol, exchange } = row;
  const stored = (await work.tx.table(userWatchlists).update({ symbol, exchange }, { notes, updatedAt: work.at })) ?? row;
  await record(work, { area: "watchlist", subject: listingName(row), changes: changesBetween(contentOf(row), contentOf(stored)) });
  return stored;
}

async function removeRow(work: Work, row: Row): Promise<void> {
  const { symbol, exchange } = row;
  await work.tx.table(userWatchlists).delete({ symbol, exchange });
  await record(work, { area: "watchlist", subject: listingName(row), changes: [{ path: "", from: contentOf(row) }] });
}

async function checkListing(scope: Scope, symbol: string, exchange: string | null | undefined): Promise<WatchlistCheck> {
  const listing = usable(symbol, exchange);
  const { rows } = await scope.table(userWatchlists).page({ where: { symbol: listing.symbol }, limit: MAX_ITEMS });
  const exchanges = rows.map((row) => itemOf(row).exchange);
  const inWatchlist = listing.exchange === "" ? rows.length > 0 : rows.some((row) => row.exchange === listing.exchange);
  return { symbol: listing.symbol, inWatchlist, exchanges };
}

async function readRows(scope: Scope): Promise<readonly Row[]> {
  const { rows } = await scope.table(userWatchlists).page({ orderBy: "by_time", direction: "desc", limit: MAX_ITEMS });
  return rows;
}

async function readList(scope: Scope): Promise<WatchlistBody> {
  return bodyOf(scope.userId, await readRows(scope));
}

function bodyOf(userId: string, rows: readonly Row[]): WatchlistBody {
  const items = rows.map(itemOf);
  return { items, etag: listTag(userId, items) };
}

function found(row: Row | null): WatchlistItem | null {
  return row === null ? null : itemOf(row);
}

function itemOf({ id, symbol, exchange, notes, addedAt, updatedAt }: Row): WatchlistItem {
  return { id, symbol, exchange: exchange === "" ? null : exchange, notes, addedAt, updatedAt };
}

function contentOf({ symbol, exchange, notes }: Row): { symbol: string; exchange: string | null; notes: string | null } {
  return { symbol, exchange: exchange === "" ? null : exchange, notes };
}

function keyOf({ symbol, exchange }: Listing): string {
  return JSON.stringify([symbol, exchange]);
}

function refused(pointer: string, message: string): PrefsError {
  return new PrefsError("value-rejected", `The watchlist was not changed: ${message}.`, { pointer }, { issues: [{ pointer, message }] });
}
