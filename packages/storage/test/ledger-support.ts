// What the ledger's tests share: a database in a folder of its own, a clock that only the test moves, short spellings of fills, random books.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import postgres from "postgres";
import type { TradeInput } from "@td/fifo";
import { openStorage } from "../src/index.ts";
import type { ComputeOptions, FillInput, Scope, Storage, StorageOptions } from "../src/index.ts";
import { decimalCodec } from "../src/table/decimal-codec.ts";
import { atEnd } from "./at-end.ts";
import { ownerUrl, postgresDatabase } from "./postgres-support.ts";

/** How many times deeper the properties look. */
export const DEPTH = process.env["TD_DEPTH"] === "soak" ? 20 : 1;

/** A folder that is removed after the file's tests. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "td-ledger-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What a ledger can stand on. */
export type LedgerKind = "sqlite" | "postgres";
/** Every engine, for `describe.each`. */
export const LEDGER_KINDS: readonly LedgerKind[] = ["sqlite", "postgres"];

/** A ledger's database as its owner has it: another program that sees every user's rows and can damage them. */
export interface RawDatabase {
  /** The rows of a query, as arrays. */
  all(sql: string): Promise<readonly (readonly unknown[])[]>;
  /** The first value of a query. */
  one(sql: string): Promise<unknown>;
  /** The names of the columns of a query. */
  columns(sql: string): Promise<readonly string[]>;
  /** Runs a statement; how many rows it changed. */
  run(sql: string): Promise<number>;
  /** A decimal(38,18) as a literal. */
  size(text: string): string;
  /** A decimal(76,36) as a literal. */
  money(text: string): string;
  /** A decimal(94,36) as a literal. */
  total(text: string): string;
}

/** An open database of its own; closed after the file's tests. */
export interface OpenLedger {
  /** The storage; on PostgreSQL opened as the role of an application. */
  readonly storage: Storage;
  /** Its URL. */
  readonly url: string;
  /** The scope of the user `ann`. */
  readonly me: Scope;
  /** The same database for its owner. */
  readonly raw: RawDatabase;
}

/** Opens a database of its own on an engine. */
export async function openLedgerOn(kind: LedgerKind, options: StorageOptions = {}): Promise<OpenLedger> {
  const url = kind === "postgres" ? await postgresDatabase([]) : `sqlite:${join(tempFolder(), "ledger.db")}`;
  const storage = await openStorage(url, { durability: "normal", ...options });
  atEnd(() => storage.close());
  return { storage, url, me: storage.forUser("ann"), raw: kind === "postgres" ? rawPostgres(url) : rawSqlite(url.slice(7)) };
}

let users = 0;

/** The scope of a user whom nobody has seen, in one of the databases that `openLedgerOn` has opened for the file. */
export const newUser = (storage: Storage): Scope => storage.forUser(`user ${users++}`);

function rawSqlite(file: string): RawDatabase {
  const database = new Database(file, { timeout: 5000 });
  atEnd(() => {
    database.close();
  });
  const literal = (text: string, precision: number, scale: number): string => {
    const codec = decimalCodec(precision, scale).encode(text);
    if (typeof codec !== "string") throw new TypeError(`${text} does not fit`);
    return `'${codec}'`;
  };
  return {
    all: async (sql) => database.prepare<[], unknown[]>(sql).raw().all(),
    one: async (sql) => database.prepare(sql).pluck().get(),
    columns: async (sql) =>
      database
        .prepare(sql)
        .columns()
        .map(({ name }) => name),
    run: async (sql) => database.prepare(sql).run().changes,
    size: (text) => literal(text, 38, 18),
    money: (text) => literal(text, 76, 36),
    total: (text) => literal(text, 94, 36),
  };
}

function rawPostgres(appUrl: string): RawDatabase {
  const bigint = { from: [20], to: 20, parse: Number, serialize: String };
  const sql = postgres(ownerUrl(appUrl), { max: 1, onnotice: () => undefined, fetch_types: false, types: { bigint } });
  atEnd(() => sql.end());
  const all = async (text: string): Promise<readonly (readonly unknown[])[]> => sql.unsafe(text).values();
  return {
    all,
    one: async (text) => (await all(text))[0]?.[0],
    columns: async (text) => (await sql.unsafe(text)).columns.map(({ name }) => name),
    run: async (text) => (await sql.unsafe(text)).count,
    size: (text) => `${text}::numeric`,
    money: (text) => `${text}::numeric`,
    total: (text) => `${text}::numeric`,
  };
}

/** Amounts in a statement, as the engine writes them: `$size(9)`, `$money(19)`; `$later` puts a sell a microsecond later. */
export function literals(raw: RawDatabase, sql: string): string {
  return sql
    .replaceAll(/\$(size|money)\((\d+)\)/g, (_, shape: string, amount: string) => (shape === "size" ? raw.size(amount) : raw.money(amount)))
    .replace("$later", raw.size("1") === "1::numeric" ? "sell_time = sell_time + interval '1 microsecond'" : "sell_time = sell_time + 1");
}

/** A clock that goes on by one second each time it is asked. */
export function clock(start = "2025-06-01T00:00:00.000Z"): () => Date {
  let at = Date.parse(start);
  return () => new Date((at += 1000));
}

/** Computes with a clock of the test's own. */
export const compute = (scope: Scope, options: ComputeOptions = {}) => scope.ledger.compute({ now: clock(), ...options });

