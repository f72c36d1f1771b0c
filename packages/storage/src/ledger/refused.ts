// Symbols whose fills cannot be computed: they stay at their current version, and hold up no other symbol.
import { FifoError } from "@td/fifo";
import { StorageError } from "../errors.ts";
import type { RefusedSymbol } from "./types.ts";

/** Whether an error is about fills of the symbol in hand, so that other symbols can be computed without it. */
export function isOfOneSymbol(error: unknown): error is FifoError | StorageError {
  return error instanceof FifoError || (error instanceof StorageError && error.code === "value-rejected");
}

/** What the report says of a symbol. */
export function refusedSymbol(symbol: string, { code, message, facts }: FifoError | StorageError): RefusedSymbol {
  return { symbol, code, message, facts };
}

/** What the log says of all of them: the first one's code and everybody's message. */
export function refusedInLog(refused: readonly RefusedSymbol[]): { readonly errorCode?: string; readonly errorMessage?: string } {
  const [one] = refused;
  if (one === undefined) return {};
  return { errorCode: one.code, errorMessage: refused.map(({ symbol, message }) => `${symbol}: ${message}`).join("\n") };
}

/** The symbols of which such a message speaks; of another message, texts that are no symbols. */
export function symbolsInLog(message: string | null): readonly string[] {
  const lines = message?.split("\n").filter((line) => line.includes(": ")) ?? [];
  return lines.map((line) => line.slice(0, line.indexOf(": ")));
}
