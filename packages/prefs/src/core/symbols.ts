import { decoded, type Decoder, unreadable } from "./decoded.ts";
import { json } from "./decoders.ts";
import type { MovedItem } from "./key-rules.ts";

const SUFFIXES: Readonly<Record<string, string>> = { ".NS": "NSE", ".BO": "BSE" };

/** JSON list of symbols, or of objects with `symbol`, `exchange` and `notes`: each once, in upper case; `.NS` and `.BO` become the exchanges NSE and BSE. */
export const symbols: Decoder<MovedItem[]> = json((value) => {
  if (!Array.isArray(value)) return unreadable("a JSON list of symbols");
  const found = value.map(item);
  const unread = found.flatMap((part, place) => (part === undefined ? [`entry ${place + 1}`] : []));
  const byName = new Map<string, MovedItem>();
  for (const part of found) {
    const name = part === undefined ? "" : `${part.symbol} ${part.exchange ?? ""}`;
    if (part !== undefined && !byName.has(name)) byName.set(name, part);
  }
  return decoded([...byName.values()], unread);
});

function item(value: unknown): MovedItem | undefined {
  const { symbol, exchange, notes } = (typeof value === "string" ? { symbol: value } : (value ?? {})) as Readonly<Record<string, unknown>>;
  const name = typeof symbol === "string" ? symbol.trim().toUpperCase() : "";
  const suffix = Object.keys(SUFFIXES).find((end) => name.length > end.length && name.endsWith(end));
  const place = text(exchange)?.toUpperCase() ?? (suffix === undefined ? undefined : SUFFIXES[suffix]);
  const note = text(notes);
  if (name === "") return undefined;
  return {
    symbol: suffix === undefined ? name : name.slice(0, -suffix.length),
    ...(place === undefined ? {} : { exchange: place }),
    ...(note === undefined ? {} : { notes: note }),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
