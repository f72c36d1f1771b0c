// `pnpm check`: everything that must hold before a change is done, but for the tests.
import { runSteps } from "./steps.ts";

runSteps([
  { name: "format", command: ["pnpm", "format:check"] },
  { name: "lint", command: ["pnpm", "lint"] },
  { name: "types", command: ["pnpm", "types"] },
  { name: "nothing unused", command: ["pnpm", "unused"] },
  { name: "house rules", command: ["node", ".ci/check-house.ts"] },
  { name: "public interfaces", command: ["node", "docs/api/check-api.ts"] },
  { name: "docs", command: ["node", ".ci/check-docs.ts"] },
  { name: "build", command: ["pnpm", "build"] },
  { name: "packed packages", command: ["node", ".ci/check-packed.ts"] },
]);
