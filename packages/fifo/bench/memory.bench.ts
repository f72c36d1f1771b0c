// Peak memory of one `allocate` of a million trades in 20 symbols, input included, in a process of its own: node packages/fifo/bench/memory.bench.ts [trades]
import { allocate, createAllocator } from "@td/fifo";
import { SHAPES } from "./books.ts";

const count = Number(process.argv[2] ?? 1_000_000);
const megabytes = (): number => process.resourceUsage().maxRSS / 1024;

const trades = SHAPES["20 symbols"](count, 8);
const input = megabytes();
if (process.argv[3] === "stream") {
  const allocator = createAllocator();
  let rows = 0;
  for (const trade of trades) rows += allocator.push(trade).length;
  console.log(
    `${rows.toLocaleString("en")} allocations streamed: peak ${megabytes().toFixed(0)} MB, of which the input took ${input.toFixed(0)} MB`,
  );
} else {
  const { allocations } = allocate(trades);
  console.log(
    `${allocations.length.toLocaleString("en")} allocations held: peak ${megabytes().toFixed(0)} MB, of which the input took ${input.toFixed(0)} MB`,
  );
}
