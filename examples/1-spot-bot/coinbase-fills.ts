// A fills export of Coinbase Pro -> fills. The exchange's trade ids count per product, so the product is part of the id.
import { readDecimal, writeDecimal, type DecimalParts } from "@td/fifo/values";
import { csvFile, decimalText, defineImport, instantText, requiredText } from "@td/migrate";
import { fills, type FillInput } from "@td/storage";
import { z } from "zod";

function coinbaseFill(latest: string) {
  return z.object({
    portfolio: z.string().nullable(),
    "trade id": requiredText("missing-id"),
    product: requiredText("missing-symbol"),
    side: z.enum(["BUY", "SELL"], { error: "unknown-side" }),
    "created at": instantText({ notAfter: latest }),
    size: decimalText({ positive: "size-not-positive" }),
    "size unit": requiredText(),
    price: decimalText({ notNegative: true }),
    fee: decimalText(),
    /** What changed hands: below zero for a buy. */
    total: decimalText(),
    "price/fee/total unit": requiredText(),
  });
}

type CoinbaseFill = z.infer<ReturnType<typeof coinbaseFill>>;

/** The import of a Coinbase Pro fills CSV. Fills of one millisecond are told apart by their place in the file. */
export function coinbaseFillsImport(path: string, latest: string) {
  return defineImport({
    name: "coinbase-fills",
    source: csvFile(path),
    schema: coinbaseFill(latest),
    into: fills,
    map: (record, { place }) => fillOf(record, place.line),
  });
}

function fillOf(record: CoinbaseFill, line: number): FillInput {
  const { product, size, price, fee } = record,
    quote = record["price/fee/total unit"];
  if (product !== `${record["size unit"]}-${quote}`)
    throw new Error(`the units are ${record["size unit"]} and ${quote}, but the product is ${product}`);
  const side = record.side === "BUY" ? "buy" : "sell";
  const gross = grossOf(side, exact(record.total), exact(fee));
  return {
    id: `${product}/${record["trade id"]}`,
    account: record.portfolio ?? "",
    symbol: product,
    side,
    quantity: size,
    price,
    gross: gross === valueOf(size, price) ? null : gross,
    fee,
    executedAt: record["created at"],
    sequence: line,
    source: "import:coinbase-fills",
  };
}

/** The value without the fee, from the total that really changed hands: price x size may have been rounded. */
function grossOf(side: "buy" | "sell", total: DecimalParts, fee: DecimalParts): string {
  const gross = side === "buy" ? sum(negative(total), negative(fee)) : sum(total, fee);
  if (gross.units < 0n) throw new Error(`a ${side} cannot have the total ${writeDecimal(total.units, total.scale)}`);
  return writeDecimal(gross.units, gross.scale);
}

function exact(text: string): DecimalParts {
  const parts = readDecimal(text);
  if (typeof parts === "string") throw new RangeError(`${text}: ${parts}`);
  return parts;
}

function negative({ units, scale }: DecimalParts): DecimalParts {
  return { units: -units, scale };
}

function sum(a: DecimalParts, b: DecimalParts): DecimalParts {
  const scale = Math.max(a.scale, b.scale);
  return { units: a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale), scale };
}

function valueOf(size: string, price: string): string {
  const a = exact(size),
    b = exact(price);
  return writeDecimal(a.units * b.units, a.scale + b.scale);
}
