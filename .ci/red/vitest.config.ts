// Fixtures that must fail, run by .ci/prove-red.ts. Their coverage thresholds are those of the workspace.
import { defineConfig } from "vitest/config";
import workspace from "../../vitest.workspace.ts";

const fixture = (name: string, extra: object = {}) => ({
  extends: true as const,
  test: { name, include: [`${name}.red.ts`], ...extra },
});

export default defineConfig({
  test: {
    root: import.meta.dirname,
    coverage: {
      provider: "v8",
      include: ["half-tested.ts"],
      reporter: [],
      thresholds: workspace.test?.coverage?.thresholds ?? {},
    },
    projects: [
      fixture("passing"),
      fixture("failing"),
      fixture("passing-with-postgres", { globalSetup: ["../../packages/testkit/src/postgres.ts"] }),
      fixture("failing-with-postgres", { globalSetup: ["../../packages/testkit/src/postgres.ts"] }),
    ],
  },
});
