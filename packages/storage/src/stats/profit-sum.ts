// The exact sum of many stored amounts at once. Adding long decimals row by row is what statistics cost on SQLite; putting their digits one
// behind the other and adding them up column by column costs a tenth.
import { writeDecimal } from "@td/fifo/values";
import { addTexts } from "../ledger/stored.ts";
import type { Database } from "../sqlite/driver.ts";

/** Digits of a stored amount, decimal(76,36), its leading sign digit included. */
const DIGITS = 77;
/** Bytes from one amount to the next: whole words. */
const ROW = 80;
const WORDS = ROW / 4;
/** Digits are added four at a time, each in a byte of its own, which holds 28 nines. */
const ROWS_AT_ONCE = 28;
const OFFSET = 10n ** BigInt(DIGITS - 1);
const SCALE = 36;
/** The digits of an amount's first word without the sign digit, in the byte order of the machine. */
const FIRST_DIGITS = new Uint32Array(Uint8Array.of(0, 15, 15, 15).buffer)[0] ?? 0;
const ONE = 49;

/** What closes come to. */
export interface ProfitSum {
  /** Closes. */
  readonly closes: number;
  /** Those with profit above 0. */
  readonly wins: number;
  /** Those with profit below 0. */
  readonly losses: number;
  /** All profit, canonical text. */
  readonly pnl: string;
}

/** No closes. */
export const NO_PROFIT: ProfitSum = { closes: 0, wins: 0, losses: 0, pnl: "0" };

/** The aggregate of a decimal(76,36) column on SQLite, in the text that {@link readProfitSum} reads; NULL for no rows. */
export function profitSumSql(column: string): string {
  return `td_profit_sum(cast(group_concat(${column}, '000') as blob))`;
}

/** Gives a connection `td_profit_sum(digits)`. */
export function registerSums(database: Database): void {
  const options = { deterministic: true, directOnly: true };
  database.function("td_profit_sum", options, (digits: unknown) => (digits instanceof Uint8Array ? profitSum(digits) : null));
}

/** Reads `1.5 2 0 3`: profit, wins, losses, closes. */
export function readProfitSum(text: string): ProfitSum {
  const [pnl = "", wins, losses, closes] = text.split(" ");
  return { closes: Number(closes), wins: Number(wins), losses: Number(losses), pnl };
}

/** Both together. */
export function addProfit(a: ProfitSum, b: ProfitSum): ProfitSum {
  return { closes: a.closes + b.closes, wins: a.wins + b.wins, losses: a.losses + b.losses, pnl: addTexts([a.pnl, b.pnl]) };
}

/** The sum of stored amounts with three digits between each two: profit, wins, losses, closes, as {@link readProfitSum} reads them. */
export function profitSum(given: Uint8Array): string {
  const digits = given.byteOffset % 4 === 0 ? given : new Uint8Array(given);
  const rows = (digits.length + ROW - DIGITS) / ROW;
  if (!Number.isInteger(rows)) throw new TypeError("an amount has not the digits of a decimal(76,36)");
  const columns = new Float64Array(ROW);
  const inner = addRows(digits, rows - 1, columns);
  const last = addRow(digits, (rows - 1) * ROW, columns);
  const [wins, losses] = [inner.wins + (last > 0 ? 1 : 0), inner.losses + (last < 0 ? 1 : 0)];
  return `${writeDecimal(carried(columns) - BigInt(rows) * OFFSET, SCALE)} ${wins} ${losses} ${rows}`;
}

/** Adds all rows but the last, behind which nothing fills its word up. */
function addRows(digits: Uint8Array, rows: number, columns: Float64Array): { readonly wins: number; readonly losses: number } {
  const words = new Uint32Array(digits.buffer, digits.byteOffset, Math.floor(digits.length / 4));
  const sums = new Uint32Array(WORDS);
  const bytes = new Uint8Array(sums.buffer);
  let [wins, losses] = [0, 0];
  for (let row = 0; row < rows; row++) {
    const at = row * WORDS;
    const first = words[at] ?? 0;
    let seen = first & FIRST_DIGITS;
    sums[0] = (sums[0] ?? 0) + (first & 0x0f0f0f0f);
    for (let word = 1; word < WORDS; word++) {
      const four = (words[at + word] ?? 0) & 0x0f0f0f0f;
      seen |= four;
      sums[word] = (sums[word] ?? 0) + four;
    }
    if (digits[row * ROW] !== ONE) losses++;
    else if (seen !== 0) wins++;
    if ((row + 1) % ROWS_AT_ONCE === 0) flush(sums, bytes, columns);
  }
  flush(sums, bytes, columns);
  return { wins, losses };
}

function flush(sums: Uint32Array, bytes: Uint8Array, columns: Float64Array): void {
  for (let column = 0; column < DIGITS; column++) columns[column] = (columns[column] ?? 0) + (bytes[column] ?? 0);
  sums.fill(0);
}

/** Adds one row; its sign. */
function addRow(digits: Uint8Array, at: number, columns: Float64Array): number {
  let seen = 0;
  for (let column = 0; column < DIGITS; column++) {
    const digit = (digits[at + column] ?? 0) & 15;
    columns[column] = (columns[column] ?? 0) + digit;
    if (column > 0) seen |= digit;
  }
  if (digits[at] !== ONE) return -1;
  return seen === 0 ? 0 : 1;
}

/** The number whose digits, each of any size, are the columns. */
function carried(columns: Float64Array): bigint {
  let [text, carry] = ["", 0];
  for (let column = DIGITS - 1; column >= 0; column--) {
    const sum = (columns[column] ?? 0) + carry;
    carry = Math.floor(sum / 10);
    text = `${sum - carry * 10}${text}`;
  }
  return BigInt(`${carry}${text}`);
}
