// Loaded into each benchmark: says at its end how much memory it ever held.
import { appendFileSync } from "node:fs";

const file = process.env["TD_BENCH"];
if (file !== undefined) {
  const { pid } = process;
  process.on("exit", () => appendFileSync(file, `${JSON.stringify({ pid, peakMB: Math.round(process.resourceUsage().maxRSS / 1024) })}\n`));
}
