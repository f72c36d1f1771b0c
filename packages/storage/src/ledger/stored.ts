// Stored values as the ledger reads them: one place that narrows what a driver returns.
import { readDecimal, writeDecimal, writeInstant } from "@td/fifo/values";
import { decimalCodec } from "../table/decimal-codec.ts";
import { isRefusal } from "../table/sqlite-codec.ts";
import type { Stored } from "../table/sqlite-codec.ts";

/** The codec of quantities, prices and fees. */
export const sizeCodec = decimalCodec(38, 18);
/** The codec of money: any product of two sizes fits. */
export const moneyCodec = decimalCodec(76, 36);

/** A value of a text column that is not null. */
export const textOf = (value: Stored | undefined): string => String(value);
/** A value of an integer column that is not null. */
export const intOf = (value: Stored | undefined): number => Number(value);
/** A value of a text column. */
export const optionalText = (value: Stored | undefined): string | null => (value === null || value === undefined ? null : String(value));
/** The canonical text of an instant. */
export const instantOf = (value: Stored | undefined): string => writeInstant(Number(value));
/** The canonical text of an instant or null. */
export const optionalInstant = (value: Stored | undefined): string | null =>
  value === null || value === undefined ? null : writeInstant(Number(value));
/** The canonical decimal text of a size. */
export const sizeText = (value: Stored | undefined): string => sizeCodec.decodeText(String(value));
/** The canonical decimal text of money. */
export const moneyText = (value: Stored | undefined): string => moneyCodec.decodeText(String(value));
/** The canonical decimal text of a size or null. */
export const optionalSize = (value: Stored | undefined): string | null => (value === null || value === undefined ? null : sizeText(value));
/** The canonical decimal text of money or null. */
export const optionalMoney = (value: Stored | undefined): string | null =>
  value === null || value === undefined ? null : moneyText(value);

/** The stored form of money as canonical text, or null when the column cannot hold it. */
export function storedMoney(text: string): string | null {
  const stored = moneyCodec.encode(text);
  return isRefusal(stored) ? null : stored;
}

/** The exact sum of canonical decimal texts. `Decimal` would round it to its precision. */
export function addTexts(texts: readonly string[]): string {
  const parts = texts.map(readDecimal).filter((part) => typeof part !== "string");
  const scale = Math.max(0, ...parts.map((part) => part.scale));
  return writeDecimal(
    parts.reduce((sum, part) => sum + part.units * 10n ** BigInt(scale - part.scale), 0n),
    scale,
  );
}
