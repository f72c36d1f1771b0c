// Writes transactions until it is killed; prints the number of those acknowledged, each on a line.
import { writeSync } from "node:fs";
import { openStorage } from "../src/index.ts";
import { childTask } from "./child.ts";

const { file, rows } = childTask() as unknown as { readonly file: string; readonly rows: number };
const me = (await openStorage(`sqlite:${file}`)).forUser("ann");
const start = await me.fills.count();

function some(count: number, from: number) {
  return Array.from({ length: count }, (_, at) => ({
    id: `${from + at}`,
    symbol: "BTC-USD",
    side: "buy" as const,
    quantity: "1",
    price: "1",
    executedAt: "2025-01-01T00:00:00Z",
    source: "test",
    attributes: { filler: "x".repeat(500) },
  }));
}

for (let done = 0; ; done++) {
  writeSync(1, `${done}\n`);
  await me.transaction(async (tx) => {
    const from = start + done * rows;
    await tx.fills.importMany(some(rows / 2, from));
    await tx.fills.importMany(some(rows / 2, from + rows / 2));
  });
}
