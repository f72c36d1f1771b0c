import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** Programs that tests start find their TypeScript stripped and compiled: a third of the time of a short one. */
const NODE_COMPILE_CACHE = join(import.meta.dirname, "node_modules", ".cache", "compiled");

/** Milliseconds after which a test hangs rather than works; a soak does in one test what takes minutes. */
const TIMEOUT = process.env["TD_DEPTH"] === "soak" ? 1_800_000 : 60_000;

const project = (name: string, extra: object = {}) => ({
  extends: true as const,
  test: {
    name,
    root: name.startsWith("examples") ? name : `packages/${name}`,
    include: ["test/**/*.test.ts"],
    setupFiles: process.env["TD_SEED"] === undefined ? [] : [join(import.meta.dirname, ".ci", "seed.ts")],
    testTimeout: TIMEOUT,
    hookTimeout: TIMEOUT,
    env: { NODE_COMPILE_CACHE },
    expect: { poll: { timeout: 20_000 } }, // milliseconds; on a machine with much to do a second is nothing
    ...extra,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2, // vitest leaves one core of two idle; more workers than two only crowd the tests that measure memory
    coverage: {
      provider: "v8",
      include: ["**/src/**/*.ts"], // relative to each project's root
      exclude: ["**/testkit/**"],
      thresholds: { lines: 95, branches: 90 },
    },
    projects: [
      project("fifo", { isolate: false }), // pure: no test can leave anything behind
      project("storage", { globalSetup: ["@td/testkit/postgres"] }),
      project("migrate", { globalSetup: ["@td/testkit/postgres"] }),
      project("prefs", { globalSetup: ["@td/testkit/postgres"] }),
      project("backup", { globalSetup: ["@td/testkit/postgres"] }),
      project("testkit", { globalSetup: ["./src/postgres.ts"] }),
      project("docs", { root: "docs", globalSetup: ["@td/testkit/postgres"] }),
      project("examples/1-spot-bot"),
      project("examples/2-arena", { globalSetup: ["@td/testkit/postgres"] }),
      project("examples/3-trading-service", { globalSetup: ["@td/testkit/postgres"] }),
      project("examples/4-user-data"),
      project("examples/5-prefs-browser"),
      project("examples/6-host-app", { globalSetup: ["@td/testkit/postgres"] }),
    ],
  },
});
