// Runs commands one after the other, says how long each took, and fails at the end when any has failed.
import { spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { ROOT } from "./packages.ts";

/** One step: a name for people and a command. */
export interface Step {
  readonly name: string;
  /** Program and arguments; run in the root of the repository. */
  readonly command: readonly [string, ...string[]];
  /** What counts as success: the exit code (default 0) and a text that must be in the output (default none). */
  readonly expect?: { readonly exit?: number; readonly says?: string };
}

/** Runs all steps, also after a failed one, and sets the exit code of this process. A green step keeps its output to itself. */
export function runSteps(steps: readonly Step[]): void {
  const failed = steps.filter((step) => !runStep(step)).map(({ name }) => name);
  if (failed.length > 0) console.error(`failed: ${failed.join(", ")}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

function runStep({ name, command: [program, ...args], expect }: Step): boolean {
  process.stdout.write(`${name} `);
  const start = performance.now();
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: "utf8", maxBuffer: 1e8 });
  const output = stripVTControlCharacters(stdout + stderr);
  const good = status === (expect?.exit ?? 0) && output.includes(expect?.says ?? "");
  console.log(`${good ? "ok" : `FAILED (exit code ${status ?? "none"})`} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  if (!good) console.log(error?.message ?? output);
  return good;
}