/** `"b1 buy 10 @ 2.5 fee 0.1"`: a fill of AAA-USD, one minute after the one before it. */
export function fills(...lines: readonly string[]): FillInput[] {
  return lines.map((line, at) => fill(line, at));
}

/** One fill from its short spelling: `ID SIDE QUANTITY @ PRICE [fee FEE] [in ASSET] [worth FEE_IN_QUOTE] [of SYMBOL] [at MINUTE] [by ACCOUNT] [gross GROSS]`. */
export function fill(line: string, minute = 0): FillInput {
  const [id = "", side, quantity = "", , price = "", ...rest] = line.split(" ");
  const word = (name: string): string | undefined => (rest.includes(name) ? rest[rest.indexOf(name) + 1] : undefined);
  const at = Number(word("at") ?? minute);
  return {
    id,
    side: side === "buy" ? "buy" : "sell",
    quantity,
    price,
    fee: word("fee") ?? "0",
    feeCurrency: word("in") ?? null,
    feeInQuote: word("worth") ?? null,
    gross: word("gross") ?? null,
    symbol: word("of") ?? "AAA-USD",
    account: word("by") ?? "",
    executedAt: new Date(Date.UTC(2025, 0, 1, 0, at)),
    source: "test",
  };
}

/** A fill as @td/fifo takes it. */
export function tradeOf(row: FillInput): TradeInput {
  const { id, symbol, side, quantity, price, executedAt } = row;
  return {
    id,
    symbol,
    side,
    quantity,
    price,
    executedAt,
    account: row.account ?? "",
    gross: row.gross ?? null,
    fee: row.fee ?? null,
    feeCurrency: row.feeCurrency ?? null,
    feeInQuote: row.feeInQuote ?? null,
    sequence: row.sequence ?? null,
  };
}

/** Writes fills that all must be new and good. */
export async function importFills(scope: Scope, rows: readonly FillInput[]): Promise<void> {
  const { written, rejected, conflicts } = await scope.fills.importMany(rows);
  if (written !== rows.length)
    throw new Error(`only ${written} of ${rows.length} fills were written: ${JSON.stringify({ rejected, conflicts })}`);
}

/** A promise and the way to settle it. */
export function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** All items of a stream. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

const decimal = (max: number, places: number) =>
  fc.tuple(fc.integer({ min: 1, max }), fc.nat(places)).map(([units, scale]) => shifted(units, scale));

/** `units / 10^scale` as text. */
function shifted(units: number, scale: number): string {
  const digits = String(units).padStart(scale + 1, "0");
  return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const fee = fc.record({
  amount: fc.oneof(
    fc.constant("0"),
    decimal(5000, 4),
    decimal(99, 9),
    decimal(50, 3).map((text) => `-${text}`),
  ),
  asset: fc.constantFrom("quote", "quote by name", "base", "third"),
});

/** A random book of a few symbols: few instants (so that ties are common), fees of every kind, oversold symbols, stated totals. */
export const bookArbitrary = (maxLength = 60): fc.Arbitrary<FillInput[]> =>
  fc
    .array(
      fc.record({
        side: fc.constantFrom("buy" as const, "buy" as const, "sell" as const),
        symbol: fc.constantFrom("AAA-USD", "BBB-USD", "C-C/EUR"),
        account: fc.constantFrom("", "x", "y"),
        quantity: decimal(9999, 6),
        price: fc.oneof(decimal(100_000, 5), fc.constant("0")),
        gross: fc.option(decimal(1_000_000, 8), { freq: 4, nil: null }),
        micros: fc.nat(30),
        sequence: fc.option(fc.nat(3), { nil: null }),
        fee,
      }),
      { maxLength },
    )
    .map((drafts) => drafts.map((draft, at) => ({ ...feeOf(draft), at })).map(bookRow));

type Draft = { readonly symbol: string; readonly fee: { readonly amount: string; readonly asset: string } };

function feeOf<T extends Draft>(draft: T): T & { readonly paid: Pick<FillInput, "fee" | "feeCurrency" | "feeInQuote"> } {
  const cut = Math.max(draft.symbol.lastIndexOf("-"), draft.symbol.lastIndexOf("/"));
  const { amount, asset } = draft.fee;
  if (asset === "quote by name") return { ...draft, paid: { fee: amount, feeCurrency: draft.symbol.slice(cut + 1) } };
  // A fee in the base asset must leave something of the quantity, so it is tiny.
  if (asset === "base") return { ...draft, paid: { fee: "0.000000001", feeCurrency: draft.symbol.slice(0, cut) } };
  if (asset === "third") return { ...draft, paid: { fee: "7", feeCurrency: "BNB", feeInQuote: amount } };
  return { ...draft, paid: { fee: amount } };
}

function bookRow(
  draft: ReturnType<typeof feeOf<Draft & Omit<FillInput, "id" | "fee" | "executedAt" | "source"> & { micros: number }>> & { at: number },
): FillInput {
  const { side, symbol, account, quantity, price, gross, sequence, micros, paid, at } = draft;
  const executedAt = `2025-01-01T00:00:00.${String(micros).padStart(6, "0")}Z`;
  return {
    id: `t${at}`,
    side,
    symbol,
    account: account ?? "",
    quantity,
    price,
    gross: gross ?? null,
    sequence: sequence ?? null,
    executedAt,
    source: "test",
    ...paid,
  };
}
