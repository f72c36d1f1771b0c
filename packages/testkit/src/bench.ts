// One line of the table that `pnpm bench` makes of all benchmarks. A benchmark that is run by hand prints for people and notes nothing.
import { appendFileSync } from "node:fs";

/** What was measured, as a ratio to something that was measured in the same run. */
export interface Ratio {
  /** What td did, such as "import of JSON Lines into SQLite". */
  readonly what: string;
  /** How much of it, such as "200,000 records, 69 MB". */
  readonly size: string;
  /** What the ratio is to: the raw driver, the naive loop, the tool a user would pick. */
  readonly against: string;
  /** td's cost over the other's: below 1 is cheaper. */
  readonly ratio: number;
  /** Peak resident memory of td's process in MB, where it was a process of its own. */
  readonly peakMB?: number;
}

/** Appends a line to the file that `pnpm bench` names in TD_BENCH. */
export function noteRatio(line: Ratio): void {
  const file = process.env["TD_BENCH"];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** "200,000". */
export function counted(value: number): string {
  return value.toLocaleString("en");
}
