// pnl_daily.csv: profit by day. The file was only ever added to: the last line of a day counts.
import type { PnlDailyInput } from "@td/storage";
import { z } from "zod";
import { ZONE } from "./indian-time.ts";
import { rupeesIfAny } from "./rupees.ts";

const amount = rupeesIfAny().transform((text) => text ?? "0");

/** The line; blank is 0. */
export const pnlDay = z.object({ date: z.string(), realized_pnl: amount, unrealized_pnl: amount, fees: amount });

/** The columns of the CSV. */
export const PNL_COLUMNS = ["date", "realized_pnl", "unrealized_pnl", "fees"];

/** The row. Throws for a line that a later one of the same day replaced. `lastLines` has the last line of each day. */
export function pnlRow(day: z.infer<typeof pnlDay>, line: number, lastLines: ReadonlyMap<string, number>): PnlDailyInput {
  const last = lastLines.get(day.date) ?? line;
  if (line < last) throw new Error(`line ${last} is of the same day, and the last one counts`);
  return {
    day: day.date,
    realizedPnl: day.realized_pnl,
    unrealizedPnl: day.unrealized_pnl,
    fees: day.fees,
    zone: ZONE,
    source: "import:pnl_daily",
  };
}

/** The last line of each day, from 1, of a CSV text without line breaks inside its cells. */
export function lastLinesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split(/\r?\n/).map((line, at) => [line.split(",")[0]?.replaceAll('"', "") ?? "", at + 1] as const);
  return new Map(lines);
}
