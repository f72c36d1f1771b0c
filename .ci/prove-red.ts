// Proves that red is red: a run that must fail ends with exit code 1 for the reason meant, and the same run without the fault with 0.
import { runSteps, type Step } from "./steps.ts";

const vitest = (...flags: string[]): Step["command"] => ["pnpm", "exec", "vitest", "run", "--config", ".ci/red/vitest.config.ts", ...flags];
const red = (says: string) => ({ exit: 1, says });

runSteps([
  { name: "a passing test is green:", command: vitest("--project", "passing") },
  { name: "a failing test is red:", command: vitest("--project", "failing"), expect: red("1 failed") },
  {
    name: "a missed coverage threshold is red:",
    command: vitest("--project", "passing", "--coverage"),
    expect: red("not meet global threshold"),
  },
  { name: "a passing test with PostgreSQL is green:", command: vitest("--project", "passing-with-postgres") },
  { name: "a failing test with PostgreSQL is red:", command: vitest("--project", "failing-with-postgres"), expect: red("1 failed") },
]);
