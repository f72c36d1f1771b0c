// Amounts and quantities as the service's files have them.
import { decimalText, moneyText } from "@td/migrate";
import { z } from "zod";

const dressed = moneyText();

/** `"Rs 1,23,456.50"` or `"Rs +12.00"`, as older files wrote money, without its dress; anything else as it is. */
function bareAmount(value: unknown): unknown {
  return typeof value === "string" && /^\s*(?:Rs|₹)/.test(value) ? (dressed.safeParse(value).data ?? value) : value;
}

/** Money with its sign: a JSON number, whose digits are taken as they are written, or the older text. */
export const rupees = (): z.ZodType<string> => z.preprocess(bareAmount, decimalText());

/** The same, or null when there is none. */
export const rupeesIfAny = (): z.ZodType<string | null> =>
  z.preprocess((value) => (value === "" ? null : (value ?? null)), rupees().nullable());

/** A price, where 0 means that there is none: the market's. */
export const priceIfAny = (): z.ZodType<string | null> => rupeesIfAny().transform((price) => (price === "0" ? null : price));

/** Shares: whole, though the files may say 10.0. */
export const shares = (): z.ZodType<string> =>
  decimalText({ notNegative: true }).refine((text) => !text.includes("."), { error: "shares are whole" });

/** The same; none is 0. */
export const sharesIfAny = (): z.ZodType<string> => z.preprocess((value) => value ?? "0", shares());
