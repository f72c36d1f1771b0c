// What a watchlist holds: a symbol on an exchange. The spelling that two requests share when they mean the same.
import { storable } from "./check-json.ts";

/** A listing in its one spelling. */
export interface Listing {
  /** Upper case, 1 to 50 characters. */
  readonly symbol: string;
  /** Upper case, up to 20 characters; empty when it was not said. */
  readonly exchange: string;
}

// Feeds write the two exchanges of India as a suffix: RELIANCE.NS is RELIANCE on the NSE.
const SUFFIXES: Readonly<Record<string, string>> = { ".NS": "NSE", ".BO": "BSE" };

/** The listing in its one spelling, or `undefined` when the symbol or the exchange is not usable. */
export function listingOf(symbol: string, exchange: string | null = null): Listing | undefined {
  const name = symbol.trim().toUpperCase();
  const place = (exchange ?? "").trim().toUpperCase();
  const said = name.length > 3 ? SUFFIXES[name.slice(-3)] : undefined;
  const listing =
    said !== undefined && (place === "" || place === said)
      ? { symbol: name.slice(0, -3), exchange: said }
      : { symbol: name, exchange: place };
  return usable(listing.symbol, 1, 50) && usable(listing.exchange, 0, 20) ? listing : undefined;
}

function usable(text: string, least: number, most: number): boolean {
  return text.length >= least && text.length <= most && storable(text);
}

/** The name of a listing in records and reports: `NSE:RELIANCE`, or the symbol alone. */
export function listingName({ symbol, exchange }: Listing): string {
  return exchange === "" ? symbol : `${exchange}:${symbol}`;
}
